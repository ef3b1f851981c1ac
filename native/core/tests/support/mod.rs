//! What the integration tests share: a seeded generator, the independent implementations, jobs that own their bytes.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod random;
pub mod reference;

use onecard_engine::backend::BACKENDS;
use onecard_engine::curve::CurveId;
use onecard_engine::engine::{Engine, Prepared};
use onecard_engine::task::{Job, REPEATED};

/// A job with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedJob {
    pub curve: CurveId,
    pub key: [u8; 64],
    pub digest: [u8; 32],
    pub signature: [u8; 64],
}

impl OwnedJob {
    pub fn borrow(&self, prepared: u32) -> Job<'_> {
        Job { curve: self.curve, key: &self.key, digest: &self.digest, signature: &self.signature, prepared }
    }

    pub fn with_signature(&self, r: &[u8; 32], s: &[u8; 32]) -> Self {
        Self { signature: join(r, s), ..*self }
    }
}

/// Every engine that this machine can run.
pub fn engines() -> Vec<Engine> {
    let mut engines = Vec::new();
    for (name, construct) in BACKENDS {
        match construct() {
            Ok(_) => engines.push(Engine::start(name).expect("an available back-end passes its known-answer test")),
            Err(reason) => eprintln!("{name} is not tested here: {reason}"),
        }
    }
    engines
}

/// Verdicts with plain keys.
pub fn verify_plain(engine: &Engine, jobs: &[OwnedJob]) -> Vec<bool> {
    engine.verify(&jobs.iter().map(|job| job.borrow(0)).collect::<Vec<_>>())
}

/// Verdicts with every key prepared that is one; the handles are released again.
pub fn verify_prepared(engine: &Engine, jobs: &[OwnedJob]) -> Vec<bool> {
    let handles: Vec<u32> = jobs
        .iter()
        .map(|job| match engine.prepare(job.curve, &job.key) {
            Prepared::Handle(handle) => handle,
            Prepared::Invalid | Prepared::Full => 0,
        })
        .collect();
    let borrowed: Vec<Job<'_>> = jobs.iter().zip(&handles).map(|(job, handle)| job.borrow(*handle)).collect();
    let verdicts = engine.verify(&borrowed);
    for handle in handles.into_iter().filter(|handle| *handle != 0) {
        assert!(engine.release(handle));
    }
    verdicts
}

/// Verdicts with every key said to repeat, until there are tables of all of them.
pub fn verify_repeated(engine: &Engine, jobs: &[OwnedJob]) -> Vec<bool> {
    let borrowed: Vec<Job<'_>> = jobs.iter().map(|job| job.borrow(REPEATED)).collect();
    let verdicts = engine.verify(&borrowed);
    // A batch makes eight at the most.
    for _ in 0..jobs.len().div_ceil(8) {
        assert_eq!(engine.verify(&borrowed), verdicts, "a table changes no verdict");
    }
    verdicts
}

/// first ‖ second.
pub fn join(first: &[u8; 32], second: &[u8; 32]) -> [u8; 64] {
    let mut joined = [0; 64];
    joined[..32].copy_from_slice(first);
    joined[32..].copy_from_slice(second);
    joined
}

/// The two halves.
pub fn halves(bytes: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    (bytes[..32].try_into().unwrap(), bytes[32..].try_into().unwrap())
}

/// A small number as 32 big-endian bytes.
pub fn small(value: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&value.to_be_bytes());
    bytes
}

/// Bytes from hexadecimal digits.
pub fn hex<const N: usize>(digits: &str) -> [u8; N] {
    assert_eq!(digits.len(), 2 * N);
    core::array::from_fn(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap())
}
