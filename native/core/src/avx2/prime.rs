//! What differs between the two primes: a step of Montgomery reduction by R = 2^261, and what is left of 2^256.
//!
//! Both primes are -1 modulo 2^29, so the quotient digit q of each step is the lowest limb itself, and
//! t + q·p = (t - q) + q·(p + 1), where p + 1 is a sum of few powers of two. Products with them are made so that no
//! column falls below zero: -2^224 and 2^256 are (2^29 - 2^21)·2^203 and (2^24 - 1)·2^232.

use crate::avx2::field::{BITS, LIMBS, MASK};
use crate::avx2::lanes::{Lanes, unknown};
use crate::curve::{Curve, P256, Sm2};
use crate::limbs::{self, Limbs};
use crate::modulus::doubled;

/// Columns of a product, and one for what is carried out of them.
pub const COLUMNS: usize = 2 * LIMBS;

/// What a reduction works with.
pub struct Constants {
    mask: Lanes,
    upper7: Lanes,
    upper8: Lanes,
}

impl Constants {
    /// On the proof of another value.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn new(proof: Lanes) -> Self {
        let [mask, upper7, upper8] = [MASK, (1 << 29) - (1 << 21), (1 << 24) - 1];
        Self {
            mask: unknown(proof.like(mask)),
            upper7: unknown(proof.like(upper7)),
            upper8: unknown(proof.like(upper8)),
        }
    }
}

/// The prime field of a curve in lanes.
pub trait LanePrime: Curve {
    /// R^2 = 2^522 mod p: multiplying by it enters Montgomery form.
    const R_SQUARED: Limbs = doubled(&Self::P, Self::P.r2, 10);
    /// R = 2^261 mod p: one.
    const ONE: Limbs = doubled(&Self::P, Self::P.one, 5);
    /// 2^256 - p in limbs.
    const REST: [u64; LIMBS] = split(&limbs::sub(&limbs::ZERO, &Self::P.m).0);

    /// The columns that the rows of a product are added to.
    fn begin(proof: Lanes) -> [Lanes; COLUMNS];

    /// Adds q·p·2^(29·i) for the q that clears column i, which is passed on to the next one.
    fn reduce_column(t: &mut [Lanes; COLUMNS], i: usize, k: &Constants);

    /// Takes back what `begin` lent, once all nine columns are cleared.
    fn settle(t: &mut [Lanes; COLUMNS]);
}

impl LanePrime for Sm2 {
    /// Each step subtracts up to 2^38 - 2^9 from a column: 2^38 is lent to it, and taken back from the next one as 2^9.
    #[inline(always)]
    fn begin(proof: Lanes) -> [Lanes; COLUMNS] {
        let mut t = [proof.like(0); COLUMNS];
        t[3] = proof.like(1 << 38);
        for column in &mut t[4..12] {
            *column = proof.like((1 << 38) - (1 << 9));
        }
        t
    }

    /// p + 1 = 2^256 - 2^224 - 2^96 + 2^64.
    #[inline(always)]
    fn reduce_column(t: &mut [Lanes; COLUMNS], i: usize, k: &Constants) {
        let q = t[i].and(k.mask);
        t[i + 1] = t[i + 1].add(t[i].shr::<BITS>());
        t[i + 2] = t[i + 2].add(q.shl::<6>());
        t[i + 3] = t[i + 3].sub(q.shl::<9>());
        t[i + 7] = t[i + 7].add(q.mul(k.upper7));
        t[i + 8] = t[i + 8].add(q.mul(k.upper8));
    }

    /// Column 12 owes the last 2^9, and may have less: 2^40 is lent to it and its neighbours, each of which gives back 2^11.
    #[inline(always)]
    fn settle(t: &mut [Lanes; COLUMNS]) {
        const LENT: u64 = 1 << 40;
        t[12] = t[12].add(t[12].like(LENT - (1 << 9)));
        for column in &mut t[13..17] {
            *column = column.add(column.like(LENT - (LENT >> BITS)));
        }
        t[17] = t[17].sub(t[17].like(LENT >> BITS));
    }
}

impl LanePrime for P256 {
    #[inline(always)]
    fn begin(proof: Lanes) -> [Lanes; COLUMNS] {
        [proof.like(0); COLUMNS]
    }

    /// p + 1 = 2^256 - 2^224 + 2^192 + 2^96.
    #[inline(always)]
    fn reduce_column(t: &mut [Lanes; COLUMNS], i: usize, k: &Constants) {
        let q = t[i].and(k.mask);
        t[i + 1] = t[i + 1].add(t[i].shr::<BITS>());
        t[i + 3] = t[i + 3].add(q.shl::<9>());
        t[i + 6] = t[i + 6].add(q.shl::<18>());
        t[i + 7] = t[i + 7].add(q.mul(k.upper7));
        t[i + 8] = t[i + 8].add(q.mul(k.upper8));
    }

    #[inline(always)]
    fn settle(_: &mut [Lanes; COLUMNS]) {}
}

/// Four 64-bit words as nine limbs.
pub const fn split(words: &Limbs) -> [u64; LIMBS] {
    let mut split = [0; LIMBS];
    let mut i = 0;
    while i < LIMBS {
        let (word, shift) = (29 * i / 64, 29 * i % 64);
        let above = if shift == 0 || word == 3 { 0 } else { words[word + 1] << (64 - shift) };
        split[i] = (words[word] >> shift | above) & MASK;
        i += 1;
    }
    split
}

/// k·p in limbs of which all but the highest have `spread`·2^29 more than they need, borrowed from the next one: what
/// has limbs of up to `spread`·2^29 - `spread` can be subtracted from it limb by limb.
pub const fn spread<C: Curve>(k: u64, spread: u64) -> [u64; LIMBS] {
    let p = split(&C::P.m);
    let mut limbs = [0; LIMBS];
    let mut carry = 0;
    let mut i = 0;
    while i < LIMBS {
        let limb = p[i] * k + carry;
        let (kept, lent) = if i + 1 < LIMBS { (limb & MASK, spread << 29) } else { (limb, 0) };
        limbs[i] = kept + lent - if i == 0 { 0 } else { spread };
        carry = limb >> 29;
        i += 1;
    }
    limbs
}
