//! u1·G + u2·Q, plainly or from combs, and its comparison with what the signature says.

use crate::curve::Curve;
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::recode::{OddScalar, digit};
use crate::scalar::field::Fp;
use crate::scalar::point::{Affine, Jacobian};
use crate::scalar::tables::{COMB_WINDOW_BITS, COMB_WINDOW_POINTS, COMB_WINDOWS, odd_multiples, pack};
use crate::task::Task;

/// Bits of the window over the base point's table: 26 digits, 512 points, 32 KiB.
const BASE_BITS: usize = 10;
const BASE_DIGITS: usize = 26;
/// Bits of the window over a key's own table, which each verification makes: 52 digits, 16 points.
const KEY_BITS: usize = 5;
const KEY_DIGITS: usize = 52;

/// The odd multiples of the base point that plain verification uses.
pub fn base_table<C: Curve>() -> Vec<Affine<C>> {
    odd_multiples(&Affine::base(), 1 << (BASE_BITS - 1))
}

/// Verifies one task with a plain key.
pub fn verify_plain<C: Curve>(base: &[PackedPoint], task: &Task) -> bool {
    let Some(key) = Affine::<C>::from_integers(&task.key[0], &task.key[1]) else {
        return false;
    };
    let key_table = pack(&odd_multiples(&key, 1 << (KEY_BITS - 1)));
    let (u1, u2) = (OddScalar::new(&task.u1, &C::N.m), OddScalar::new(&task.u2, &C::N.m));
    let mut sum = Jacobian::<C>::INFINITY;
    for position in (0..BASE_BITS * BASE_DIGITS).rev() {
        sum = sum.double();
        if position % KEY_BITS == 0 {
            sum = add_digit(&sum, &key_table, digit(&u2, position / KEY_BITS, KEY_BITS, KEY_DIGITS));
        }
        if position % BASE_BITS == 0 {
            sum = add_digit(&sum, base, digit(&u1, position / BASE_BITS, BASE_BITS, BASE_DIGITS));
        }
    }
    agrees(&sum, task)
}

/// Verifies one task from the combs of the base point and of its key.
pub fn verify_prepared<C: Curve>(base: &[PackedPoint], key: &[PackedPoint], task: &Task) -> bool {
    let (u1, u2) = (OddScalar::new(&task.u1, &C::N.m), OddScalar::new(&task.u2, &C::N.m));
    let mut sum = Jacobian::<C>::INFINITY;
    for window in 0..COMB_WINDOWS {
        for (comb, scalar) in [(base, &u1), (key, &u2)] {
            let points = &comb[window * COMB_WINDOW_POINTS..][..COMB_WINDOW_POINTS];
            sum = add_digit(&sum, points, digit(scalar, window, COMB_WINDOW_BITS, COMB_WINDOWS));
        }
    }
    agrees(&sum, task)
}

#[inline(always)]
fn add_digit<C: Curve>(sum: &Jacobian<C>, table: &[PackedPoint], digit: (usize, bool)) -> Jacobian<C> {
    let (index, negative) = digit;
    let point = table[index].to_affine();
    sum.add_affine(&if negative { point.neg() } else { point })
}

/// Whether the sum's x coordinate is one of those that the signature allows; infinity never is.
fn agrees<C: Curve>(sum: &Jacobian<C>, task: &Task) -> bool {
    let has = |x: &Limbs| sum.has_x(&Fp::from_integer(x));
    has(&task.x) || task.second_x::<C>().is_some_and(|x| has(&x))
}
