//! Verification with keys seen for the first time: 255 doublings shared by both scalars, 52 additions of multiples of
//! the key, 20 of multiples of the base point.

use crate::avx2::lanes::LANES;
use crate::avx2::point::{Addend, double};
use crate::avx2::prime::LanePrime;
use crate::avx2::tables::BASE_BITS;
use crate::avx2::verify::{Digits, Outcome, Sum, enter_keys, fill};
use crate::avx2::window::{KEY_BITS, Multiples, Window, affine_all};
use crate::avx2::words::Avx2;
use crate::packed::PackedPoint;
use crate::task::Task;

/// 52 digits of 5 bits or 20 digits of 13.
const TOTAL_BITS: usize = 260;
const KEY_DIGITS: usize = TOTAL_BITS / KEY_BITS;
const BASE_DIGITS: usize = TOTAL_BITS / BASE_BITS;
/// Vectors that share one inversion: it costs 2 µs, and what waits for it takes 15 KiB a vector.
const VECTORS_PER_INVERSION: usize = 8;

/// Verifies tasks, four to an outcome; the last vector is filled up with copies.
pub fn verify<C: LanePrime>(isa: Avx2, base: &[PackedPoint], tasks: &[Task]) -> Vec<Outcome> {
    assert_eq!(base.len(), 1 << (BASE_BITS - 1));
    let mut outcomes = Vec::with_capacity(tasks.len().div_ceil(LANES));
    for group in tasks.chunks(LANES * VECTORS_PER_INVERSION) {
        let vectors: Vec<[Task; LANES]> = group.chunks(LANES).map(fill).collect();
        // SAFETY: `isa` proves the kernel's instructions.
        let keys = unsafe { make_windows::<C>(isa, &vectors) };
        for (tasks, (window, off_curve)) in vectors.iter().zip(&keys) {
            // SAFETY: as above.
            outcomes.push(unsafe { sum::<C>(isa, base, tasks, window, *off_curve) });
        }
    }
    outcomes
}

#[target_feature(enable = "avx2")]
fn make_windows<C: LanePrime>(isa: Avx2, vectors: &[[Task; LANES]]) -> Vec<(Window, u8)> {
    let mut multiples = Vec::with_capacity(vectors.len());
    let mut refused = Vec::with_capacity(vectors.len());
    for tasks in vectors {
        let (x, y, off_curve) = enter_keys::<C>(isa, &tasks.map(|task| task.key));
        multiples.push(Multiples::new::<C>(isa, &x, &y));
        refused.push(off_curve);
    }
    let mut windows = Vec::with_capacity(vectors.len());
    for (points, off_curve) in affine_all::<C>(isa, &multiples).iter().zip(refused) {
        windows.push((Window::new(points), off_curve));
    }
    windows
}

#[target_feature(enable = "avx2")]
fn sum<C: LanePrime>(
    isa: Avx2,
    base: &[PackedPoint],
    tasks: &[Task; LANES],
    window: &Window,
    off_curve: u8,
) -> Outcome {
    let u1 = Digits::<BASE_BITS, BASE_DIGITS>::new(tasks.each_ref().map(|task| &task.u1), &C::N.m);
    let u2 = Digits::<KEY_BITS, KEY_DIGITS>::new(tasks.each_ref().map(|task| &task.u2), &C::N.m);
    let (indices, negative) = u2.at(KEY_DIGITS - 1);
    let mut sum = Sum::new::<C>(isa, &window.addend(isa, indices), negative);
    for position in (0..KEY_BITS * (KEY_DIGITS - 1)).rev() {
        sum.point = double::<C>(&sum.point);
        if position % KEY_BITS == 0 {
            let (indices, negative) = u2.at(position / KEY_BITS);
            sum.add::<C>(&window.addend(isa, indices), negative);
        }
        if position % BASE_BITS == 0 {
            let (indices, negative) = u1.at(position / BASE_BITS);
            sum.add::<C>(&Addend::load(isa, indices.map(|index| &base[index])), negative);
        }
    }
    sum.compare::<C>(tasks, off_curve)
}
