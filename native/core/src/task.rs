//! From the bytes of a job to the numbers every back-end works on. What the scalars alone decide is decided here.

use crate::curve::{Curve, CurveId};
use crate::inverse;
use crate::limbs::{self, Limbs};

/// One signature to verify, as flat bytes: a view into the caller's arrays.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The curve, and with it the scheme: SM2 signatures over the SM2 curve, ECDSA over P-256.
    pub curve: CurveId,
    /// X ‖ Y, big-endian.
    pub key: &'a [u8; 64],
    /// The digest, 32 bytes; for SM2 it is e = SM3(Z_A ‖ M), GB/T 32918.2 clause 7.1.
    pub digest: &'a [u8; 32],
    /// r ‖ s, big-endian.
    pub signature: &'a [u8; 64],
    /// A handle of a prepared key, `REPEATED`, or 0. It is a hint: the verdict is about the key's bytes.
    pub prepared: u32,
}

/// In place of a handle, for a key that signs again and again, as a card's does: its table is made when it is first named
/// so, and kept for as long as there is room.
pub const REPEATED: u32 = u32::MAX;

/// The check that remains: does u1·G + u2·Q have x ≡ `x` modulo n?
#[derive(Clone, Copy, Debug, Default)]
pub struct Task {
    /// Q's coordinates as they came, not yet checked.
    pub key: [Limbs; 2],
    /// The base point's scalar, below n.
    pub u1: Limbs,
    /// The key's scalar, below n and not zero.
    pub u2: Limbs,
    /// The value below n that x must have modulo n.
    pub x: Limbs,
}

impl Task {
    /// x + n where that is still a coordinate: an x at or above n is compared modulo n (SEC 1 clause 4.1.4 step 8,
    /// GB/T 32918.2 clause 7.1 step B7).
    pub fn second_x<C: Curve>(&self) -> Option<Limbs> {
        let (x, carry) = limbs::add(&self.x, &C::N.m);
        (!carry && limbs::less(&x, &C::P.m)).then_some(x)
    }
}

/// GB/T 32918.2 clause 7.1, steps B1, B2 and B5, and the rest prepared: u1 = s, u2 = t = r + s, x1 = r - e.
pub fn sm2_task<C: Curve>(job: &Job<'_>) -> Option<Task> {
    let (r, s) = scalars::<C>(job.signature)?;
    let t = C::N.add(&r, &s);
    if limbs::is_zero(&t) {
        return None;
    }
    let e = C::N.reduce(&limbs::from_bytes(job.digest));
    Some(Task { key: coordinates(job.key), u1: s, u2: t, x: C::N.sub(&r, &e) })
}

/// FIPS 186-5 clause 6.4.2 (SEC 1 clause 4.1.4), steps 1 to 4, for many jobs with one inversion modulo n.
pub fn ecdsa_tasks<C: Curve>(jobs: &[Job<'_>]) -> Vec<Option<Task>> {
    let n = &C::N;
    // The products of the s before each, in Montgomery form; a job out of range takes no part.
    let mut product = n.one;
    let mut steps = Vec::with_capacity(jobs.len());
    for job in jobs {
        let step = scalars::<C>(job.signature).map(|(r, s)| (r, n.mul(&s, &n.r2), product));
        if let Some((_, s, _)) = &step {
            product = n.mul(&product, s);
        }
        steps.push(step);
    }
    let mut inverse = n.mul(&inverse::invert(n, &n.mul(&product, &[1, 0, 0, 0])), &n.r2);
    let mut tasks = vec![None; jobs.len()];
    for (i, (job, step)) in jobs.iter().zip(steps).enumerate().rev() {
        tasks[i] = step.map(|(r, s, before)| {
            let s_inverse = n.mul(&inverse, &before);
            inverse = n.mul(&inverse, &s);
            let e = n.reduce(&limbs::from_bytes(job.digest));
            Task { key: coordinates(job.key), u1: n.mul(&e, &s_inverse), u2: n.mul(&r, &s_inverse), x: r }
        });
    }
    tasks
}

/// r and s, if both are in [1, n - 1].
fn scalars<C: Curve>(signature: &[u8; 64]) -> Option<(Limbs, Limbs)> {
    let [r, s] = coordinates(signature);
    let in_range = |a: &Limbs| !limbs::is_zero(a) && limbs::less(a, &C::N.m);
    (in_range(&r) && in_range(&s)).then_some((r, s))
}

/// The two big-endian integers of 64 bytes.
pub fn coordinates(bytes: &[u8; 64]) -> [Limbs; 2] {
    let [first, second] = bytes.as_chunks::<32>().0 else {
        return [limbs::ZERO; 2];
    };
    [limbs::from_bytes(first), limbs::from_bytes(second)]
}
