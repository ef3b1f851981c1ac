//! Speed on one core: `cargo run --release --example bench -- --json`.
//!
//! The thread is pinned where the system allows it. Times are the least of many repetitions, so that other load on the
//! machine shows little. Cycles are times multiplied by the clock, which is measured with a chain of additions, each of
//! them one cycle long.

#[path = "../../tests/support/mod.rs"]
mod support;

#[cfg(target_arch = "x86_64")]
mod lanes;

use std::hint::black_box;
use std::time::Instant;

use onecard_engine::curve::CurveId;
use onecard_engine::engine::{Engine, Prepared};
use onecard_engine::task::{Job, REPEATED};
use serde_json::{Value, json};
use support::OwnedJob;
use support::random::Random;
use support::reference::reference;

/// A full load, and the least there is.
const BATCHES: [usize; 4] = [256, 64, 8, 1];
/// Keys prepared at a time: more than one, as in service, each job with the next of them.
const PREPARED_KEYS: usize = 8;
const REPETITIONS: usize = 40;

fn main() {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let pinned = pin();
    let ghz = clock_ghz();
    let mut results = Vec::new();
    for curve in CurveId::ALL {
        #[cfg(target_arch = "x86_64")]
        results.extend(lanes::field_results(curve, ghz));
        results.extend(support::engines().iter().flat_map(|engine| verify_results(engine, curve, ghz)));
    }
    let report = json!({ "pinned": pinned, "clock_ghz": round(ghz), "results": results });
    if as_json {
        println!("{report:#}");
    } else {
        println!("clock {:.2} GHz, pinned: {pinned}", ghz);
        results.iter().for_each(|result| println!("{result}"));
    }
}

fn verify_results(engine: &Engine, curve: CurveId, ghz: f64) -> Vec<Value> {
    let mut random = Random(1);
    let reference = reference(curve);
    let largest = BATCHES[0];
    let plain: Vec<OwnedJob> = (0..largest).map(|_| reference.random_job(&mut random)).collect();
    let keys: Vec<[u8; 32]> = (0..PREPARED_KEYS).map(|_| random.bytes()).collect();
    let prepared: Vec<OwnedJob> =
        (0..largest).map(|i| reference.sign(&keys[i % PREPARED_KEYS], &random.bytes(), &random.bytes())).collect();
    let handles: Vec<u32> = prepared.iter().map(|job| handle(engine, job)).collect();

    let mut results = Vec::new();
    results.push(tables_result(engine, curve, ghz, &plain));
    for batch in BATCHES {
        let kinds = [
            ("plain", &plain, &vec![0; largest]),
            ("repeated", &plain, &vec![REPEATED; largest]),
            ("prepared", &prepared, &handles),
        ];
        for (kind, jobs, handles) in kinds {
            let jobs: Vec<Job<'_>> =
                jobs.iter().zip(handles).take(batch).map(|(job, handle)| job.borrow(*handle)).collect();
            let nanoseconds = least_ns(|| {
                assert!(engine.verify(black_box(&jobs)).iter().all(|verifies| *verifies));
            }) / batch as f64;
            results.push(json!({
                "curve": format!("{curve:?}"), "backend": engine.name(), "what": "verify", "keys": kind, "batch": batch,
                "per_second": (1e9 / nanoseconds).round(), "ns": round(nanoseconds),
                "cycles": (nanoseconds * ghz).round(),
            }));
        }
    }
    for handle in handles {
        engine.release(handle);
    }
    results.push(decompress_result(engine, curve, ghz, &plain));
    let key = &plain[0].key;
    let nanoseconds = least_ns(|| match engine.prepare(curve, black_box(key)) {
        Prepared::Handle(handle) => assert!(engine.release(handle)),
        other => panic!("{other:?}"),
    });
    results.push(json!({
        "curve": format!("{curve:?}"), "backend": engine.name(), "what": "prepare", "ns": round(nanoseconds),
    }));
    results
}

/// Tables of repeated keys, eight to a batch, until every key has one: what a batch takes for it beside verifying.
fn tables_result(engine: &Engine, curve: CurveId, ghz: f64, jobs: &[OwnedJob]) -> Value {
    let mut least = f64::INFINITY;
    for jobs in jobs.chunks(8) {
        let jobs: Vec<Job<'_>> = jobs.iter().map(|job| job.borrow(REPEATED)).collect();
        let timed = || {
            let start = Instant::now();
            assert!(engine.verify(black_box(&jobs)).iter().all(|verifies| *verifies));
            start.elapsed().as_nanos() as f64
        };
        let (with_tables, without) = (timed(), timed());
        least = least.min((with_tables - without) / jobs.len() as f64);
    }
    json!({
        "curve": format!("{curve:?}"), "backend": engine.name(), "what": "repeated table", "batch": 8,
        "ns": round(least), "cycles": (least * ghz).round(),
    })
}

fn decompress_result(engine: &Engine, curve: CurveId, ghz: f64, jobs: &[OwnedJob]) -> Value {
    let compressed: Vec<[u8; 33]> = jobs
        .iter()
        .map(|job| core::array::from_fn(|i| if i == 0 { 2 | job.key[63] & 1 } else { job.key[i - 1] }))
        .collect();
    let points: Vec<_> = compressed.iter().map(|point| (curve, point)).collect();
    let nanoseconds = least_ns(|| {
        assert!(engine.decompress(black_box(&points)).iter().all(Option::is_some));
    }) / points.len() as f64;
    json!({
        "curve": format!("{curve:?}"), "backend": engine.name(), "what": "decompress", "batch": points.len(),
        "per_second": (1e9 / nanoseconds).round(), "ns": round(nanoseconds), "cycles": (nanoseconds * ghz).round(),
    })
}

fn handle(engine: &Engine, job: &OwnedJob) -> u32 {
    match engine.prepare(job.curve, &job.key) {
        Prepared::Handle(handle) => handle,
        other => panic!("{other:?}"),
    }
}

/// The least time of a call in nanoseconds.
fn least_ns(mut call: impl FnMut()) -> f64 {
    let times = (0..REPETITIONS).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_nanos() as f64
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Cycles a nanosecond, from a chain of dependent additions, one cycle each.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn clock_ghz() -> f64 {
    const STEPS: u64 = 1_000_000;
    let chain = || {
        let mut sum = 1u64;
        for step in 0..STEPS {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: one addition of registers.
            unsafe {
                core::arch::asm!("add {0}, {1}", inout(reg) sum, in(reg) step, options(pure, nomem, nostack));
            }
            #[cfg(target_arch = "aarch64")]
            // SAFETY: one addition of registers.
            unsafe {
                core::arch::asm!("add {0}, {0}, {1}", inout(reg) sum, in(reg) step, options(pure, nomem, nostack));
            }
        }
        black_box(sum);
    };
    STEPS as f64 / least_ns(chain)
}

/// Unknown: cycles come out as 0.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn clock_ghz() -> f64 {
    0.0
}

#[cfg(target_os = "linux")]
fn pin() -> bool {
    // SAFETY: the set is a plain bit set of the size that is passed, and 0 means the calling thread.
    unsafe {
        let mut set: libc::cpu_set_t = core::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu().max(0) as usize, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &raw const set) == 0
    }
}

#[cfg(not(target_os = "linux"))]
fn pin() -> bool {
    false
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
