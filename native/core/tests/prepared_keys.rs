//! Handles of prepared keys: shared, counted, bounded, and never more than a hint.

mod support;

use onecard_engine::curve::CurveId;
use onecard_engine::engine::{Engine, Prepared};
use onecard_engine::prepared_keys::PREPARED_KEYS_MAX;
use support::random::Random;
use support::reference::reference;
use support::{OwnedJob, engines};

fn prepare(engine: &Engine, job: &OwnedJob) -> u32 {
    match engine.prepare(job.curve, &job.key) {
        Prepared::Handle(handle) => handle,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_prepared_twice_is_kept_until_released_twice() {
    let job = reference(CurveId::Sm2).random_job(&mut Random(60));
    for engine in engines() {
        let handle = prepare(&engine, &job);
        assert_eq!(prepare(&engine, &job), handle);
        assert_eq!(engine.prepared_count(), 1);
        assert!(engine.release(handle));
        assert_eq!(engine.prepared_count(), 1);
        assert!(engine.release(handle));
        assert!(!engine.release(handle));
        assert_eq!(engine.prepared_count(), 0);
        assert_ne!(prepare(&engine, &job), handle, "a handle never comes back to life for the next tenant");
    }
}

#[test]
fn a_wrong_or_stale_handle_changes_no_verdict() {
    let mut random = Random(61);
    let [sm2, p256] = [CurveId::Sm2, CurveId::P256].map(|curve| reference(curve).random_job(&mut random));
    let other = reference(CurveId::Sm2).random_job(&mut random);
    for engine in engines() {
        let handles = [prepare(&engine, &sm2), prepare(&engine, &p256)];
        let stale = prepare(&engine, &other);
        assert!(engine.release(stale));
        let forged = [0, 1, 2, 0xff, u32::MAX, handles[0] + 1, handles[0] ^ 1 << 31, stale];
        for handle in handles.into_iter().chain(forged) {
            for job in [&sm2, &p256, &other] {
                let bad = OwnedJob { digest: [7; 32], ..*job };
                let batch = [job.borrow(handle), bad.borrow(handle), job.borrow(0)];
                assert_eq!(engine.verify(&batch), [true, false, true], "{} handle {handle:#x}", engine.name());
            }
        }
    }
}

#[test]
fn engines_do_not_know_each_others_handles() {
    let job = reference(CurveId::P256).random_job(&mut Random(62));
    let engines = engines();
    let handles: Vec<u32> = engines.iter().map(|engine| prepare(engine, &job)).collect();
    for (i, engine) in engines.iter().enumerate() {
        for (j, handle) in handles.iter().enumerate() {
            if i != j {
                assert!(!engine.release(*handle));
            }
        }
    }
}

#[test]
fn what_is_no_key_and_what_is_too_many() {
    for engine in engines() {
        assert_eq!(engine.prepare(CurveId::P256, &[0; 64]), Prepared::Invalid);
        let mut random = Random(63);
        let reference = reference(CurveId::P256);
        let jobs: Vec<OwnedJob> = (0..=PREPARED_KEYS_MAX).map(|_| reference.random_job(&mut random)).collect();
        let handles: Vec<u32> = jobs[..PREPARED_KEYS_MAX].iter().map(|job| prepare(&engine, job)).collect();
        let last = &jobs[PREPARED_KEYS_MAX];
        assert_eq!(engine.prepare(last.curve, &last.key), Prepared::Full);
        let borrowed: Vec<_> = jobs.iter().zip(handles.iter().chain(&[0])).map(|(job, h)| job.borrow(*h)).collect();
        assert_eq!(engine.verify(&borrowed), vec![true; jobs.len()], "every lane its own table");
        assert!(engine.release(handles[5]));
        assert!(matches!(engine.prepare(last.curve, &last.key), Prepared::Handle(handle) if handle != handles[5]));
    }
}

#[test]
fn threads_share_one_engine() {
    let mut random = Random(64);
    let jobs: Vec<OwnedJob> = (0..24).map(|i| reference(CurveId::ALL[i % 2]).random_job(&mut random)).collect();
    for engine in engines() {
        std::thread::scope(|scope| {
            for offset in 0..4 {
                let (engine, jobs) = (&engine, &jobs);
                scope.spawn(move || {
                    for round in 0..20 {
                        let handle = prepare(engine, &jobs[(offset + round) % jobs.len()]);
                        let mut batch: Vec<_> = jobs.iter().map(|job| job.borrow(handle)).collect();
                        batch[round].digest = &[1; 32];
                        let expected: Vec<bool> = (0..batch.len()).map(|i| i != round).collect();
                        assert_eq!(engine.verify(&batch), expected);
                        assert!(engine.release(handle));
                    }
                });
            }
        });
        assert_eq!(engine.prepared_count(), 0);
    }
}
