//! Verifies good signatures by the hundred million and says which were refused: what happens to one in many millions no
//! vector shows. `cargo run --release --example good_signatures -- --minutes 5 --seed 1`.
//!
//! Signatures are good by construction. Keys and nonces come from tables of consecutive scalars, so that signing costs
//! two multiplications; the scalars that verification works with are as random as the digests.

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use onecard_engine::curve::{Curve, CurveId, P256, Sm2};
use onecard_engine::engine::{Engine, Prepared};
use onecard_engine::inverse::invert;
use onecard_engine::limbs::{Limbs, add, from_bytes, is_zero, to_bytes};
use onecard_engine::scalar::point::{Affine, Jacobian, normalise_all};
use onecard_engine::task::REPEATED;
use support::random::Random;
use support::{OwnedJob, join};

/// Scalars of a table.
const TABLE: usize = 8_192;
const BATCH: usize = 256;
/// Keys prepared at a time by each thread.
const PREPARED_KEYS: usize = 16;
/// Batches of each kind, one kind after the other.
const BATCHES: usize = 512;
const TOLD_MAX: u64 = 10;

const USAGE: &str = "usage: good_signatures [--minutes N] [--seed N]";

/// What became of all signatures so far.
#[derive(Default)]
struct Totals {
    verified: AtomicU64,
    refused: AtomicU64,
}

fn main() -> ExitCode {
    let Some((minutes, seed)) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let engines = support::engines();
    let engine = engines.first().expect("a back-end runs on every machine");
    println!("{} on {threads} threads for {minutes} minutes, seed {seed}", engine.name());
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    let totals = Totals::default();
    thread::scope(|scope| {
        for thread in 0..threads {
            let totals = &totals;
            scope.spawn(move || {
                let (sm2, p256) = (Signing::<Sm2>::new(seed), Signing::<P256>::new(seed));
                let mut random = Random(seed << 8 | thread as u64);
                while Instant::now() < until {
                    sm2.round(engine, &mut random, totals);
                    p256.round(engine, &mut random, totals);
                }
            });
        }
        while Instant::now() < until {
            thread::sleep(Duration::from_secs(10).min(until.saturating_duration_since(Instant::now())));
            println!("{} verified", totals.verified.load(Ordering::Relaxed));
        }
    });
    let (verified, refused) = (totals.verified.into_inner(), totals.refused.into_inner());
    println!("{verified} verified, {refused} of them refused");
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments() -> Option<(u64, u64)> {
    let (mut minutes, mut seed) = (1, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next()?.parse().ok()?;
        match name.as_str() {
            "--minutes" => minutes = value,
            "--seed" => seed = value,
            _ => return None,
        }
    }
    Some((minutes, seed))
}

/// Keys and nonces of a curve.
struct Signing<C> {
    keys: Vec<Key>,
    nonces: Vec<Nonce>,
    curve: std::marker::PhantomData<C>,
}

struct Key {
    bytes: [u8; 64],
    /// For SM2 (1 + d)^-1, for ECDSA d; in Montgomery form.
    factor: Limbs,
}

struct Nonce {
    k: Limbs,
    /// k^-1 in Montgomery form.
    inverse: Limbs,
    /// The x of k·G modulo n.
    x: Limbs,
}

impl<C: Curve> Signing<C> {
    fn new(seed: u64) -> Self {
        let n = &C::N;
        let keys = consecutive::<C>(Random(seed)).map(|(d, point)| {
            let factor = match C::ID {
                CurveId::Sm2 => invert(n, &n.add(&d, &[1, 0, 0, 0])),
                CurveId::P256 => d,
            };
            let bytes = join(&to_bytes(&point.x.to_integer()), &to_bytes(&point.y.to_integer()));
            Key { bytes, factor: n.mul(&factor, &n.r2) }
        });
        let nonces = consecutive::<C>(Random(seed ^ 0x6e6f_6e63)).map(|(k, point)| Nonce {
            k,
            inverse: n.mul(&invert(n, &k), &n.r2),
            x: n.reduce(&point.x.to_integer()),
        });
        Self { keys: keys.collect(), nonces: nonces.collect(), curve: std::marker::PhantomData }
    }

    /// Batches with keys seen for the first time, as many with repeated ones, and as many with prepared ones.
    fn round(&self, engine: &Engine, random: &mut Random, totals: &Totals) {
        for _ in 0..BATCHES {
            self.batch(engine, random, totals, |random| (random.below(TABLE), 0));
        }
        for _ in 0..BATCHES {
            self.batch(engine, random, totals, |random| (random.below(TABLE), REPEATED));
        }
        let first = random.below(TABLE - PREPARED_KEYS);
        let handles: Vec<u32> = (first..first + PREPARED_KEYS)
            .map(|key| match engine.prepare(C::ID, &self.keys[key].bytes) {
                Prepared::Handle(handle) => handle,
                Prepared::Full | Prepared::Invalid => panic!("there is room for {PREPARED_KEYS} keys a thread"),
            })
            .collect();
        for _ in 0..BATCHES {
            self.batch(engine, random, totals, |random| {
                let which = random.below(PREPARED_KEYS);
                (first + which, handles[which])
            });
        }
        for handle in handles {
            engine.release(handle);
        }
    }

    fn batch(
        &self,
        engine: &Engine,
        random: &mut Random,
        totals: &Totals,
        choose: impl Fn(&mut Random) -> (usize, u32),
    ) {
        let made: Vec<(OwnedJob, u32)> = (0..BATCH)
            .map(|_| {
                let (key, handle) = choose(random);
                (self.sign(key, random), handle)
            })
            .collect();
        let jobs: Vec<_> = made.iter().map(|(job, handle)| job.borrow(*handle)).collect();
        for ((job, handle), good) in made.iter().zip(engine.verify(&jobs)) {
            if !good && totals.refused.fetch_add(1, Ordering::Relaxed) < TOLD_MAX {
                println!("refused, prepared {handle:#x}: {job:02x?}");
            }
        }
        totals.verified.fetch_add(BATCH as u64, Ordering::Relaxed);
    }

    /// GB/T 32918.2 clause 6.1 or FIPS 186-5 clause 6.4.1, with the nonce of the table that fits.
    fn sign(&self, key: usize, random: &mut Random) -> OwnedJob {
        let (n, key) = (&C::N, &self.keys[key]);
        loop {
            let digest = [random.word(), random.word(), random.word(), random.word()];
            let (nonce, e) = (&self.nonces[random.below(TABLE)], n.reduce(&digest));
            let (r, s) = match C::ID {
                CurveId::Sm2 => {
                    let r = n.add(&e, &nonce.x);
                    // s = (1 + d)^-1 (k - r·d) = (1 + d)^-1 (k + r) - r.
                    (r, n.sub(&n.mul(&key.factor, &n.add(&nonce.k, &r)), &r))
                }
                CurveId::P256 => {
                    let r = nonce.x;
                    (r, n.mul(&nonce.inverse, &n.add(&e, &n.mul(&key.factor, &r))))
                }
            };
            let no_key_scalar = C::ID == CurveId::Sm2 && is_zero(&n.add(&r, &s));
            if !(is_zero(&r) || is_zero(&s) || no_key_scalar) {
                let signature = join(&to_bytes(&r), &to_bytes(&s));
                return OwnedJob { curve: C::ID, key: key.bytes, digest: to_bytes(&digest), signature };
            }
        }
    }
}

/// Scalars one after another from a random one on, and their multiples of the base point.
fn consecutive<C: Curve>(mut random: Random) -> impl Iterator<Item = (Limbs, Affine<C>)> {
    // Far enough below the order that no scalar of the table reaches it.
    let first = from_bytes(&random.bytes()).map(|word| word >> 1);
    let mut point = Jacobian::from(Affine::<C>::base());
    for bit in (0..highest_bit(&first)).rev() {
        point = point.double();
        if first[bit / 64] >> (bit % 64) & 1 == 1 {
            point = point.add_affine(&Affine::base());
        }
    }
    let points: Vec<Jacobian<C>> =
        std::iter::successors(Some(point), |last| Some(last.add_affine(&Affine::base()))).take(TABLE).collect();
    let scalars = (0..TABLE as u64).map(move |i| add(&first, &[i, 0, 0, 0]).0);
    scalars.zip(normalise_all(&points))
}

fn highest_bit(scalar: &Limbs) -> usize {
    let word = scalar.iter().rposition(|word| *word != 0).expect("a random scalar is not zero");
    64 * word + scalar[word].ilog2() as usize
}
