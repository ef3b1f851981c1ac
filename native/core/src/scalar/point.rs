//! The group of a curve: affine points, and Jacobian ones with a complete group law (branches for every exception).

use crate::curve::Curve;
use crate::limbs::{self, Limbs};
use crate::scalar::field::{Fp, invert_all};

/// A finite point.
#[derive(Clone, Copy, Debug)]
pub struct Affine<C> {
    /// The x coordinate.
    pub x: Fp<C>,
    /// The y coordinate.
    pub y: Fp<C>,
}

/// (X/Z², Y/Z³), or the point at infinity when Z is zero.
#[derive(Clone, Copy, Debug)]
pub struct Jacobian<C> {
    /// X.
    pub x: Fp<C>,
    /// Y.
    pub y: Fp<C>,
    /// Z.
    pub z: Fp<C>,
}

impl<C: Curve> Affine<C> {
    /// The base point.
    pub fn base() -> Self {
        Self { x: Fp::from_integer(&C::G[0]), y: Fp::from_integer(&C::G[1]) }
    }

    /// The point of two coordinates, if both are below p and the equation holds. It is never at infinity, and both
    /// groups have prime order, so it generates the whole group (SEC 1 clause 3.2.2.1, GB/T 32918.1 clause 6.2.2).
    pub fn from_integers(x: &Limbs, y: &Limbs) -> Option<Self> {
        if !limbs::less(x, &C::P.m) || !limbs::less(y, &C::P.m) {
            return None;
        }
        let point = Self { x: Fp::from_integer(x), y: Fp::from_integer(y) };
        point.y.square().equals(&right_side(&point.x)).then_some(point)
    }

    /// One of the two points of an x coordinate below p, if there are any.
    pub fn lift(x: &Limbs) -> Option<Self> {
        let x = Fp::from_integer(x);
        Some(Self { x, y: right_side(&x).sqrt()? })
    }

    /// The inverse point.
    #[inline(always)]
    pub fn neg(&self) -> Self {
        Self { x: self.x, y: self.y.neg() }
    }
}

/// x³ - 3x + b.
fn right_side<C: Curve>(x: &Fp<C>) -> Fp<C> {
    let x3 = x.square().mul(x);
    x3.sub(&x.double().add(x)).add(&Fp::from_integer(&C::B))
}

impl<C: Curve> From<Affine<C>> for Jacobian<C> {
    fn from(point: Affine<C>) -> Self {
        Self { x: point.x, y: point.y, z: Fp::ONE }
    }
}

impl<C: Curve> Jacobian<C> {
    /// The point at infinity.
    pub const INFINITY: Self = Self { x: Fp::ONE, y: Fp::ONE, z: Fp::ZERO };

    /// Whether this is the point at infinity.
    #[inline(always)]
    pub fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    /// 2P; a = -3 lets 3X² + aZ⁴ factor. Infinity gives infinity, and no point has order two.
    #[inline(always)]
    pub fn double(&self) -> Self {
        let delta = self.z.square();
        let twice_y = self.y.double();
        let gamma4 = twice_y.square();
        let beta4 = self.x.mul(&gamma4);
        let u = self.x.sub(&delta).mul(&self.x.add(&delta));
        let alpha = u.double().add(&u);
        let x = alpha.square().sub(&beta4.double());
        // 8·Y⁴ is half of (4·Y²)².
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma4.square().halve());
        Self { x, y, z: twice_y.mul(&self.z) }
    }

    /// P + Q for an affine Q, complete.
    #[inline(always)]
    pub fn add_affine(&self, other: &Affine<C>) -> Self {
        if self.is_infinity() {
            return (*other).into();
        }
        let z2 = self.z.square();
        let h = other.x.mul(&z2).sub(&self.x);
        let r = other.y.mul(&z2.mul(&self.z)).sub(&self.y);
        if h.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let h2 = h.square();
        let h3 = h2.mul(&h);
        let v = self.x.mul(&h2);
        let x = r.square().sub(&h3).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&self.y.mul(&h3));
        Self { x, y, z: self.z.mul(&h) }
    }

    /// Whether the affine x coordinate is `x`; infinity has none.
    pub fn has_x(&self, x: &Fp<C>) -> bool {
        !self.is_infinity() && x.mul(&self.z.square()).equals(&self.x)
    }
}

/// Brings finite points to affine form with one inversion for all.
pub fn normalise_all<C: Curve>(points: &[Jacobian<C>]) -> Vec<Affine<C>> {
    let mut inverses: Vec<Fp<C>> = points.iter().map(|point| point.z).collect();
    invert_all(&mut inverses);
    let scaled = points.iter().zip(&inverses).map(|(point, inverse)| {
        let inverse2 = inverse.square();
        Affine { x: point.x.mul(&inverse2), y: point.y.mul(&inverse2.mul(inverse)) }
    });
    scaled.collect()
}
