//! The odd multiples Q, 3Q, ... 31Q of the key in each lane, in affine form.
//!
//! Co-Z arithmetic (Meloni, WAIFI 2007; Goundar, Joye and Miyaji, CHES 2010) makes each next multiple for 5
//! multiplications and 2 squares, and leaves the ratios of the successive Z: with the inverse of the last one, which is
//! shared among many vectors, the ratios give all the others.

use crate::ifma8::LANES;
use crate::ifma8::accumulator::{Addend, plus};
use crate::ifma8::field::{Factor, Loose, mul, square};
use crate::ifma8::lanes::{Ifma, Lanes};
use crate::ifma8::prime::LanePrime;
use crate::packed::PackedPoint;

/// Bits of the window: fewer bits cost more additions, more bits a longer table.
pub const KEY_BITS: usize = 5;
/// Odd multiples kept.
pub const KEY_POINTS: usize = 1 << (KEY_BITS - 1);

/// One point in each lane: limbs of x, then of y.
pub type Entry = [Lanes; 10];

/// The multiples of one key a lane. Only the first is affine until `normalise`.
#[derive(Clone, Debug)]
pub struct KeyWindow {
    entries: [Entry; KEY_POINTS],
    /// ratios[i] is the Z of multiple i over the Z of multiple i - 1, from 2 on.
    ratios: [Factor; KEY_POINTS],
    /// The Z of the last multiple. No valid point makes it zero.
    pub last_z: Factor,
}

/// A point whose Z is known from elsewhere. x < 1.2, y < 5.
#[derive(Clone, Copy)]
struct CoZ {
    x: Loose,
    y: Loose,
}

impl KeyWindow {
    /// Makes the multiples of the points (x, y), x and y < 1.07, in Montgomery form.
    #[inline(always)]
    pub fn new<C: LanePrime>(isa: Ifma, x: &Factor, y: &Factor) -> Self {
        let (mut twice, mut point, mut z) = double_with_update::<C>(isa, x, y);
        let first = entry(x, y);
        let mut window = Self { entries: [first; KEY_POINTS], ratios: [z; KEY_POINTS], last_z: z };
        for i in 1..KEY_POINTS {
            let ratio;
            (point, twice, ratio) = add_with_update::<C>(&twice, &point);
            z = mul::<C>(&z, &ratio).carry();
            window.entries[i] = entry(&point.x.carry(), &point.y.carry());
            window.ratios[i] = ratio;
        }
        window.last_z = z;
        window
    }

    /// Brings all multiples to affine form, x and y < 1.5, given the inverse of `last_z`.
    #[inline(always)]
    pub fn normalise<C: LanePrime>(&mut self, inverse_of_last_z: &Factor) {
        let mut inverse = *inverse_of_last_z;
        for i in (1..KEY_POINTS).rev() {
            let [x, y] = coordinates(&self.entries[i]);
            let inverse2 = square::<C>(&inverse).carry();
            let inverse3 = mul::<C>(&inverse2, &inverse).carry();
            self.entries[i] = entry(&mul::<C>(&x, &inverse2).carry(), &mul::<C>(&y, &inverse3).carry());
            inverse = mul::<C>(&inverse, &self.ratios[i]).carry();
        }
    }

    /// The multiples of each lane, once they are affine, below p.
    pub fn packed<C: LanePrime>(&self) -> [[PackedPoint; KEY_POINTS]; LANES] {
        let mut packed = [[PackedPoint::default(); KEY_POINTS]; LANES];
        for (i, entry) in self.entries.iter().enumerate() {
            let [x, y] = coordinates(entry).map(|coordinate| coordinate.reduced::<C>());
            for (lane, points) in packed.iter_mut().enumerate() {
                points[i] = PackedPoint([x[lane], y[lane]]);
            }
        }
        packed
    }

    /// The multiple of index `index` in each lane, each below KEY_POINTS.
    #[inline(always)]
    pub fn addend(&self, isa: Ifma, index: Lanes) -> Addend {
        const ENTRY_WORDS: usize = size_of::<Entry>() / 8;
        const { assert!(ENTRY_WORDS == 64 + 16) };
        let index = index.and(index.like(KEY_POINTS as u64 - 1));
        let word = index.shl::<6>().add(index.shl::<4>()).add(Lanes::numbers(isa));
        let base = self.entries.as_ptr().cast::<u64>();
        // SAFETY: the index is below KEY_POINTS and the lane below 8, so each word is inside `entries`.
        let limbs: Entry = core::array::from_fn(|limb| unsafe { Lanes::gather(base.add(8 * limb), word) });
        let [x, y] = coordinates(&limbs);
        Addend { x, y }
    }
}

/// 2P and P over the same Z = 2y, for an affine P.
#[inline(always)]
fn double_with_update<C: LanePrime>(isa: Ifma, x: &Factor, y: &Factor) -> (CoZ, CoZ, Factor) {
    let x2 = square::<C>(x);
    let y2 = square::<C>(y).carry();
    let s = C::weakly_reduced(mul::<C>(x, &y2).shl::<2>());
    let y4 = square::<C>(&y2);
    let eight_y4 = C::weakly_reduced(y4.shl::<3>());
    let one = Factor::splat(isa, &C::ONE).masked();
    let m = plus::<C>(3, x2.sub(one).add(x2.sub(one).double())).carry(); // < 6.3
    let x3 = C::weakly_reduced(square::<C>(&m).sub(s.double()));
    let rest = plus::<C>(2, s.sub(x3)).carry();
    let y3 = C::weakly_reduced(mul::<C>(&m, &rest).sub(eight_y4));
    let z = y.masked().double().carry();
    (CoZ { x: x3, y: y3 }, CoZ { x: s, y: eight_y4 }, z)
}

/// P + Q, and P over the same new Z, and the new Z over the old one.
#[inline(always)]
fn add_with_update<C: LanePrime>(p: &CoZ, q: &CoZ) -> (CoZ, CoZ, Factor) {
    let ratio = plus::<C>(2, p.x.sub(q.x)).carry(); // < 3.2
    let ratio2 = square::<C>(&ratio).carry(); // < 1.64
    let w1 = mul::<C>(&p.x.carry(), &ratio2); // < 1.13
    let w2 = mul::<C>(&q.x.carry(), &ratio2); // < 1.13
    let r = plus::<C>(5, p.y.sub(q.y)).carry(); // < 6.4, since p.y < 1.4
    let a1 = mul::<C>(&p.y.carry(), &plus::<C>(2, w1.sub(w2)).carry()); // < 1.28
    let x = C::weakly_reduced(square::<C>(&r).sub(w1).sub(w2));
    let y = plus::<C>(2, mul::<C>(&r, &plus::<C>(2, w1.sub(x)).carry()).sub(a1)); // < 4.3
    (CoZ { x, y }, CoZ { x: w1, y: a1 }, ratio)
}

#[inline(always)]
fn entry(x: &Factor, y: &Factor) -> Entry {
    let ([x0, x1, x2, x3, x4], [y0, y1, y2, y3, y4]) = (x.0, y.0);
    [x0, x1, x2, x3, x4, y0, y1, y2, y3, y4]
}

#[inline(always)]
fn coordinates([x0, x1, x2, x3, x4, y0, y1, y2, y3, y4]: &Entry) -> [Factor; 2] {
    [Factor([*x0, *x1, *x2, *x3, *x4]), Factor([*y0, *y1, *y2, *y3, *y4])]
}
