//! Probes and metrics, over plain HTTP/1.1: one request a connection.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::counters::{Counted, exposition};
use crate::ways::ACCEPT_PAUSE;

const CONNECTIONS_MAX: usize = 32;
const HEAD_BYTES_MAX: usize = 4_096;
const REQUEST: Duration = Duration::from_secs(2);
/// Longer than a gateway takes to find out that its main thread stands.
const GATEWAY: Duration = Duration::from_secs(6);

/// Answers for ever: `/livez`, `/readyz`, `/gateway/livez`, `/metrics`.
pub async fn serve(listener: TcpListener, gateway: Option<SocketAddr>, ways: Arc<[Arc<Counted>]>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((mut tcp, _)) = listener.accept().await else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let ways = Arc::clone(&ways);
        tokio::spawn(async move {
            let Some(head) = timeout(REQUEST, head_of(&mut tcp)).await.ok().flatten() else { return };
            let (status, body) = answer(&head, gateway, &ways).await;
            let text = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _sent = timeout(REQUEST, async {
                tcp.write_all(text.as_bytes()).await?;
                tcp.shutdown().await
            })
            .await;
            drop(place);
        });
    }
}

async fn answer(head: &str, gateway: Option<SocketAddr>, ways: &[Arc<Counted>]) -> (&'static str, String) {
    let path = head.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
    match path {
        Some("/livez") => ("200 OK", String::new()),
        Some("/readyz") => passed_on(gateway, "/readyz").await,
        Some("/gateway/livez") => passed_on(gateway, "/livez").await,
        Some("/metrics") => ("200 OK", exposition(ways)),
        _ => ("404 Not Found", String::new()),
    }
}

/// Whether the gateway says yes. A front without one has nobody to ask, and is ready.
async fn passed_on(gateway: Option<SocketAddr>, path: &str) -> (&'static str, String) {
    let Some(address) = gateway else { return ("200 OK", String::new()) };
    let asked = timeout(GATEWAY, async {
        let mut tcp = TcpStream::connect(address).await.ok()?;
        tcp.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
            .await
            .ok()?;
        head_of(&mut tcp).await
    });
    match asked.await {
        Ok(Some(head)) if head.starts_with("HTTP/1.1 200 ") => ("200 OK", String::new()),
        _ => ("503 Service Unavailable", String::new()),
    }
}

/// Up to the empty line. None: there is none in time, or it is too long, or no text.
async fn head_of(tcp: &mut TcpStream) -> Option<String> {
    let mut head = Vec::with_capacity(512);
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = tcp.read_buf(&mut head).await.ok()?;
        if count == 0 || head.len() > HEAD_BYTES_MAX {
            return None;
        }
    }
    String::from_utf8(head).ok()
}
