//! The running sum of each lane, and the two operations on it. Comments give values in multiples of p, and limbs in units of
//! 2^29 where they are not tight.
//!
//! The point is (X/Z², Y/Z³) with Z = W or Z = -W: additions flip the sign, which lets Y3 be one sum of products. The
//! caller knows the sign, since every lane adds at the same time, and gives each added point the sign that fits.
//!
//! No exception is branched on. If W becomes 0 modulo p (P + P, P - P, or infinity) it stays 0 to the end, since both
//! operations multiply by it; and the results are right as long as it is not. So one look at the final W finds every
//! lane that has to be done again on the complete path.

use crate::avx2::field::{Element, mul, mul_add_mul, square};
use crate::avx2::lanes::{LANES, Lanes, transpose};
use crate::avx2::prime::LanePrime;
use crate::avx2::words::Avx2;
use crate::packed::PackedPoint;

/// X ≤ 1.001 and tight, Y < 2.5 and strict, W < 3 with limbs of up to 2.
#[derive(Clone, Copy, Debug)]
pub struct Accumulator {
    /// X.
    pub x: Element,
    /// Y.
    pub y: Element,
    /// Z or -Z.
    pub w: Element,
}

/// A point to add: x and y < 1.1 and strict in the low 32 bits of each limb; what is above is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct Addend {
    /// x.
    pub x: Element,
    /// y.
    pub y: Element,
}

impl Addend {
    /// One point a lane out of tables.
    #[inline(always)]
    pub fn load(isa: Avx2, points: [&PackedPoint; LANES]) -> Self {
        Self { x: load_coordinate(isa, points, 0), y: load_coordinate(isa, points, 1) }
    }

    /// y, or its negative in the lanes of the mask; < 2, limbs of up to 2.
    #[inline(always)]
    fn signed_y<C: LanePrime>(&self, negate: Lanes) -> Element {
        let zero = Element([self.y.0[0].like(0); _]);
        self.y.select(negate, &zero.sub::<C, 2, 1>(&self.y))
    }
}

impl Accumulator {
    /// Starts with a point, negated in the lanes of the mask; Z = W = 1.
    #[inline(always)]
    pub fn new<C: LanePrime>(isa: Avx2, point: &Addend, negate: Lanes) -> Self {
        let mut x = point.x;
        for limb in &mut x.0 {
            *limb = limb.and(limb.like(u32::MAX.into()));
        }
        let one = Element::splat(isa, &C::ONE);
        // A product with one makes the limbs strict.
        let y = mul::<C>(&point.signed_y::<C>(negate), &one);
        Self { x: x.weakly_reduced::<C>(), y, w: one }
    }
}

#[inline(always)]
fn load_coordinate(isa: Avx2, [a, b, c, d]: [&PackedPoint; LANES], i: usize) -> Element {
    Element::unpack(transpose([
        Lanes::load_coordinate(isa, a, i),
        Lanes::load_coordinate(isa, b, i),
        Lanes::load_coordinate(isa, c, i),
        Lanes::load_coordinate(isa, d, i),
    ]))
}

/// 2P: Jacobian doubling for a = -3, 4 multiplications, 3 squares and a sum of two products.
#[inline(always)]
pub fn double<C: LanePrime>(point: &Accumulator) -> Accumulator {
    let Accumulator { x, y, w } = point;
    let zero = Element([x.0[0].like(0); _]);
    let delta = square::<C>(w); // < 1.29
    let gamma = square::<C>(y); // < 1.20
    let w3 = mul::<C>(y, w).double(); // < 2.48, limbs 2
    let difference = x.sub::<C, 2, 1>(&delta); // < 3.01, limbs 3
    let sum = x.add(&delta); // < 2.30, limbs 2
    let u = mul::<C>(&difference, &sum); // < 1.22
    let alpha = u.double().add(&u).carry(); // < 3.66

    let gamma2 = gamma.double();
    let gamma4 = gamma2.double().carry(); // < 4.80
    let minus_gamma2 = zero.sub::<C, 4, 2>(&gamma2).carry(); // ≤ 4, and > 1.6
    let beta4 = mul::<C>(x, &gamma4); // < 1.16
    let x3 = square::<C>(&alpha).sub::<C, 3, 2>(&beta4.double()).weakly_reduced::<C>();
    let rest = beta4.sub::<C, 2, 2>(&x3); // < 3.16, limbs 4
    // alpha·(4·beta - X3) - 8·gamma²; 4·gamma·(4p - 2·gamma) ≤ 8p² for any gamma: < (3.66·3.16 + 8)/32 + 1 < 1.62.
    let y3 = mul_add_mul::<C>(&alpha, &rest, &gamma4, &minus_gamma2);
    Accumulator { x: x3, y: y3, w: w3 }
}

/// P + Q for an affine Q: 8 multiplications and 3 squares, the last two products with one reduction. The addend is
/// negated in the lanes of the mask. The sign of W flips.
#[inline(always)]
pub fn add<C: LanePrime>(point: &Accumulator, addend: &Addend, negate: Lanes) -> Accumulator {
    let Accumulator { x, y, w } = point;
    let w2 = square::<C>(w); // < 1.29
    let u2 = mul::<C>(&addend.x, &w2); // < 1.05
    let w3 = mul::<C>(&w2, w); // < 1.13
    let s2 = mul::<C>(&addend.signed_y::<C>(negate), &w3); // < 1.08

    let h = x.sub::<C, 2, 1>(&u2).carry(); // < 3.01
    let r = s2.sub::<C, 3, 1>(y).carry(); // < 4.08
    let h2 = square::<C>(&h); // < 1.29
    let w3 = mul::<C>(w, &h); // < 1.29
    let minus_h3 = mul::<C>(&h2, &h); // < 1.13
    let v = mul::<C>(x, &h2); // < 1.05
    let x3 = square::<C>(&r).add(&minus_h3).sub::<C, 3, 2>(&v.double()).weakly_reduced::<C>();
    let rest = v.sub::<C, 2, 2>(&x3); // < 3.05, limbs 4
    let y3 = mul_add_mul::<C>(&r, &rest, y, &minus_h3); // < (12.5 + 2.9)/32 + 1 < 1.49
    Accumulator { x: x3, y: y3, w: w3 }
}
