//! u1·G + u2·Q, plainly or from tables, and its comparison with what the signature says.

use crate::curve::Curve;
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::recode::{OddScalar, PLACES, digit, non_adjacent};
use crate::scalar::field::Fp;
use crate::scalar::point::{Affine, Jacobian};
use crate::scalar::tables::{
    COMB_WINDOW_BITS, COMB_WINDOW_POINTS, COMB_WINDOWS, PART_DIGITS, PART_POINTS, PARTS, REPEATED_BITS, odd_multiples,
    pack,
};
use crate::task::Task;

/// Width of the base point's digits: 512 points, 32 KiB; on average 21 additions.
const BASE_WIDTH: usize = 11;
/// Width of the key's digits: 8 points, which each verification makes; on average 43 additions.
const KEY_WIDTH: usize = 5;

/// The odd multiples of the base point that plain verification uses.
pub fn base_table<C: Curve>() -> Vec<Affine<C>> {
    odd_multiples(&Affine::base(), 1 << (BASE_WIDTH - 2))
}

/// Verifies one task with a plain key.
pub fn verify_plain<C: Curve>(base: &[PackedPoint], task: &Task) -> bool {
    let Some(key) = Affine::<C>::from_integers(&task.key[0], &task.key[1]) else {
        return false;
    };
    let key_table = pack(&odd_multiples(&key, 1 << (KEY_WIDTH - 2)));
    let (u1, u2) = (non_adjacent(&task.u1, BASE_WIDTH), non_adjacent(&task.u2, KEY_WIDTH));
    let mut sum = Jacobian::<C>::INFINITY;
    for place in (0..PLACES).rev() {
        sum = sum.double();
        for (digit, table) in [(u2[place], &*key_table), (u1[place], base)] {
            if digit != 0 {
                let digit = (usize::from(digit.unsigned_abs() / 2), digit < 0);
                sum = add_digit(&sum, table, digit, PackedPoint::to_affine);
            }
        }
    }
    agrees(&sum, task)
}

/// Verifies one task from the combs of the base point and of its key, whose points are as `read` says.
pub fn verify_prepared<C: Curve>(
    base: &[PackedPoint],
    key: &[PackedPoint],
    task: &Task,
    read: impl Fn(&PackedPoint) -> Affine<C>,
) -> bool {
    let (u1, u2) = (OddScalar::new(&task.u1, &C::N.m), OddScalar::new(&task.u2, &C::N.m));
    let mut sum = Jacobian::<C>::INFINITY;
    for window in 0..COMB_WINDOWS {
        for (comb, scalar) in [(base, &u1), (key, &u2)] {
            let points = &comb[window * COMB_WINDOW_POINTS..][..COMB_WINDOW_POINTS];
            sum = add_digit(&sum, points, digit(scalar, window, COMB_WINDOW_BITS, COMB_WINDOWS), &read);
        }
    }
    agrees(&sum, task)
}

/// Verifies one task from the comb of the base point and the table of its key (`tables::repeated`), whose points are as
/// `read` says.
pub fn verify_repeated<C: Curve>(
    base: &[PackedPoint],
    key: &[PackedPoint],
    task: &Task,
    read: impl Fn(&PackedPoint) -> Affine<C>,
) -> bool {
    let (u1, u2) = (OddScalar::new(&task.u1, &C::N.m), OddScalar::new(&task.u2, &C::N.m));
    let mut sum = Jacobian::<C>::INFINITY;
    for place in (0..PART_DIGITS).rev() {
        for _ in 0..REPEATED_BITS {
            sum = sum.double();
        }
        for (part, points) in key.chunks(PART_POINTS).enumerate() {
            let digit = digit(&u2, part * PART_DIGITS + place, REPEATED_BITS, PARTS * PART_DIGITS);
            sum = add_digit(&sum, points, digit, &read);
        }
    }
    for (window, points) in base.chunks(COMB_WINDOW_POINTS).enumerate() {
        sum = add_digit(&sum, points, digit(&u1, window, COMB_WINDOW_BITS, COMB_WINDOWS), &read);
    }
    agrees(&sum, task)
}

#[inline(always)]
fn add_digit<C: Curve>(
    sum: &Jacobian<C>,
    table: &[PackedPoint],
    (index, negative): (usize, bool),
    read: impl Fn(&PackedPoint) -> Affine<C>,
) -> Jacobian<C> {
    let point = read(&table[index]);
    sum.add_affine(&if negative { point.neg() } else { point })
}

/// Whether the sum's x coordinate is one of those that the signature allows; infinity never is.
fn agrees<C: Curve>(sum: &Jacobian<C>, task: &Task) -> bool {
    let has = |x: &Limbs| sum.has_x(&Fp::from_integer(x));
    has(&task.x) || task.second_x::<C>().is_some_and(|x| has(&x))
}
