//! Verification with tables of keys that sign again and again: the key's scalar in four parts of 65 bits, each with a
//! table of its own, so that 60 doublings do for the 255 of a plain verification. 52 additions for the key, and 32 from
//! the comb of the base point.

use crate::avx2::field::{Element, mul, square};
use crate::avx2::lanes::{LANES, Lanes};
use crate::avx2::point::{Accumulator, Addend, double};
use crate::avx2::prepared::{CombDigits, of_combs};
use crate::avx2::prime::LanePrime;
use crate::avx2::verify::{Digits, Outcome, Sum, enter_keys, fill};
use crate::avx2::window::{KEY_POINTS, Multiples, affine_all, inverses, packed};
use crate::avx2::words::Avx2;
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::tables::{COMB_WINDOWS, PART_BITS, PART_DIGITS, PART_POINTS, PARTS, REPEATED_BITS};
use crate::task::Task;

/// Digits over the tables of a key, those of a part one behind the other.
type KeyDigits = Digits<REPEATED_BITS, { PARTS * PART_DIGITS }>;

/// Verifies tasks, four to an outcome, each with the table of its key. The keys were checked when the tables were made.
pub fn verify<C: LanePrime>(
    isa: Avx2,
    base: &[PackedPoint],
    tasks: &[Task],
    tables: &[&[PackedPoint]],
) -> Vec<Outcome> {
    let vectors = tasks.chunks(LANES).zip(tables.chunks(LANES));
    // SAFETY: `isa` proves the kernel's instructions.
    vectors.map(|(tasks, tables)| unsafe { sum::<C>(isa, base, &fill(tasks), &fill(tables)) }).collect()
}

#[target_feature(enable = "avx2")]
fn sum<C: LanePrime>(
    isa: Avx2,
    base: &[PackedPoint],
    tasks: &[Task; LANES],
    tables: &[&[PackedPoint]; LANES],
) -> Outcome {
    let u1 = CombDigits::new(tasks.each_ref().map(|task| &task.u1), &C::N.m);
    let u2 = KeyDigits::new(tasks.each_ref().map(|task| &task.u2), &C::N.m);
    let (addend, negative) = of_key(isa, tables, &u2, 0, PART_DIGITS - 1);
    let mut sum = Sum::new::<C>(isa, &addend, negative);
    for place in (0..PART_DIGITS).rev() {
        let is_top = place == PART_DIGITS - 1;
        // The tables of many keys are more than the near caches hold, and all digits are known from the start.
        if place > 0 {
            prefetch(isa, tables, &u2, place - 1);
        }
        if !is_top {
            for _ in 0..REPEATED_BITS {
                sum.point = double::<C>(&sum.point);
            }
        }
        for part in usize::from(is_top)..PARTS {
            let (addend, negative) = of_key(isa, tables, &u2, part, place);
            sum.add::<C>(&addend, negative);
        }
    }
    for window in 0..COMB_WINDOWS {
        let (addend, negative) = of_combs(isa, &[base; LANES], &u1, window);
        sum.add::<C>(&addend, negative);
    }
    sum.compare::<C>(tasks, 0)
}

/// Asks for what the digits of all parts name in each lane's table.
#[inline(always)]
fn prefetch(isa: Avx2, tables: &[&[PackedPoint]; LANES], digits: &KeyDigits, place: usize) {
    for part in 0..PARTS {
        let (indices, _) = digits.at(part * PART_DIGITS + place);
        for (table, index) in tables.iter().zip(indices) {
            Lanes::prefetch(isa, &table[part * PART_POINTS + index]);
        }
    }
}

/// What a digit of a part names in each lane's table.
#[inline(always)]
fn of_key(isa: Avx2, tables: &[&[PackedPoint]; LANES], digits: &KeyDigits, part: usize, place: usize) -> (Addend, u8) {
    let (indices, negative) = digits.at(part * PART_DIGITS + place);
    let point = |lane: usize| &tables[lane][part * PART_POINTS + indices[lane]];
    (Addend::load(isa, core::array::from_fn(point)), negative)
}

/// The tables of keys, four at a time; nothing for a key that is no point of the curve. Each has the odd multiples P,
/// 3P, ... 31P of its four points Q, 2^65·Q, 2^130·Q and 2^195·Q, one behind the other.
pub fn tables<C: LanePrime>(isa: Avx2, keys: &[[Limbs; 2]]) -> Vec<Option<Box<[PackedPoint]>>> {
    let mut tables = Vec::with_capacity(keys.len());
    for group in keys.chunks(LANES) {
        // SAFETY: `isa` proves the kernel's instructions.
        let (parts, off_curve) = unsafe { make_parts::<C>(isa, &fill(group)) };
        tables.extend((0..group.len()).map(|lane| {
            let points = || parts.iter().flat_map(|part| part[lane].iter().copied()).collect();
            (off_curve >> lane & 1 == 0).then(points)
        }));
    }
    tables
}

/// The multiples of one part for each lane.
type PartTables = [[PackedPoint; KEY_POINTS]; LANES];

#[target_feature(enable = "avx2")]
fn make_parts<C: LanePrime>(isa: Avx2, keys: &[[Limbs; 2]; LANES]) -> (Vec<PartTables>, u8) {
    let (x, y, off_curve) = enter_keys::<C>(isa, keys);
    let mut sums = Vec::with_capacity(PARTS - 1);
    let mut sum = Accumulator::new::<C>(isa, &Addend { x, y }, Lanes::mask(isa, 0));
    for _ in 1..PARTS {
        for _ in 0..PART_BITS {
            sum = double::<C>(&sum);
        }
        sums.push(sum);
    }
    // A multiple of a point by a power of two is never at infinity, since the group's order is odd: no W is zero.
    let ws: Vec<Element> = sums.iter().map(|sum| sum.w).collect();
    let mut parts = vec![Multiples::new::<C>(isa, &x, &y)];
    for (sum, inverse) in sums.iter().zip(inverses::<C>(isa, &ws)) {
        let inverse2 = square::<C>(&inverse);
        let inverse3 = mul::<C>(&inverse2, &inverse);
        let (x, y) = (mul::<C>(&sum.x, &inverse2), mul::<C>(&sum.y, &inverse3));
        parts.push(Multiples::new::<C>(isa, &x, &y));
    }
    let mut tables = Vec::with_capacity(PARTS);
    for points in affine_all::<C>(isa, &parts) {
        tables.push(packed::<C>(&points));
    }
    (tables, off_curve)
}
