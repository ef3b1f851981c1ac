//! The thread that asks the store of a cluster.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use napi::bindgen_prelude::{External, Function, Result, Uint8ArraySlice};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Error, Status};
use napi_derive::napi;
use onecard_store_lane::lane::{Lane, Options};
use onecard_store_lane::marks::Algorithm;
use onecard_store_lane::rounds::Terms;

use crate::arrays::misuse;

/// What a thread that asks the store is started with.
#[napi(object)]
pub struct StoreLaneOptions {
    /// Names of showings begin with it.
    pub showing_prefix: String,
    /// The name that is written to see whether it can be.
    pub look: String,
    /// What marks are made with, `SHA-256` or `SM3`: the first is written, the others are known.
    pub algorithms: Vec<String>,
    /// A name is kept for so much longer than the showing.
    pub clocks_apart_ms: u32,
    /// From a write until its answers.
    pub deadline_ms: u32,
    /// Writes in a row without any answer after which nothing is asked for a while.
    pub breaker_failures: u32,
    /// That while.
    pub breaker_open_ms: u32,
    /// Of what waits to be asked.
    pub ask_bytes_max: u32,
    /// With the password.
    pub username: Option<String>,
    /// None: the server asks for none.
    pub password: Option<String>,
}

/// Starts a thread that asks one server, once it is led to one. `onAnswers` is called when there are answers where there were
/// none. Gives what the other functions take. Throws on an algorithm that is none, and where no thread can be started.
#[napi(catch_unwind, ts_return_type = "object")]
pub fn start_store_lane(options: StoreLaneOptions, on_answers: Function<'_, (), ()>) -> Result<External<Lane>> {
    let is_called = Arc::new(AtomicBool::new(false));
    let its = Arc::clone(&is_called);
    let call = on_answers.build_threadsafe_function::<()>().weak::<true>().build_callback(move |_| {
        its.store(false, Ordering::SeqCst);
        Ok(())
    })?;
    let on_answers = Box::new(move || {
        if !is_called.swap(true, Ordering::SeqCst) {
            call.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    });
    let lane = Lane::start(checked(options)?, on_answers);
    lane.map(External::new).map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
}

/// Connects to an address and a port, for ever again; null: ends its connection. Throws on what is no address.
#[napi(catch_unwind)]
pub fn lead_store_lane(#[napi(ts_arg_type = "object")] lane: &External<Lane>, place: Option<String>) -> Result<()> {
    let place = place.map(|place| place.parse::<SocketAddr>().map_err(|_| misuse(format!("{place} is no address"))));
    lane.lead_to(place.transpose()?);
    Ok(())
}

/// 0: it is not connected; 1: it can be asked; 2: the server has let too much go without an answer, for a while.
#[napi(catch_unwind)]
pub fn store_lane_state(#[napi(ts_arg_type = "object")] lane: &External<Lane>) -> u32 {
    lane.state() as u32
}

/// Questions without a reply, however late.
#[napi(catch_unwind)]
pub fn store_lane_under_way(#[napi(ts_arg_type = "object")] lane: &External<Lane>) -> u32 {
    u32::try_from(lane.under_way()).unwrap_or(u32::MAX)
}

/// Asks what one record says. False: it cannot now.
#[napi(catch_unwind)]
pub fn ask_store_lane(#[napi(ts_arg_type = "object")] lane: &External<Lane>, record: Uint8ArraySlice<'_>) -> bool {
    lane.ask(&record)
}

/// Moves the first answers into an array, each behind its length in four bytes, and gives how many bytes they are.
#[napi(catch_unwind)]
pub fn take_store_answers(#[napi(ts_arg_type = "object")] lane: &External<Lane>, mut into: Uint8ArraySlice<'_>) -> u32 {
    // SAFETY: nothing else refers to these bytes; JavaScript does not run meanwhile.
    lane.take_answers(unsafe { into.as_mut() }) as u32
}

/// Ends the thread. What was given back is written before, where there is a connection.
#[napi(catch_unwind)]
pub fn stop_store_lane(#[napi(ts_arg_type = "object")] lane: &External<Lane>) {
    lane.stop();
}

fn checked(options: StoreLaneOptions) -> Result<Options> {
    let algorithms = options.algorithms.iter().map(|name| match name.as_str() {
        "SHA-256" => Ok(Algorithm::Sha256),
        "SM3" => Ok(Algorithm::Sm3),
        _ => Err(misuse(format!("{name} makes no mark"))),
    });
    let algorithms = algorithms.collect::<Result<Vec<_>>>()?;
    if algorithms.is_empty() {
        return Err(misuse("no algorithm makes marks".into()));
    }
    Ok(Options {
        terms: Terms {
            showing_prefix: options.showing_prefix,
            algorithms,
            clocks_apart_ms: options.clocks_apart_ms.into(),
            deadline: Duration::from_millis(options.deadline_ms.into()),
            breaker_failures: options.breaker_failures,
            breaker_open: Duration::from_millis(options.breaker_open_ms.into()),
        },
        look: options.look,
        username: options.username,
        password: options.password,
        ask_bytes_max: options.ask_bytes_max as usize,
    })
}
