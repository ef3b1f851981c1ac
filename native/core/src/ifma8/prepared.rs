//! Verification with combs of the base point and of the key: 64 additions and no doubling.

use crate::ifma8::accumulator::{Accumulator, add};
use crate::ifma8::digits::{Digit, Digits};
use crate::ifma8::lanes::{Ifma, LaneMask, Lanes, Row};
use crate::ifma8::plain::compare;
use crate::ifma8::prime::LanePrime;
use crate::ifma8::tables::load_points;
use crate::ifma8::{LANES, Outcome, fill};
use crate::packed::PackedPoint;
use crate::scalar::tables::{COMB_WINDOW_BITS, COMB_WINDOW_POINTS, COMB_WINDOWS};
use crate::task::Task;

const TOTAL_BITS: usize = COMB_WINDOW_BITS * COMB_WINDOWS;
const WINDOW_BYTES: usize = COMB_WINDOW_POINTS * PackedPoint::BYTES;

/// Verifies tasks, eight to an outcome, each with the comb of its key. The keys were checked when they were prepared.
pub fn verify<C: LanePrime>(isa: Ifma, base: &[PackedPoint], tasks: &[Task], combs: &[&[PackedPoint]]) -> Vec<Outcome> {
    let whole = |comb: &[PackedPoint]| comb.len() == COMB_WINDOWS * COMB_WINDOW_POINTS;
    assert!(tasks.len() == combs.len() && whole(base) && combs.iter().all(|comb| whole(comb)));
    let octets = tasks.chunks(LANES).zip(combs.chunks(LANES));
    let outcomes = octets.map(|(tasks, combs)| {
        let starts = Row(fill(combs).map(|comb| comb.as_ptr() as u64));
        // SAFETY: `isa` proves the kernel's instructions, and the combs were measured above.
        unsafe { sum::<C>(isa, base, &fill(tasks), &starts) }
    });
    outcomes.collect()
}

/// # Safety
/// `base` and each address of `combs` is that of a whole comb.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
unsafe fn sum<C: LanePrime>(isa: Ifma, base: &[PackedPoint], octet: &[Task; LANES], combs: &Row) -> Outcome {
    let u1 = Digits::<TOTAL_BITS>::new(&octet.map(|task| task.u1), &C::N.m);
    let u2 = Digits::<TOTAL_BITS>::new(&octet.map(|task| task.u2), &C::N.m);
    let base = Lanes::splat(isa, base.as_ptr() as u64);
    let key = Lanes::load(isa, combs);
    let step = |window: usize| -> [(Digit, Lanes); 2] {
        [(&u2, key), (&u1, base)].map(|(scalar, comb)| {
            let digit = scalar.digit(isa, window, COMB_WINDOW_BITS);
            let start = comb.add(comb.like((window * WINDOW_BYTES) as u64));
            (digit, start.add(digit.index.shl::<6>()))
        })
    };

    let [(key_digit, key_address), base_step] = step(0);
    // SAFETY: the index is below COMB_WINDOW_POINTS, so the point is in the first window of a whole comb.
    let first = unsafe { load_points(key_address) };
    let mut sum = Accumulator::new::<C>(isa, &first, key_digit.negative);
    let mut sign: LaneMask = 0;
    let mut add_point = |(digit, address): (Digit, Lanes)| {
        // SAFETY: the index is below COMB_WINDOW_POINTS and the window below COMB_WINDOWS.
        let addend = unsafe { load_points(address) };
        sum = add::<C>(&sum, &addend, digit.negative ^ sign);
        sign = !sign;
    };
    add_point(base_step);
    let mut next = step(1);
    for window in 1..COMB_WINDOWS {
        let steps = next;
        next = step((window + 1).min(COMB_WINDOWS - 1));
        // The combs of many keys are more than the near caches hold; the digits say early what will be read.
        for (_, address) in &next {
            address.prefetch();
        }
        for step in steps {
            add_point(step);
        }
    }
    compare::<C>(isa, &sum, octet, 0)
}
