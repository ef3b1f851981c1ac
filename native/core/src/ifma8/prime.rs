//! What differs between the two primes: Montgomery reduction by R = 2^260, and adding multiples of p.
//!
//! Both primes are -1 modulo 2^52, so the quotient digit of each reduction step is the lowest limb itself, and
//! t + q·p = (t - q) + q·(p + 1) needs only the few limbs of p + 1.

use crate::curve::{Curve, P256, Sm2};
use crate::ifma8::field::Loose;
use crate::ifma8::lanes::Lanes;
use crate::limbs::Limbs;
use crate::modulus::doubled;

/// The bits of p + 1 in its highest limb, of weight 2^208: 2^256 - 2^224 on both curves.
const TOP: u64 = (1 << 48) - (1 << 16);

/// The prime field of a curve in lanes.
pub trait LanePrime: Curve {
    /// R^2 = 2^520 mod p: multiplying by it enters Montgomery form.
    const R_SQUARED: Limbs = doubled(&Self::P, Self::P.r2, 8);
    /// R = 2^260 mod p: one.
    const ONE: Limbs = doubled(&Self::P, Self::P.one, 4);

    /// t/2^260 modulo p: below (t/2^260 + p), and not below zero.
    fn montgomery(t: [Lanes; 10]) -> Loose;

    /// k·p, for k up to 2^10, on the proof of another value.
    fn multiple(proof: Lanes, k: u64) -> Loose;

    /// x modulo p, between 0 and 1.001·p, for |x| < 2^260 with limbs below 2^60 in magnitude.
    fn weakly_reduced(x: Loose) -> Loose;
}

impl LanePrime for Sm2 {
    /// p + 1 = TOP·2^208 - MIDDLE·2^52.
    #[inline(always)]
    fn montgomery(mut t: [Lanes; 10]) -> Loose {
        const MIDDLE: u64 = (1 << 44) - (1 << 12);
        let (middle, top) = (t[0].like(MIDDLE), t[0].like(TOP));
        // -q·MIDDLE at limb i+1 is done with multiply-adds too: with q' = 2^52 - 1 - q it is
        // q'·MIDDLE + MIDDLE - 2^52·MIDDLE, and over the five steps the two constants cancel but at the ends.
        t[1] = t[1].add(middle);
        t[6] = t[6].sub(middle);
        for i in 0..5 {
            let q = t[i];
            let complement = q.not();
            t[i + 1] = t[i + 1].add(q.shr::<52>()).mac_low(complement, middle);
            t[i + 2] = t[i + 2].mac_high(complement, middle);
            t[i + 4] = t[i + 4].mac_low(q, top);
            t[i + 5] = t[i + 5].mac_high(q, top);
        }
        Loose([t[5], t[6], t[7], t[8], t[9]])
    }

    #[inline(always)]
    fn multiple(proof: Lanes, k: u64) -> Loose {
        let minus_middle = (k << 12).wrapping_sub(k << 44);
        Loose([k.wrapping_neg(), minus_middle, 0, 0, k * TOP].map(|limb| proof.like(limb)))
    }

    #[inline(always)]
    fn weakly_reduced(Loose(x): Loose) -> Loose {
        let multiple = quotient(x[4]);
        // minus h·(2^256 - 2^224 - 2^96 + 2^64 - 1)
        Loose([
            x[0].add(multiple.sar::<48>()),
            x[1].add(multiple.sar::<4>()).sub(multiple.sar::<36>()),
            x[2],
            x[3],
            x[4].sub(multiple).add(multiple.sar::<32>()),
        ])
    }
}

impl LanePrime for P256 {
    /// p + 1 = TOP·2^208 + 2^192 + 2^96.
    #[inline(always)]
    fn montgomery(mut t: [Lanes; 10]) -> Loose {
        let (bit96, bit192, top) = (t[0].like(1 << 44), t[0].like(1 << 36), t[0].like(TOP));
        for i in 0..5 {
            let q = t[i];
            t[i + 1] = t[i + 1].add(q.shr::<52>()).mac_low(q, bit96);
            t[i + 2] = t[i + 2].mac_high(q, bit96);
            t[i + 3] = t[i + 3].mac_low(q, bit192);
            t[i + 4] = t[i + 4].mac_high(q, bit192).mac_low(q, top);
            t[i + 5] = t[i + 5].mac_high(q, top);
        }
        Loose([t[5], t[6], t[7], t[8], t[9]])
    }

    #[inline(always)]
    fn multiple(proof: Lanes, k: u64) -> Loose {
        Loose([k.wrapping_neg(), k << 44, 0, k << 36, k * TOP].map(|limb| proof.like(limb)))
    }

    #[inline(always)]
    fn weakly_reduced(Loose(x): Loose) -> Loose {
        let multiple = quotient(x[4]);
        // minus h·(2^256 - 2^224 + 2^192 + 2^96 - 1)
        Loose([
            x[0].add(multiple.sar::<48>()),
            x[1].sub(multiple.sar::<4>()),
            x[2],
            x[3].sub(multiple.sar::<12>()),
            x[4].sub(multiple).add(multiple.sar::<32>()),
        ])
    }
}

/// h·2^48 for h = floor of the value by 2^256, from its top limb. Two things could push what is left below zero, and are
/// held back: the lower limbs, at most 2^60 each, which move the value by less than 2^9 units of the top limb; and where
/// h is negative, h·p is less than h·2^256 by up to 16·2^224, which is 2^20 units.
#[inline(always)]
fn quotient(top: Lanes) -> Lanes {
    const SLACK: u64 = (1 << 20) + (1 << 9);
    top.sub(top.like(SLACK)).and(top.like(!0 << 48))
}
