//! Random and damaged jobs against the independent implementations, every back-end against every other, every batch
//! size.

mod support;

use onecard_engine::curve::CurveId;
use support::random::Random;
use support::reference::{Reference, reference};
use support::{OwnedJob, engines, halves, hex, join, verify_plain, verify_prepared, verify_repeated};

/// Jobs a curve, of which about half verify. ONECARD_DIFFERENTIAL_JOBS asks for more.
const JOBS: usize = 50_000;

fn jobs_wanted() -> usize {
    std::env::var("ONECARD_DIFFERENTIAL_JOBS").ok().and_then(|count| count.parse().ok()).unwrap_or(JOBS)
}

/// Changes a job a little: a bit anywhere, the halves of a field exchanged, a key or digest of another job.
fn damage(random: &mut Random, job: &OwnedJob, other: &OwnedJob) -> OwnedJob {
    let mut damaged = *job;
    let bit = 1 << random.below(8);
    match random.below(8) {
        0 => damaged.key[random.below(64)] ^= bit,
        1 => damaged.digest[random.below(32)] ^= bit,
        2 | 3 => damaged.signature[random.below(64)] ^= bit,
        4 => damaged.key = other.key,
        5 => damaged.digest = other.digest,
        6 => damaged.signature = other.signature,
        _ => {
            let (r, s) = halves(&job.signature);
            damaged.signature = join(&s, &r);
        }
    }
    damaged
}

/// Jobs of a few keys, so that they can be prepared as well.
fn jobs(reference: &Reference, random: &mut Random, count: usize) -> Vec<OwnedJob> {
    let keys: Vec<[u8; 32]> = (0..32).map(|_| random.bytes()).collect();
    let mut previous = reference.random_job(random);
    let jobs = (0..count).map(|_| {
        let job = reference.sign(&keys[random.below(keys.len())], &random.bytes(), &random.bytes());
        let chosen = if random.below(2) == 0 { job } else { damage(random, &job, &previous) };
        previous = job;
        chosen
    });
    jobs.collect()
}

/// Jobs of a curve, with the reference's verdicts.
fn decided_jobs(curve: CurveId) -> (Vec<OwnedJob>, Vec<bool>) {
    let reference = reference(curve);
    let jobs = jobs(&reference, &mut Random(100 + curve as u64), jobs_wanted());
    let expected = jobs.iter().map(reference.verify).collect();
    (jobs, expected)
}

#[test]
fn random_and_damaged_jobs() {
    let [sm2, p256] = std::thread::scope(|scope| {
        CurveId::ALL.map(|curve| scope.spawn(move || decided_jobs(curve))).map(|thread| thread.join().unwrap())
    });
    // Both curves in every batch.
    let mixed: Vec<OwnedJob> = sm2.0.iter().zip(&p256.0).flat_map(|(a, b)| [*a, *b]).collect();
    let expected: Vec<bool> = sm2.1.iter().zip(&p256.1).flat_map(|(a, b)| [*a, *b]).collect();
    let valid = expected.iter().filter(|verdict| **verdict).count();
    assert!(valid * 10 > mixed.len() * 4 && valid * 10 < mixed.len() * 6, "{valid} of {}", mixed.len());

    for engine in engines() {
        for (i, (batch, expected)) in mixed.chunks(100).zip(expected.chunks(100)).enumerate() {
            assert_eq!(verify_plain(&engine, batch), expected, "{} plain, batch {i}", engine.name());
            if i % 100 == 0 {
                assert_eq!(verify_prepared(&engine, batch), expected, "{} prepared, batch {i}", engine.name());
                assert_eq!(verify_repeated(&engine, batch), expected, "{} repeated, batch {i}", engine.name());
            }
        }
    }
}

#[test]
fn every_batch_size_and_every_job_failing_alone() {
    let mut random = Random(101);
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let good: Vec<OwnedJob> = (0..64).map(|_| reference.random_job(&mut random)).collect();
        for engine in engines() {
            for size in 1..=64 {
                // Every position fails alone in the sizes around a vector; a few do in the others.
                let step = if size <= 17 { 1 } else { 7 };
                for bad in (0..size).step_by(step) {
                    let mut batch = good[..size].to_vec();
                    batch[bad].digest[5] ^= 4;
                    let expected: Vec<bool> = (0..size).map(|i| i != bad).collect();
                    assert_eq!(verify_plain(&engine, &batch), expected, "{} size {size}", engine.name());
                }
                if size % 9 == 0 {
                    assert_eq!(verify_prepared(&engine, &good[..size]), vec![true; size]);
                    assert_eq!(verify_repeated(&engine, &good[..size]), vec![true; size]);
                }
            }
            assert_eq!(engine.verify(&[]), Vec::<bool>::new());
        }
    }
}

/// GM/T 0003.5-2012 annex A and the two other published signatures over the recommended curve.
#[test]
fn published_sm2_signatures() {
    let job = OwnedJob {
        curve: CurveId::Sm2,
        key: hex(
            "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        ),
        digest: hex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"),
        signature: hex(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        ),
    };
    assert!((reference(CurveId::Sm2).verify)(&job));
    for engine in engines() {
        for size in 1..=9 {
            assert_eq!(verify_plain(&engine, &vec![job; size]), vec![true; size]);
            assert_eq!(verify_prepared(&engine, &vec![job; size]), vec![true; size]);
            assert_eq!(verify_repeated(&engine, &vec![job; size]), vec![true; size]);
        }
    }
}

/// A good signature on whose way the vector back-end's weak reduction once fell below zero.
#[test]
fn signature_whose_reductions_come_near_zero() {
    let job = OwnedJob {
        curve: CurveId::Sm2,
        key: hex(
            "d28f99818e6432209b5280df786a3df1bc4ba69900d85fb1b9e3f70cab49aa4e3a6593feda03ccab993881fb07b64aa00922b4f81ea4cb998c043ec92fcde6d6",
        ),
        digest: hex("e7112b7c3121d0a649277349a0d3e7841bb0c67096406726ebea73518cdbedef"),
        signature: hex(
            "a0f12a1ac848cecd8a3e86be7adfc57c2acebb5a6aa3d48d0bb5d5b309a8548cc767a73e82928bb759c5cc5e82f096004bbd32523c44e785409d280f9a20e72e",
        ),
    };
    assert!((reference(CurveId::Sm2).verify)(&job));
    for engine in engines() {
        for size in 1..=9 {
            assert_eq!(verify_plain(&engine, &vec![job; size]), vec![true; size], "{}", engine.name());
            assert_eq!(verify_prepared(&engine, &vec![job; size]), vec![true; size], "{}", engine.name());
            assert_eq!(verify_repeated(&engine, &vec![job; size]), vec![true; size], "{}", engine.name());
        }
    }
}
