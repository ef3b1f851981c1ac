//! Verification with keys seen for the first time: 255 doublings shared by both scalars, 52 additions of multiples of
//! the key, 20 of multiples of the base point.

use crate::ifma8::accumulator::{Accumulator, add, double, plus};
use crate::ifma8::digits::Digits;
use crate::ifma8::field::{Factor, Loose, enter, integers, is_zero, mul, rows, square};
use crate::ifma8::lanes::{Ifma, LaneMask, Row};
use crate::ifma8::lift::right_side;
use crate::ifma8::prime::LanePrime;
use crate::ifma8::tables::{BASE_BITS, load_points};
use crate::ifma8::window::{KEY_BITS, KeyWindow};
use crate::ifma8::{LANES, Outcome, fill};
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::field::{Fp, invert_all};
use crate::task::Task;

/// 52 digits of 5 bits or 20 digits of 13.
const TOTAL_BITS: usize = 260;
const KEY_DIGITS: usize = TOTAL_BITS / KEY_BITS;
/// Vectors that share one inversion. It costs about 2 µs, a twentieth of a vector's work, and the windows of eight
/// vectors take 120 KiB.
const VECTORS_PER_INVERSION: usize = 8;

/// A vector of keys on the way.
pub struct Keys {
    /// Their multiples.
    pub window: KeyWindow,
    /// The lanes whose key is refused; they have the multiples of the base point.
    pub off_curve: LaneMask,
}

/// Verifies tasks, eight to an outcome; the last vector is filled up with copies.
pub fn verify<C: LanePrime>(isa: Ifma, base: &[PackedPoint], tasks: &[Task]) -> Vec<Outcome> {
    assert_eq!(base.len(), 1 << (BASE_BITS - 1));
    let mut outcomes = Vec::with_capacity(tasks.len().div_ceil(LANES));
    for group in tasks.chunks(LANES * VECTORS_PER_INVERSION) {
        let octets: Vec<[Task; LANES]> = group.chunks(LANES).map(fill).collect();
        // SAFETY: `isa` proves the instructions of the kernels below.
        let mut keys: Vec<Keys> = octets.iter().map(|octet| unsafe { make_windows::<C>(isa, octet) }).collect();
        // SAFETY: as above.
        unsafe { normalise::<C>(isa, &mut keys) };
        for (octet, keys) in octets.iter().zip(&keys) {
            // SAFETY: as above.
            outcomes.push(unsafe { sum::<C>(isa, base, octet, keys) });
        }
    }
    outcomes
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn make_windows<C: LanePrime>(isa: Ifma, octet: &[Task; LANES]) -> Keys {
    let (x, y, off_curve) = enter_keys::<C>(isa, &octet.map(|task| task.key));
    Keys { window: KeyWindow::new::<C>(isa, &x, &y), off_curve }
}

/// The coordinates of keys, below 1.07, and the lanes that are refused. Such a lane goes on with the base point, so that
/// it cannot put a zero into an inversion that it shares.
#[inline(always)]
pub fn enter_keys<C: LanePrime>(isa: Ifma, keys: &[[Limbs; 2]; LANES]) -> (Factor, Factor, LaneMask) {
    let coordinate = |i: usize| enter::<C>(isa, &Factor::load(isa, &rows(&keys.map(|key| key[i])))).carry();
    let (x, y) = (coordinate(0), coordinate(1));
    let off_curve = off_curve::<C>(isa, &x, &y) | not_below_p::<C>(keys);
    let base = C::G.map(|coordinate| enter::<C>(isa, &Factor::splat(isa, &coordinate)).carry());
    (x.select(off_curve, &base[0]), y.select(off_curve, &base[1]), off_curve)
}

/// The lanes where y² is not x³ - 3x + b; x, y < 1.07.
#[inline(always)]
fn off_curve<C: LanePrime>(isa: Ifma, x: &Factor, y: &Factor) -> LaneMask {
    !is_zero::<C>(isa, &plus::<C>(2, right_side::<C>(isa, x).sub(square::<C>(y))).carry())
}

fn not_below_p<C: LanePrime>(keys: &[[Limbs; 2]; LANES]) -> LaneMask {
    let mut mask = 0;
    for (lane, key) in keys.iter().enumerate() {
        let below = key.iter().all(|coordinate| crate::limbs::less(coordinate, &C::P.m));
        mask |= (!below as LaneMask) << lane;
    }
    mask
}

/// Brings all windows to affine form with one inversion: products along the vectors, then across the lanes.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
pub(super) fn normalise<C: LanePrime>(isa: Ifma, keys: &mut [Keys]) {
    let mut products = Vec::with_capacity(keys.len());
    let mut product = Factor::splat(isa, &C::ONE);
    for key in keys.iter() {
        products.push(product);
        product = mul::<C>(&product, &key.window.last_z).carry();
    }
    let mut lanes = integers::<C>(isa, &product).map(|z| Fp::<C>::from_integer(&z));
    invert_all(&mut lanes);
    let inverses = rows(&lanes.map(|inverse| inverse.to_integer()));
    let mut inverse = enter::<C>(isa, &Factor::load(isa, &inverses)).carry();
    for (key, before) in keys.iter_mut().zip(&products).rev() {
        let own = mul::<C>(&inverse, before).carry();
        inverse = mul::<C>(&inverse, &key.window.last_z).carry();
        key.window.normalise::<C>(&own);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn sum<C: LanePrime>(isa: Ifma, base: &[PackedPoint], octet: &[Task; LANES], keys: &Keys) -> Outcome {
    let u1 = Digits::<TOTAL_BITS>::new(&octet.map(|task| task.u1), &C::N.m);
    let u2 = Digits::<TOTAL_BITS>::new(&octet.map(|task| task.u2), &C::N.m);

    let top = u2.digit(isa, KEY_DIGITS - 1, KEY_BITS);
    let first = keys.window.addend(isa, top.index);
    let mut sum = Accumulator::new::<C>(isa, &first, top.negative);
    // All ones where Z = -W.
    let mut sign: LaneMask = 0;
    for position in (0..KEY_BITS * (KEY_DIGITS - 1)).rev() {
        sum = double::<C>(&sum);
        if position % KEY_BITS == 0 {
            let digit = u2.digit(isa, position / KEY_BITS, KEY_BITS);
            sum = add::<C>(&sum, &keys.window.addend(isa, digit.index), digit.negative ^ sign);
            sign = !sign;
        }
        if position % BASE_BITS == 0 {
            let digit = u1.digit(isa, position / BASE_BITS, BASE_BITS);
            let start = digit.index.like(base.as_ptr() as u64);
            // SAFETY: the index is below 2^(BASE_BITS - 1), the number of points that `verify` made sure of.
            let addend = unsafe { load_points(start.add(digit.index.shl::<6>())) };
            sum = add::<C>(&sum, &addend, digit.negative ^ sign);
            sign = !sign;
        }
    }
    compare::<C>(isa, &sum, octet, keys.off_curve)
}

/// Compares X with x·Z², without an inversion.
#[inline(always)]
pub fn compare<C: LanePrime>(isa: Ifma, sum: &Accumulator, octet: &[Task; LANES], off_curve: LaneMask) -> Outcome {
    let words: [Row; 4] = rows(&octet.map(|task| task.x));
    let x = enter::<C>(isa, &Factor::load(isa, &words)).carry();
    let scaled: Loose = mul::<C>(&x, &square::<C>(&sum.w).carry());
    Outcome {
        agrees: is_zero::<C>(isa, &plus::<C>(2, sum.x.sub(scaled)).carry()),
        exceptional: is_zero::<C>(isa, &sum.w),
        off_curve,
    }
}
