//! Field elements in lanes: five limbs of radix 2^52, Montgomery form with R = 2^260.
//!
//! R leaves four bits above p: for factors below A·p and B·p, a product is below (A·B/16 + 1)·p. So sums and
//! differences go into multiplications unreduced, and the callers note the multiples of p they stay below.

use crate::ifma8::lanes::{Ifma, LaneMask, Lanes, Row};
use crate::ifma8::prime::LanePrime;
use crate::limbs::Limbs;
use crate::modulus::subtract_once;

/// A value Σ limb_i·2^(52·i) with signed limbs of up to 63 bits: what products, sums and differences give.
#[derive(Clone, Copy, Debug)]
pub struct Loose(pub [Lanes; 5]);

/// A value in [0, 2^260) with its carries passed on: what products take. Only the low 52 bits of each limb mean
/// something; the multiply-add ignores the rest, so it is not masked away.
#[derive(Clone, Copy, Debug)]
pub struct Factor(pub [Lanes; 5]);

impl Loose {
    /// Sum.
    #[inline(always)]
    pub fn add(self, other: Loose) -> Loose {
        self.zip(other, Lanes::add)
    }

    /// Difference.
    #[inline(always)]
    pub fn sub(self, other: Loose) -> Loose {
        self.zip(other, Lanes::sub)
    }

    /// Twice.
    #[inline(always)]
    pub fn double(self) -> Loose {
        self.add(self)
    }

    /// Times 2^BITS.
    #[inline(always)]
    pub fn shl<const BITS: u32>(self) -> Loose {
        Loose(self.0.map(Lanes::shl::<BITS>))
    }

    /// The negative in the lanes of the mask.
    #[inline(always)]
    pub fn negate_where(self, mask: LaneMask) -> Loose {
        Loose(self.0.map(|limb| limb.negate_where(mask)))
    }

    /// Passes the carries on; the value must be in [0, 2^260).
    #[inline(always)]
    pub fn carry(self) -> Factor {
        let mut limbs = self.0;
        for i in 0..4 {
            limbs[i + 1] = limbs[i + 1].add(limbs[i].sar::<52>());
        }
        Factor(limbs)
    }

    #[inline(always)]
    fn zip(self, other: Loose, operation: impl Fn(Lanes, Lanes) -> Lanes) -> Loose {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        Loose([operation(a0, b0), operation(a1, b1), operation(a2, b2), operation(a3, b3), operation(a4, b4)])
    }
}

impl Factor {
    /// The same value in every lane.
    #[inline(always)]
    pub fn splat(isa: Ifma, value: &Limbs) -> Factor {
        Self::unpack(value.map(|word| Lanes::splat(isa, word)))
    }

    /// Reads values of four 64-bit words a lane.
    #[inline(always)]
    pub fn load(isa: Ifma, words: &[Row; 4]) -> Factor {
        let [w0, w1, w2, w3] = words;
        Self::unpack([Lanes::load(isa, w0), Lanes::load(isa, w1), Lanes::load(isa, w2), Lanes::load(isa, w3)])
    }

    /// Cuts four 64-bit words into limbs.
    #[inline(always)]
    pub fn unpack([w0, w1, w2, w3]: [Lanes; 4]) -> Factor {
        Factor([w0, w0.funnel::<52>(w1), w1.funnel::<40>(w2), w2.funnel::<28>(w3), w3.shr::<16>()])
    }

    /// `other` in the lanes of the mask.
    #[inline(always)]
    pub fn select(self, mask: LaneMask, other: &Factor) -> Factor {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        Factor([
            a0.select(mask, b0),
            a1.select(mask, b1),
            a2.select(mask, b2),
            a3.select(mask, b3),
            a4.select(mask, b4),
        ])
    }

    /// The values of the lanes, which are below 2·p, below p and still in Montgomery form.
    pub fn reduced<C: LanePrime>(&self) -> [Limbs; 8] {
        words(self.masked()).map(|(low, above)| subtract_once(&low, above != 0, &C::P.m))
    }

    /// The limbs with nothing above 52 bits.
    #[inline(always)]
    pub fn masked(self) -> Loose {
        Loose(self.0.map(|limb| limb.and(limb.like((1 << 52) - 1))))
    }
}

/// a·b/R.
#[inline(always)]
pub fn mul<C: LanePrime>(a: &Factor, b: &Factor) -> Loose {
    let mut t = [a.0[0].like(0); 10];
    accumulate(&mut t, a, b);
    C::montgomery(t)
}

/// (a·b + c·d)/R, with one reduction for both.
#[inline(always)]
pub fn mul_add_mul<C: LanePrime>(a: &Factor, b: &Factor, c: &Factor, d: &Factor) -> Loose {
    let mut t = [a.0[0].like(0); 10];
    accumulate(&mut t, a, b);
    accumulate(&mut t, c, d);
    C::montgomery(t)
}

/// a²/R: the products off the diagonal are made once and doubled.
#[inline(always)]
pub fn square<C: LanePrime>(a: &Factor) -> Loose {
    let a = &a.0;
    let mut t = [a[0].like(0); 10];
    for i in 0..5 {
        for j in i + 1..5 {
            t[i + j] = t[i + j].mac_low(a[i], a[j]);
            t[i + j + 1] = t[i + j + 1].mac_high(a[i], a[j]);
        }
    }
    for limb in &mut t[1..9] {
        *limb = limb.add(*limb);
    }
    for i in 0..5 {
        t[2 * i] = t[2 * i].mac_low(a[i], a[i]);
        t[2 * i + 1] = t[2 * i + 1].mac_high(a[i], a[i]);
    }
    C::montgomery(t)
}

/// Enters Montgomery form: from a value below 2^256, one below 1.07·p.
#[inline(always)]
pub fn enter<C: LanePrime>(isa: Ifma, value: &Factor) -> Loose {
    mul::<C>(value, &Factor::splat(isa, &C::R_SQUARED))
}

/// Leaves Montgomery form: a value in [0, p], both ends included.
#[inline(always)]
pub fn leave<C: LanePrime>(isa: Ifma, value: &Factor) -> Loose {
    // (v + q·p)/2^260 with v and q below 2^260 is below p + 1.
    mul::<C>(value, &Factor::splat(isa, &[1, 0, 0, 0])).carry().masked()
}

/// The lanes where the value is 0 modulo p.
#[inline(always)]
pub fn is_zero<C: LanePrime>(isa: Ifma, value: &Factor) -> LaneMask {
    let Loose([v0, v1, v2, v3, v4]) = leave::<C>(isa, value);
    let Loose([p0, p1, p2, p3, p4]) = Factor::splat(isa, &C::P.m).masked();
    let zero = v0.or(v1).or(v2).or(v3.or(v4)).equal(v0.like(0));
    zero | v0.equal(p0) & v1.equal(p1) & v2.equal(p2) & v3.equal(p3) & v4.equal(p4)
}

/// The values in [0, p] of the eight lanes, below p and out of Montgomery form.
#[inline(always)]
pub fn integers<C: LanePrime>(isa: Ifma, value: &Factor) -> [Limbs; 8] {
    words(leave::<C>(isa, value)).map(|(low, _)| C::P.reduce(&low))
}

/// The low 256 bits of each lane, and those above; the limbs have nothing above 52 bits.
#[inline(always)]
fn words(value: Loose) -> [(Limbs, u64); 8] {
    let mut rows = [Row::default(); 5];
    for (row, limb) in rows.iter_mut().zip(value.0) {
        limb.store(row);
    }
    core::array::from_fn(|lane| {
        let [l0, l1, l2, l3, l4] = rows.map(|row| row.0[lane]);
        ([l0 | l1 << 52, l1 >> 12 | l2 << 40, l2 >> 24 | l3 << 28, l3 >> 36 | l4 << 16], l4 >> 48)
    })
}

/// Puts eight integers below 2^256 side by side.
pub fn rows(values: &[Limbs; 8]) -> [Row; 4] {
    core::array::from_fn(|word| Row(core::array::from_fn(|lane| values[lane][word])))
}

#[inline(always)]
fn accumulate(t: &mut [Lanes; 10], a: &Factor, b: &Factor) {
    for i in 0..5 {
        for j in 0..5 {
            t[i + j] = t[i + j].mac_low(a.0[i], b.0[j]);
            t[i + j + 1] = t[i + j + 1].mac_high(a.0[i], b.0[j]);
        }
    }
}
