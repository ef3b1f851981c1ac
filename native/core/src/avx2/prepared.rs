//! Verification with combs of the base point and of the key: 64 additions and no doubling.

use crate::avx2::lanes::LANES;
use crate::avx2::point::Addend;
use crate::avx2::prime::LanePrime;
use crate::avx2::verify::{Digits, Outcome, Sum, fill};
use crate::avx2::words::Avx2;
use crate::packed::PackedPoint;
use crate::scalar::tables::{COMB_WINDOW_BITS, COMB_WINDOW_POINTS, COMB_WINDOWS};
use crate::task::Task;

/// Digits over a comb.
pub type CombDigits = Digits<COMB_WINDOW_BITS, COMB_WINDOWS>;

/// Verifies tasks, four to an outcome, each with the comb of its key. The keys were checked when they were prepared.
pub fn verify<C: LanePrime>(isa: Avx2, base: &[PackedPoint], tasks: &[Task], combs: &[&[PackedPoint]]) -> Vec<Outcome> {
    let vectors = tasks.chunks(LANES).zip(combs.chunks(LANES));
    // SAFETY: `isa` proves the kernel's instructions.
    vectors.map(|(tasks, combs)| unsafe { sum::<C>(isa, base, &fill(tasks), &fill(combs)) }).collect()
}

#[target_feature(enable = "avx2")]
fn sum<C: LanePrime>(
    isa: Avx2,
    base: &[PackedPoint],
    tasks: &[Task; LANES],
    combs: &[&[PackedPoint]; LANES],
) -> Outcome {
    let u1 = CombDigits::new(tasks.each_ref().map(|task| &task.u1), &C::N.m);
    let u2 = CombDigits::new(tasks.each_ref().map(|task| &task.u2), &C::N.m);
    let (addend, negative) = of_combs(isa, combs, &u2, 0);
    let mut sum = Sum::new::<C>(isa, &addend, negative);
    for window in 0..COMB_WINDOWS {
        if window > 0 {
            let (addend, negative) = of_combs(isa, combs, &u2, window);
            sum.add::<C>(&addend, negative);
        }
        let (addend, negative) = of_combs(isa, &[base; LANES], &u1, window);
        sum.add::<C>(&addend, negative);
    }
    sum.compare::<C>(tasks, 0)
}

/// What the digits of a window name in each lane's comb.
#[inline(always)]
pub fn of_combs(isa: Avx2, combs: &[&[PackedPoint]; LANES], digits: &CombDigits, window: usize) -> (Addend, u8) {
    let (indices, negative) = digits.at(window);
    let point = |lane: usize| &combs[lane][window * COMB_WINDOW_POINTS + indices[lane]];
    (Addend::load(isa, core::array::from_fn(point)), negative)
}
