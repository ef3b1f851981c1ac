//! Tables of affine points as a back-end keeps them: one cache line a point.

use crate::curve::Curve;
use crate::limbs::Limbs;
use crate::scalar::field::Fp;
use crate::scalar::point::Affine;

/// x and y, below p, in the Montgomery form of the back-end that made the table.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct PackedPoint(pub [Limbs; 2]);

impl PackedPoint {
    /// Bytes of a point.
    pub const BYTES: usize = size_of::<PackedPoint>();
    /// 64-bit words of a point.
    pub const WORDS: usize = Self::BYTES / 8;

    /// Packs a point of the scalar back-end as it is.
    pub fn from_affine<C: Curve>(point: &Affine<C>) -> Self {
        Self([point.x.montgomery(), point.y.montgomery()])
    }

    /// The point that `from_affine` packed.
    #[inline(always)]
    pub fn to_affine<C: Curve>(&self) -> Affine<C> {
        let [x, y] = self.0;
        Affine { x: Fp::from_montgomery(x), y: Fp::from_montgomery(y) }
    }
}
