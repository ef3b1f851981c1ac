//! Fuzz input as a batch of jobs, and what must hold for any of them. The fuzz target and the smoke test share it.

use onecard_engine::backend::BACKENDS;
use onecard_engine::curve::CurveId;
use onecard_engine::engine::{Engine, Prepared};
use onecard_engine::public_key;
use onecard_engine::task::Job;

/// Bytes of a job: flags, key, digest, signature.
pub const JOB_BYTES: usize = 1 + 64 + 32 + 64;
/// Jobs taken from one input.
const JOBS_MAX: usize = 20;

/// Keys that exist, for jobs to name by number: random ones hardly ever do. G of each curve.
const BASES: [&[u8; 64]; 2] = [
    b"\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7\
      \xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0",
    b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\
      \x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5",
];

/// Every engine that this machine can run.
pub fn engines() -> Vec<Engine> {
    BACKENDS.iter().filter_map(|(name, _)| Engine::start(name).ok()).collect()
}

/// Panics unless all engines, plain and prepared, whole and one by one, give the batch the same verdicts.
pub fn check(engines: &[Engine], data: &[u8]) {
    let jobs: Vec<Job<'_>> = data.chunks_exact(JOB_BYTES).take(JOBS_MAX).map(job).collect();
    let mut expected: Option<Vec<bool>> = None;
    for engine in engines {
        let verdicts = engine.verify(&jobs);
        let alone: Vec<bool> = jobs.iter().flat_map(|job| engine.verify(&[*job])).collect();
        assert_eq!(verdicts, alone, "{}: together and alone", engine.name());
        assert_eq!(verdicts, prepared(engine, &jobs), "{}: plain and prepared", engine.name());
        assert_eq!(*expected.get_or_insert_with(|| verdicts.clone()), verdicts, "{}", engine.name());
    }
    for (job, verifies) in jobs.iter().zip(expected.unwrap_or_default()) {
        assert!(!verifies || public_key::is_on_curve(job.curve, job.key));
        let mut compressed = [2 | job.key[63] & 1; 33];
        compressed[1..].copy_from_slice(&job.key[..32]);
        let same = public_key::decompress(job.curve, &compressed).as_ref() == Some(job.key);
        assert_eq!(same, public_key::is_on_curve(job.curve, job.key));
    }
}

/// The first byte: the curve, and whether the base point stands in for the key.
fn job(bytes: &[u8]) -> Job<'_> {
    let curve = CurveId::ALL[usize::from(bytes[0] & 1)];
    let [key, signature] = [1, 97].map(|start| bytes[start..start + 64].try_into().expect("64 bytes"));
    let key = if bytes[0] & 2 == 2 { BASES[curve as usize] } else { key };
    Job { curve, key, digest: bytes[65..97].try_into().expect("32 bytes"), signature, prepared: 0 }
}

fn prepared(engine: &Engine, jobs: &[Job<'_>]) -> Vec<bool> {
    // One comb takes milliseconds, so only the first key gets one, and its handle goes with every job.
    let Some(first) = jobs.first() else { return Vec::new() };
    let Prepared::Handle(handle) = engine.prepare(first.curve, first.key) else { return engine.verify(jobs) };
    let verdicts = engine.verify(&jobs.iter().map(|job| Job { prepared: handle, ..*job }).collect::<Vec<_>>());
    assert!(engine.release(handle));
    verdicts
}
