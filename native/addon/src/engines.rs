//! The engines of this process: one a back-end, started when first asked for, and which of them runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::bindgen_prelude::{Error, Result};
use napi_derive::napi;
use onecard_engine::backend::BACKENDS;
use onecard_engine::engine::Engine;

use crate::arrays::misuse;

const NONE: usize = usize::MAX;
static STARTED: [OnceLock<std::result::Result<Engine, String>>; BACKENDS.len()] =
    [const { OnceLock::new() }; BACKENDS.len()];
static SELECTED: AtomicUsize = AtomicUsize::new(NONE);

/// A back-end of the engine.
#[napi(object)]
pub struct BackendStatus {
    /// The name to select it by.
    pub name: String,
    /// Whether this machine can run it; the known-answer test is made when it is selected.
    pub available: bool,
    /// Why it cannot run.
    pub reason: Option<String>,
    /// Whether it is the one that runs.
    pub selected: bool,
}

/// The back-ends, the fastest first.
#[napi(catch_unwind)]
pub fn backends() -> Vec<BackendStatus> {
    let selected = SELECTED.load(Ordering::Acquire);
    let statuses = BACKENDS.iter().enumerate().map(|(i, (name, construct))| {
        let reason = construct().err().map(str::to_owned);
        BackendStatus { name: (*name).to_owned(), available: reason.is_none(), reason, selected: i == selected }
    });
    statuses.collect()
}

/// Starts a back-end, which makes its known-answer test, and runs it from now on in every thread of the process. Throws
/// with the reason where it cannot run or fails the test; what ran before goes on. Handles of prepared keys belong to
/// the back-end that gave them: with another one they are only useless.
#[napi(catch_unwind)]
pub fn select_backend(name: String) -> Result<()> {
    let index = position(&name)?;
    started(index).map_err(|reason| Error::from_reason(reason.clone()))?;
    SELECTED.store(index, Ordering::Release);
    Ok(())
}

/// Makes the known-answer test of a back-end anew. Null when it passes, else what failed or why it cannot run.
#[napi(catch_unwind)]
pub fn self_test(name: String) -> Result<Option<String>> {
    let index = position(&name)?;
    Ok(Engine::start(BACKENDS[index].0).err())
}

/// The engine that runs; without a choice, the first that can.
pub fn current() -> Result<&'static Engine> {
    let selected = SELECTED.load(Ordering::Acquire);
    if selected != NONE {
        return started(selected).map_err(|reason| Error::from_reason(reason.clone()));
    }
    let mut reasons = Vec::new();
    for index in 0..BACKENDS.len() {
        match started(index) {
            Ok(engine) => {
                SELECTED.store(index, Ordering::Release);
                return Ok(engine);
            }
            Err(reason) => reasons.push(reason.as_str()),
        }
    }
    Err(Error::from_reason(reasons.join("; ")))
}

fn started(index: usize) -> std::result::Result<&'static Engine, &'static String> {
    STARTED[index].get_or_init(|| Engine::start(BACKENDS[index].0)).as_ref()
}

fn position(name: &str) -> Result<usize> {
    let index = BACKENDS.iter().position(|(known, _)| *known == name);
    index.ok_or_else(|| misuse(format!("there is no back-end named {name:?}")))
}
