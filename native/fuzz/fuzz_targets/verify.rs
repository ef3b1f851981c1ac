//! `cargo fuzz run verify` in native/: any bytes as a batch; every back-end must say the same of it.

#![no_main]

#[path = "../batch.rs"]
mod batch;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use onecard_engine::engine::Engine;

static ENGINES: OnceLock<Vec<Engine>> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    batch::check(ENGINES.get_or_init(batch::engines), data);
});
