//! Precomputed multiples, in affine form.

use crate::curve::Curve;
use crate::packed::PackedPoint;
use crate::scalar::point::{Affine, Jacobian, normalise_all};

/// Bits of a comb's window. 8 divides 256, so that every digit but none more is used.
pub const COMB_WINDOW_BITS: usize = 8;
/// Windows of a comb.
pub const COMB_WINDOWS: usize = 256 / COMB_WINDOW_BITS;
/// Odd multiples in one window of a comb.
pub const COMB_WINDOW_POINTS: usize = 1 << (COMB_WINDOW_BITS - 1);

/// Parts that the scalar of a repeated key is cut into, each with a table of its own: a part's doublings do for all.
pub const PARTS: usize = 4;
/// Bits of a digit over these tables.
pub const REPEATED_BITS: usize = 5;
/// Digits of a part.
pub const PART_DIGITS: usize = 13;
/// Bits of a part; all of them have 260.
pub const PART_BITS: usize = REPEATED_BITS * PART_DIGITS;
/// Odd multiples in the table of a part.
pub const PART_POINTS: usize = 1 << (REPEATED_BITS - 1);
/// Points of a repeated key's table.
pub const REPEATED_POINTS: usize = PARTS * PART_POINTS;

/// P, 3P, 5P, ... (2·count - 1)P. P has the group's prime order, so that none of them is at infinity and no two of them
/// are equal or opposite.
pub fn odd_multiples<C: Curve>(point: &Affine<C>, count: usize) -> Vec<Affine<C>> {
    let doubled = Jacobian::from(*point).double();
    // Over the isomorphic curve where x is scaled by Z² and y by Z³, 2P is affine, and additions do not use the curve's
    // coefficients: so every step is a mixed addition, and Z comes back in at the end.
    let z2 = doubled.z.square();
    let first = Affine { x: point.x.mul(&z2), y: point.y.mul(&z2.mul(&doubled.z)) };
    let mut points = chain(&first, &Affine { x: doubled.x, y: doubled.y }, count);
    for point in &mut points {
        point.z = point.z.mul(&doubled.z);
    }
    normalise_all(&points)
}

/// The odd multiples of 2^(8i)·P for every window i, window after window: a multiplication by a 256-bit number becomes
/// 32 additions and no doubling.
pub fn comb<C: Curve>(point: &Affine<C>) -> Vec<Affine<C>> {
    let mut bases = Vec::with_capacity(2 * COMB_WINDOWS);
    let mut base = Jacobian::from(*point);
    for _ in 0..COMB_WINDOWS {
        bases.push(base);
        base = base.double();
        bases.push(base);
        for _ in 1..COMB_WINDOW_BITS {
            base = base.double();
        }
    }
    let bases = normalise_all(&bases);
    let windows = bases.as_chunks::<2>().0.iter();
    let points: Vec<_> = windows.flat_map(|[base, doubled]| chain(base, doubled, COMB_WINDOW_POINTS)).collect();
    normalise_all(&points)
}

/// The odd multiples of 2^(65i)·P for every part i, part after part.
pub fn repeated<C: Curve>(point: &Affine<C>) -> Vec<Affine<C>> {
    let mut starts = vec![Jacobian::from(*point)];
    for part in 1..PARTS {
        let mut start = starts[part - 1];
        for _ in 0..PART_BITS {
            start = start.double();
        }
        starts.push(start);
    }
    normalise_all(&starts).iter().flat_map(|start| odd_multiples(start, PART_POINTS)).collect()
}

/// Packs points as this back-end reads them.
pub fn pack<C: Curve>(points: &[Affine<C>]) -> Box<[PackedPoint]> {
    points.iter().map(PackedPoint::from_affine).collect()
}

fn chain<C: Curve>(first: &Affine<C>, step: &Affine<C>, count: usize) -> Vec<Jacobian<C>> {
    let mut point = Jacobian::from(*first);
    let mut points = Vec::with_capacity(count);
    points.push(point);
    for _ in 1..count {
        point = point.add_affine(step);
        points.push(point);
    }
    points
}
