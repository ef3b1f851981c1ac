//! The y of an x coordinate, in four lanes: what decompression spends its time on.

use core::marker::PhantomData;

use crate::avx2::field::{Element, enter, integers, is_zero, mul, square};
use crate::avx2::lanes::LANES;
use crate::avx2::prime::LanePrime;
use crate::avx2::verify::{fill, right_side};
use crate::avx2::words::Avx2;
use crate::curve::Power;
use crate::limbs::Limbs;

/// For each x below p, the y of one of its two points.
pub fn lift<C: LanePrime>(isa: Avx2, xs: &[Limbs]) -> Vec<Option<Limbs>> {
    let mut ys = Vec::with_capacity(xs.len());
    for group in xs.chunks(LANES) {
        // SAFETY: `isa` proves the kernel's instructions.
        let (roots, found) = unsafe { roots::<C>(isa, &fill(group)) };
        ys.extend((0..group.len()).map(|lane| (found >> lane & 1 == 1).then_some(roots[lane])));
    }
    ys
}

#[target_feature(enable = "avx2")]
fn roots<C: LanePrime>(isa: Avx2, xs: &[Limbs; LANES]) -> ([Limbs; LANES], u8) {
    let x = enter::<C>(isa, &Element::from_integers(isa, xs));
    let right = right_side::<C>(isa, &x);
    let root = C::root(InField::<C>(right, PhantomData)).0;
    let difference = right.sub::<C, 2, 1>(&square::<C>(&root));
    (integers::<C>(isa, &root), is_zero::<C>(isa, &difference.carry()).bits())
}

/// A field element as a power: below 6.1 and tight at first, below 2.2 and strict after any operation.
struct InField<C>(Element, PhantomData<C>);

impl<C> Clone for InField<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for InField<C> {}

impl<C: LanePrime> Power for InField<C> {
    #[inline(always)]
    fn square_times(self, times: usize) -> Self {
        let mut power = self.0;
        for _ in 0..times {
            power = square::<C>(&power);
        }
        Self(power, PhantomData)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self(mul::<C>(&self.0, &other.0), PhantomData)
    }
}
