//! Packed tables of this back-end (R = 2^261).

use crate::curve::Curve;
use crate::modulus::doubled;
use crate::packed::PackedPoint;
use crate::scalar::field::Fp;
use crate::scalar::point::Affine;
use crate::scalar::tables::{comb, odd_multiples};

/// Bits of the window over the base point's table in plain verification: 20 digits; 4096 points, 256 KiB, half of the
/// second-level cache of a small core.
pub const BASE_BITS: usize = 13;

/// The odd multiples of the base point.
pub fn base_table<C: Curve>() -> Box<[PackedPoint]> {
    pack(&odd_multiples(&Affine::<C>::base(), 1 << (BASE_BITS - 1)))
}

/// The comb of a point.
pub fn comb_table<C: Curve>(point: &Affine<C>) -> Box<[PackedPoint]> {
    pack(&comb(point))
}

/// A point of these tables for the scalar path.
#[inline(always)]
pub fn read<C: Curve>(point: &PackedPoint) -> Affine<C> {
    // A product with 2^251 in place of 2^256 leaves a thirty-second, and from R = 2^261 there comes R = 2^256.
    let thirty_second = Fp::from_montgomery([0, 0, 0, 1 << 59]);
    let [x, y] = point.0.map(Fp::from_montgomery);
    Affine { x: x.mul(&thirty_second), y: y.mul(&thirty_second) }
}

fn pack<C: Curve>(points: &[Affine<C>]) -> Box<[PackedPoint]> {
    // From R = 2^256 to R = 2^261.
    let times_32 = |a| doubled(&C::P, a, 5);
    points.iter().map(|point| PackedPoint(PackedPoint::from_affine(point).0.map(times_32))).collect()
}
