//! The y of an x coordinate, in eight lanes: what decompression spends its time on.

use core::marker::PhantomData;

use crate::curve::Power;
use crate::ifma8::accumulator::plus;
use crate::ifma8::field::{Factor, Loose, enter, integers, is_zero, mul, rows, square};
use crate::ifma8::lanes::{Ifma, LaneMask};
use crate::ifma8::prime::LanePrime;
use crate::ifma8::{LANES, fill};
use crate::limbs::Limbs;

/// For each x below p, the y of one of its two points.
pub fn lift<C: LanePrime>(isa: Ifma, xs: &[Limbs]) -> Vec<Option<Limbs>> {
    let mut ys = Vec::with_capacity(xs.len());
    for group in xs.chunks(LANES) {
        // SAFETY: `isa` proves the kernel's instructions.
        let (roots, found) = unsafe { roots::<C>(isa, &fill(group)) };
        ys.extend((0..group.len()).map(|lane| (found >> lane & 1 == 1).then_some(roots[lane])));
    }
    ys
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn roots<C: LanePrime>(isa: Ifma, xs: &[Limbs; LANES]) -> ([Limbs; LANES], LaneMask) {
    let x = enter::<C>(isa, &Factor::load(isa, &rows(xs))).carry();
    let right = right_side::<C>(isa, &x);
    let root = C::root(Element::<C>(right.carry(), PhantomData)).0;
    let difference = plus::<C>(2, right.sub(square::<C>(&root)));
    (integers::<C>(isa, &root), is_zero::<C>(isa, &difference.carry()))
}

/// x³ - 3x + b, between 0 and 1.001; x < 1.07.
#[inline(always)]
pub fn right_side<C: LanePrime>(isa: Ifma, x: &Factor) -> Loose {
    let x3 = mul::<C>(&square::<C>(x).carry(), x);
    let loose_x = x.masked();
    let b = enter::<C>(isa, &Factor::splat(isa, &C::B));
    C::weakly_reduced(x3.sub(loose_x.double().add(loose_x)).add(b))
}

/// A field element as a power; below 1.57 after any operation.
struct Element<C>(Factor, PhantomData<C>);

impl<C> Clone for Element<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Element<C> {}

impl<C: LanePrime> Power for Element<C> {
    #[inline(always)]
    fn square_times(self, times: usize) -> Self {
        let mut power = self.0;
        for _ in 0..times {
            power = square::<C>(&power).carry();
        }
        Self(power, PhantomData)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self(mul::<C>(&self.0, &other.0).carry(), PhantomData)
    }
}
