//! What all ways to verify share: keys and digits in lanes, and the comparison at the end.

use crate::avx2::field::{Element, enter, is_zero, mul, square};
use crate::avx2::lanes::{LANES, Lanes};
use crate::avx2::point::{Accumulator, Addend, add};
use crate::avx2::prime::LanePrime;
use crate::avx2::words::Avx2;
use crate::curve::Curve;
use crate::limbs::{self, Limbs};
use crate::recode::{OddScalar, digit};
use crate::task::Task;

/// What a kernel says of its lanes: a bit each.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The x coordinate agreed.
    pub agrees: u8,
    /// An exceptional addition, or infinity as the sum: `agrees` means nothing, the complete path has to decide.
    pub exceptional: u8,
    /// The key was not a point of the curve: refused, whatever the other masks say.
    pub off_curve: u8,
}

/// One item a lane, from one to four: the last one fills the lanes that are left.
pub fn fill<T: Copy>(items: &[T]) -> [T; LANES] {
    core::array::from_fn(|lane| items[lane.min(items.len() - 1)])
}

/// One scalar a lane, written in `COUNT` odd signed digits of `BITS` bits.
pub struct Digits<const BITS: usize, const COUNT: usize>([OddScalar; LANES]);

impl<const BITS: usize, const COUNT: usize> Digits<BITS, COUNT> {
    /// Recodes scalars below n.
    pub fn new(scalars: [&Limbs; LANES], n: &Limbs) -> Self {
        Self(scalars.map(|scalar| OddScalar::new(scalar, n)))
    }

    /// The odd multiple that digit `at` of each lane names, and the lanes where it is to be subtracted.
    #[inline(always)]
    pub fn at(&self, at: usize) -> ([usize; LANES], u8) {
        let digits: [(usize, bool); LANES] = core::array::from_fn(|lane| digit(&self.0[lane], at, BITS, COUNT));
        let negative =
            digits.iter().enumerate().fold(0, |bits, (lane, (_, negative))| bits | u8::from(*negative) << lane);
        (digits.map(|(index, _)| index), negative)
    }
}

/// A sum under way, and whether Z = -W in it by now.
pub struct Sum {
    isa: Avx2,
    /// The point.
    pub point: Accumulator,
    flipped: bool,
}

impl Sum {
    /// Begins with a point, negated in the lanes that have a bit.
    #[inline(always)]
    pub fn new<C: LanePrime>(isa: Avx2, addend: &Addend, negative: u8) -> Self {
        Self { isa, point: Accumulator::new::<C>(isa, addend, Lanes::mask(isa, negative)), flipped: false }
    }

    /// Adds a point, negated in the lanes that have a bit.
    #[inline(always)]
    pub fn add<C: LanePrime>(&mut self, addend: &Addend, negative: u8) {
        let negative = if self.flipped { !negative } else { negative };
        self.point = add::<C>(&self.point, addend, Lanes::mask(self.isa, negative));
        self.flipped = !self.flipped;
    }

    /// Compares X with x·Z², without an inversion.
    #[inline(always)]
    pub fn compare<C: LanePrime>(&self, tasks: &[Task; LANES], off_curve: u8) -> Outcome {
        let x = enter::<C>(self.isa, &Element::from_integers(self.isa, &tasks.map(|task| task.x)));
        let scaled = mul::<C>(&x, &square::<C>(&self.point.w));
        Outcome {
            agrees: is_zero::<C>(self.isa, &self.point.x.sub::<C, 2, 1>(&scaled)).bits(),
            exceptional: is_zero::<C>(self.isa, &self.point.w).bits(),
            off_curve,
        }
    }
}

/// The coordinates of keys, below 1.04 and strict, and the lanes that are refused. Such a lane goes on with the base point,
/// so that it cannot put a zero into an inversion that it shares.
#[inline(always)]
pub fn enter_keys<C: LanePrime>(isa: Avx2, keys: &[[Limbs; 2]; LANES]) -> (Element, Element, u8) {
    let x = enter::<C>(isa, &Element::from_integers(isa, &keys.map(|key| key[0])));
    let y = enter::<C>(isa, &Element::from_integers(isa, &keys.map(|key| key[1])));
    // x³ - 3x + b - y², at most 1.04 + 4 + 1.04 + 2.
    let right = right_side::<C>(isa, &x);
    let on_curve = is_zero::<C>(isa, &right.sub::<C, 2, 1>(&square::<C>(&y)).carry()).bits();
    let off_curve = !on_curve | not_below_p::<C>(keys);
    let base_x = enter::<C>(isa, &Element::splat(isa, &C::G[0]));
    let base_y = enter::<C>(isa, &Element::splat(isa, &C::G[1]));
    let mask = Lanes::mask(isa, off_curve);
    (x.select(mask, &base_x), y.select(mask, &base_y), off_curve)
}

/// x³ - 3x + b, < 6.1; x < 1.1 and strict.
#[inline(always)]
pub fn right_side<C: LanePrime>(isa: Avx2, x: &Element) -> Element {
    let x3 = mul::<C>(&square::<C>(x), x);
    let b = enter::<C>(isa, &Element::splat(isa, &C::B));
    x3.sub::<C, 4, 3>(&x.double().add(x)).add(&b).carry()
}

fn not_below_p<C: Curve>(keys: &[[Limbs; 2]; LANES]) -> u8 {
    let below = |key: &[Limbs; 2]| key.iter().all(|coordinate| limbs::less(coordinate, &C::P.m));
    keys.iter().enumerate().fold(0, |bits, (lane, key)| bits | u8::from(!below(key)) << lane)
}
