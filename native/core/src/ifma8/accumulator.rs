//! The running sum of each lane, and the two operations on it. All bounds are multiples of p.
//!
//! The point is (X/Z², Y/Z³) with Z = W or Z = -W: additions flip the sign, which lets Y3 be one sum of products. The
//! caller knows the sign, since every lane adds at the same time, and gives each added point the sign that fits.
//!
//! No exception is branched on. If W becomes 0 modulo p (P + P, P - P, or infinity) it stays 0 to the end, since both
//! operations multiply by it; and the results are right as long as it is not. So one look at the final W finds every
//! lane that has to be done again on the complete path.

use crate::ifma8::field::{Factor, Loose, mul, mul_add_mul, square};
use crate::ifma8::lanes::{Ifma, LaneMask};
use crate::ifma8::prime::LanePrime;

/// X ≤ 1.001, Y < 2.5, W < 3.
#[derive(Clone, Copy, Debug)]
pub struct Accumulator {
    /// X.
    pub x: Loose,
    /// Y.
    pub y: Loose,
    /// Z or -Z.
    pub w: Factor,
}

/// A point to add: x and y < 1.5.
#[derive(Clone, Copy, Debug)]
pub struct Addend {
    /// x.
    pub x: Factor,
    /// y.
    pub y: Factor,
}

impl Accumulator {
    /// Starts with a point, negated in the lanes of the mask; Z = W = 1.
    #[inline(always)]
    pub fn new<C: LanePrime>(isa: Ifma, point: &Addend, negate: LaneMask) -> Self {
        let y = point.y.masked();
        let minus_y = C::multiple(y.0[0], 2).sub(y);
        Self {
            x: C::weakly_reduced(point.x.masked()),
            y: Loose(core::array::from_fn(|i| y.0[i].select(negate, minus_y.0[i]))),
            w: Factor::splat(isa, &C::ONE),
        }
    }
}

/// 2P: Jacobian doubling for a = -3, 4 multiplications, 3 squares and a sum of two products.
#[inline(always)]
pub fn double<C: LanePrime>(point: &Accumulator) -> Accumulator {
    let (x, y) = (point.x.carry(), point.y.carry());
    let delta = square::<C>(&point.w); // < 1.57
    let gamma = square::<C>(&y); // < 1.40
    let w = mul::<C>(&y, &point.w).double().carry(); // < 2.94

    let difference = plus::<C>(2, point.x.sub(delta)).carry(); // < 3.01
    let sum = point.x.add(delta).carry(); // < 2.58
    let u = mul::<C>(&difference, &sum); // < 1.49
    let alpha = u.double().add(u).carry(); // < 4.46

    let gamma2 = gamma.double();
    let gamma4 = gamma2.double().carry(); // < 5.60
    let minus_gamma2 = C::multiple(y.0[0], 4).sub(gamma2).carry(); // ≤ 4, and > 1.2
    let beta4 = mul::<C>(&x, &gamma4); // < 1.36
    let x3 = C::weakly_reduced(square::<C>(&alpha).sub(beta4.double())); // ≤ 1.001
    let rest = plus::<C>(2, beta4.sub(x3)).carry(); // < 3.36
    // alpha·(4·beta - X3) - 8·gamma²; 4·gamma·(4p - 2·gamma) ≤ 8p² for any gamma: < (4.46·3.36 + 8)/16 + 1 < 2.44.
    let y3 = mul_add_mul::<C>(&alpha, &rest, &gamma4, &minus_gamma2);
    Accumulator { x: x3, y: y3, w }
}

/// P + Q for an affine Q: 8 multiplications and 3 squares, the last two products with one reduction. The addend is
/// negated in the lanes of the mask. The sign of W flips.
#[inline(always)]
pub fn add<C: LanePrime>(point: &Accumulator, addend: &Addend, negate: LaneMask) -> Accumulator {
    let (x, y) = (point.x.carry(), point.y.carry());
    let w2 = square::<C>(&point.w).carry(); // < 1.57
    let w3 = mul::<C>(&w2, &point.w).carry(); // < 1.30
    let u2 = mul::<C>(&addend.x, &w2); // < 1.15
    let s2 = mul::<C>(&addend.y, &w3).negate_where(negate); // < 1.13 in magnitude

    let h = plus::<C>(2, point.x.sub(u2)).carry(); // < 3.01
    let r = plus::<C>(4, s2.sub(point.y)).carry(); // < 5.13, and > 0.3
    let w = mul::<C>(&point.w, &h).carry(); // < 1.57
    let h2 = square::<C>(&h).carry(); // < 1.57
    let minus_h3 = mul::<C>(&h2, &h); // < 1.30
    let v = mul::<C>(&x, &h2); // < 1.10
    let x3 = C::weakly_reduced(square::<C>(&r).add(minus_h3).sub(v.double())); // ≤ 1.001
    let rest = plus::<C>(2, v.sub(x3)).carry(); // < 3.10
    let y3 = mul_add_mul::<C>(&r, &rest, &y, &minus_h3.carry()); // < (16 + 3.3)/16 + 1 < 2.21
    Accumulator { x: x3, y: y3, w }
}

/// x + k·p.
#[inline(always)]
pub fn plus<C: LanePrime>(k: u64, x: Loose) -> Loose {
    x.add(C::multiple(x.0[0], k))
}
