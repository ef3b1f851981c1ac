//! `onecard-front --config FILE [--check]`: ends TLCP and TLS 1.3 with the suites of RFC 8998 beside a gateway. SIGHUP takes up
//! certificates and lists of revoked ones anew; SIGTERM stops. Exit statuses: 0 stopped, 1 a fault, 2 what it was given cannot be used.
mod channel;
mod contexts;
mod counters;
mod health;
mod key_usage;
mod log;
mod places;
mod relay;
mod settings;
mod sources;
mod ways;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep};

use crate::log::say;
use crate::settings::Settings;
use crate::ways::Way;

const UNUSABLE: u8 = 2;
const LEAVING_LOOK: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    let Some((file, only_check)) = arguments() else {
        eprintln!("usage: onecard-front --config FILE [--check]");
        return ExitCode::from(UNUSABLE);
    };
    match prepared(&file) {
        Err(fault) => {
            say("fatal", "cannot be used", &fault);
            ExitCode::from(UNUSABLE)
        }
        Ok(_) if only_check => ExitCode::SUCCESS,
        Ok((settings, ways)) => run(&file, &settings, &ways),
    }
}

fn arguments() -> Option<(PathBuf, bool)> {
    let mut rest = std::env::args_os().skip(1);
    let file = (rest.next()? == "--config").then(|| rest.next())??;
    let check = match rest.next() {
        None => false,
        Some(word) if word == "--check" && rest.next().is_none() => true,
        Some(_) => return None,
    };
    Some((file.into(), check))
}

fn prepared(file: &Path) -> Result<(Settings, Vec<Arc<Way>>), String> {
    let settings = settings::load(file)?;
    let inward = settings.accept.iter().map(|way| Way::inward(way).map_err(|fault| format!("{}: {fault}", way.name)));
    let outward =
        settings.connect.iter().map(|way| Way::outward(way).map_err(|fault| format!("{}: {fault}", way.name)));
    let ways = inward.chain(outward).map(|way| way.map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    Ok((settings, ways))
}

fn threads(count: usize, name: &str) -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(count).thread_name(name).enable_all().build()
}

fn run(file: &Path, settings: &Settings, ways: &[Arc<Way>]) -> ExitCode {
    let started = threads(settings.threads, "relay")
        .and_then(|relays| Ok((relays, threads(settings.handshake_threads, "handshake")?)));
    let (relays, handshakes) = match started {
        Ok(both) => both,
        Err(cause) => {
            say("fatal", "threads cannot be started", &cause.to_string());
            return ExitCode::FAILURE;
        }
    };
    let ended = relays.block_on(serve(file, settings, ways, handshakes.handle().clone()));
    // Handshakes that are under way are not waited for.
    handshakes.shutdown_background();
    relays.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say("fatal", "cannot be used", &fault);
            ExitCode::from(UNUSABLE)
        }
    }
}

async fn serve(file: &Path, settings: &Settings, ways: &[Arc<Way>], handshakes: Handle) -> Result<(), String> {
    let on = |kind: SignalKind| signal(kind).map_err(|cause| cause.to_string());
    let mut stops = [on(SignalKind::terminate())?, on(SignalKind::interrupt())?];
    let mut hang_ups = on(SignalKind::hangup())?;
    let mut listening = Vec::new();
    for way in ways {
        listening.push((Arc::clone(way), way.listen().await?));
    }
    let mut tasks = Vec::new();
    if let Some(health) = &settings.health {
        let listener = TcpListener::bind(health.listen)
            .await
            .map_err(|cause| format!("health: cannot listen on {}: {cause}", health.listen))?;
        let counted: Arc<[_]> = ways.iter().map(|way| Arc::clone(&way.counted)).collect();
        tasks.push(tokio::spawn(health::serve(listener, health.gateway, counted)));
    }
    for (way, listener) in listening {
        tasks.push(tokio::spawn(way.serve(listener, handshakes.clone())));
    }
    say("info", "listening", openssl::version::version());
    loop {
        let [terminate, interrupt] = &mut stops;
        tokio::select! {
            _ = hang_ups.recv() => renew(file, ways),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    for task in &tasks {
        task.abort();
    }
    say("info", "stopping", "");
    leave(ways, Duration::from_millis(settings.leave_ms), &mut stops).await;
    Ok(())
}

/// Takes up certificates. Whatever of them cannot be used, all stay as they were.
fn renew(file: &Path, ways: &[Arc<Way>]) {
    let renewed = settings::load(file).and_then(|settings| {
        let inward = settings.accept.iter().map(|way| (&way.name, contexts::server(way)));
        let outward = settings.connect.iter().map(|way| (&way.name, contexts::client(way)));
        inward
            .chain(outward)
            .map(|(name, context)| {
                let way = ways.iter().find(|way| way.counted.name == *name);
                let way = way.ok_or_else(|| format!("{name}: a new way needs a restart"))?;
                context.map(|context| (way, context)).map_err(|fault| format!("{name}: {fault}"))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|contexts| contexts.into_iter().for_each(|(way, context)| way.renew(context)))
    });
    match renewed {
        Ok(()) => say("info", "certificates were taken up", ""),
        Err(fault) => say("error", "certificates stay as they were", &fault),
    }
}

/// Waits until all connections have ended, for `time` at most; a second signal ends that.
async fn leave(ways: &[Arc<Way>], time: Duration, stops: &mut [Signal; 2]) {
    let until = Instant::now() + time;
    let open = || ways.iter().any(|way| way.counted.connections.taken() > 0);
    let [terminate, interrupt] = stops;
    while open() && Instant::now() < until {
        tokio::select! {
            () = sleep(LEAVING_LOOK) => {},
            _ = terminate.recv() => return,
            _ = interrupt.recv() => return,
        }
    }
}
