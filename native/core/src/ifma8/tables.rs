//! Packed tables of this back-end (R = 2^260), and reading one point a lane out of them.

use crate::curve::Curve;
use crate::ifma8::accumulator::Addend;
use crate::ifma8::field::Factor;
use crate::ifma8::lanes::Lanes;
use crate::modulus::doubled;
use crate::packed::PackedPoint;
use crate::scalar::point::Affine;
use crate::scalar::tables::{comb, odd_multiples};

/// Bits of the window over the base point's table in plain verification: 20 digits; 4096 points, 256 KiB, so that the
/// tables of both curves stay in a second-level cache of 1 MiB or more.
pub const BASE_BITS: usize = 13;

/// The odd multiples of the base point.
pub fn base_table<C: Curve>() -> Box<[PackedPoint]> {
    pack(&odd_multiples(&Affine::<C>::base(), 1 << (BASE_BITS - 1)))
}

/// The comb of a point.
pub fn comb_table<C: Curve>(point: &Affine<C>) -> Box<[PackedPoint]> {
    pack(&comb(point))
}

fn pack<C: Curve>(points: &[Affine<C>]) -> Box<[PackedPoint]> {
    // From R = 2^256 to R = 2^260.
    let times_16 = |a| doubled(&C::P, a, 4);
    points.iter().map(|point| PackedPoint(PackedPoint::from_affine(point).0.map(times_16))).collect()
}

/// Reads the points at these addresses, one a lane.
///
/// # Safety
/// Each address is that of a `PackedPoint` that stays alive for the call.
#[inline(always)]
pub unsafe fn load_points(addresses: Lanes) -> Addend {
    let words: [Lanes; PackedPoint::WORDS] = core::array::from_fn(|word| {
        // SAFETY: the word is one of the point's, which the caller vouches for.
        unsafe { Lanes::gather_at(addresses.add(addresses.like(8 * word as u64))) }
    });
    let [x0, x1, x2, x3, y0, y1, y2, y3] = words;
    Addend { x: Factor::unpack([x0, x1, x2, x3]), y: Factor::unpack([y0, y1, y2, y3]) }
}
