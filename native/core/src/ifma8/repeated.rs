//! Verification with tables of keys that sign again and again: the key's scalar in four parts of 65 bits, each with a
//! table of its own, so that 60 doublings do for the 255 of a plain verification. 52 additions for the key, and 32 from
//! the comb of the base point.

use crate::ifma8::accumulator::{Accumulator, Addend, add, double};
use crate::ifma8::digits::{Digit, Digits};
use crate::ifma8::field::{Factor, enter, integers, mul, rows, square};
use crate::ifma8::lanes::{Ifma, LaneMask, Lanes, Row};
use crate::ifma8::plain::{Keys, compare, enter_keys, normalise};
use crate::ifma8::prime::LanePrime;
use crate::ifma8::tables::load_points;
use crate::ifma8::window::{KEY_POINTS, KeyWindow};
use crate::ifma8::{LANES, Outcome, fill};
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::field::{Fp, invert_all};
use crate::scalar::tables::{
    COMB_WINDOW_BITS, COMB_WINDOW_POINTS, COMB_WINDOWS, PART_BITS, PART_DIGITS, PARTS, REPEATED_BITS, REPEATED_POINTS,
};
use crate::task::Task;

const COMB_BITS: usize = COMB_WINDOW_BITS * COMB_WINDOWS;
const COMB_WINDOW_BYTES: usize = COMB_WINDOW_POINTS * PackedPoint::BYTES;
const PART_BYTES: usize = KEY_POINTS * PackedPoint::BYTES;
const _: () = assert!(REPEATED_POINTS == PARTS * KEY_POINTS);

/// Verifies tasks, eight to an outcome, each with the table of its key. The keys were checked when the tables were made.
pub fn verify<C: LanePrime>(
    isa: Ifma,
    base: &[PackedPoint],
    tasks: &[Task],
    tables: &[&[PackedPoint]],
) -> Vec<Outcome> {
    assert!(tasks.len() == tables.len() && base.len() == COMB_WINDOWS * COMB_WINDOW_POINTS);
    assert!(tables.iter().all(|table| table.len() == REPEATED_POINTS));
    let octets = tasks.chunks(LANES).zip(tables.chunks(LANES));
    let outcomes = octets.map(|(tasks, tables)| {
        let starts = Row(fill(tables).map(|table| table.as_ptr() as u64));
        // SAFETY: `isa` proves the kernel's instructions, and base and tables were measured above.
        unsafe { sum::<C>(isa, base, &fill(tasks), &starts) }
    });
    outcomes.collect()
}

/// # Safety
/// `base` is a whole comb, and each address of `tables` that of a whole table.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
unsafe fn sum<C: LanePrime>(isa: Ifma, base: &[PackedPoint], octet: &[Task; LANES], tables: &Row) -> Outcome {
    let u1 = Digits::<COMB_BITS>::new(&octet.map(|task| task.u1), &C::N.m);
    let u2 = Digits::<{ PARTS * PART_BITS }>::new(&octet.map(|task| task.u2), &C::N.m);
    let table = Lanes::load(isa, tables);
    let of_key = |part: usize, place: usize| -> (Digit, Lanes) {
        let digit = u2.digit(isa, part * PART_DIGITS + place, REPEATED_BITS);
        let start = table.add(table.like((part * PART_BYTES) as u64));
        (digit, start.add(digit.index.shl::<6>()))
    };
    // The tables of many keys are more than the near caches hold, and all digits are known from the start.
    let ask = |place: usize| (0..PARTS).for_each(|part| of_key(part, place).1.prefetch());
    ask(PART_DIGITS - 1);
    ask(PART_DIGITS - 2);

    let (first_digit, first_address) = of_key(0, PART_DIGITS - 1);
    // SAFETY: the index is below KEY_POINTS, so the point is in the first part of a whole table.
    let first = unsafe { load_points(first_address) };
    let mut sum = Accumulator::new::<C>(isa, &first, first_digit.negative);
    let mut sign: LaneMask = 0;
    for place in (0..PART_DIGITS).rev() {
        let top = place == PART_DIGITS - 1;
        if place >= 2 {
            ask(place - 2);
        }
        if !top {
            for _ in 0..REPEATED_BITS {
                sum = double::<C>(&sum);
            }
        }
        for part in usize::from(top)..PARTS {
            let (digit, address) = of_key(part, place);
            // SAFETY: the index is below KEY_POINTS and the part below PARTS.
            let addend = unsafe { load_points(address) };
            sum = add::<C>(&sum, &addend, digit.negative ^ sign);
            sign = !sign;
        }
    }
    let comb = Lanes::splat(isa, base.as_ptr() as u64);
    for window in 0..COMB_WINDOWS {
        let digit = u1.digit(isa, window, COMB_WINDOW_BITS);
        let start = comb.add(comb.like((window * COMB_WINDOW_BYTES) as u64));
        // SAFETY: the index is below COMB_WINDOW_POINTS and the window below COMB_WINDOWS.
        let addend = unsafe { load_points(start.add(digit.index.shl::<6>())) };
        sum = add::<C>(&sum, &addend, digit.negative ^ sign);
        sign = !sign;
    }
    compare::<C>(isa, &sum, octet, 0)
}

/// The tables of keys, eight at a time; nothing for a key that is no point of the curve. Each has the odd multiples P,
/// 3P, ... 31P of its four points Q, 2^65·Q, 2^130·Q and 2^195·Q, one behind the other.
pub fn tables<C: LanePrime>(isa: Ifma, keys: &[[Limbs; 2]]) -> Vec<Option<Box<[PackedPoint]>>> {
    let mut tables = Vec::with_capacity(keys.len());
    for group in keys.chunks(LANES) {
        // SAFETY: `isa` proves the kernel's instructions.
        let (windows, off_curve) = unsafe { make_windows::<C>(isa, &fill(group)) };
        tables.extend((0..group.len()).map(|lane| {
            let points = || windows.iter().flat_map(|window| window[lane].iter().copied()).collect();
            (off_curve >> lane & 1 == 0).then(points)
        }));
    }
    tables
}

/// The multiples of one part for each lane.
type PartTables = [[PackedPoint; KEY_POINTS]; LANES];

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn make_windows<C: LanePrime>(isa: Ifma, octet: &[[Limbs; 2]; LANES]) -> ([PartTables; PARTS], LaneMask) {
    let (x, y, off_curve) = enter_keys::<C>(isa, octet);
    let mut sums = Vec::with_capacity(PARTS - 1);
    let mut sum = Accumulator::new::<C>(isa, &Addend { x, y }, 0);
    for _ in 1..PARTS {
        for _ in 0..PART_BITS {
            sum = double::<C>(&sum);
        }
        sums.push(sum);
    }
    let mut parts = vec![Keys { window: KeyWindow::new::<C>(isa, &x, &y), off_curve }];
    for (sum, inverse) in sums.iter().zip(inverses::<C>(isa, &sums)) {
        let inverse2 = square::<C>(&inverse).carry();
        let inverse3 = mul::<C>(&inverse2, &inverse).carry();
        // Both below 1.07, as windows are made of.
        let x = C::weakly_reduced(mul::<C>(&sum.x.carry(), &inverse2)).carry();
        let y = C::weakly_reduced(mul::<C>(&sum.y.carry(), &inverse3)).carry();
        parts.push(Keys { window: KeyWindow::new::<C>(isa, &x, &y), off_curve });
    }
    normalise::<C>(isa, &mut parts);
    (core::array::from_fn(|part| parts[part].window.packed::<C>()), off_curve)
}

/// 1/W of each sum, with one inversion for all lanes. A multiple of a point by a power of two is never at infinity, since
/// the group's order is odd, so no W is zero.
#[inline(always)]
fn inverses<C: LanePrime>(isa: Ifma, sums: &[Accumulator]) -> Vec<Factor> {
    let mut before = Vec::with_capacity(sums.len());
    let mut product = Factor::splat(isa, &C::ONE);
    for sum in sums {
        before.push(product);
        product = mul::<C>(&product, &sum.w).carry();
    }
    let mut lanes = integers::<C>(isa, &product).map(|w| Fp::<C>::from_integer(&w));
    invert_all(&mut lanes);
    let inverted = rows(&lanes.map(|inverse| inverse.to_integer()));
    let mut inverse = enter::<C>(isa, &Factor::load(isa, &inverted)).carry();
    let mut inverses = vec![inverse; sums.len()];
    for i in (0..sums.len()).rev() {
        inverses[i] = mul::<C>(&inverse, &before[i]).carry();
        inverse = mul::<C>(&inverse, &sums[i].w).carry();
    }
    inverses
}
