//! Montgomery arithmetic modulo any odd 256-bit number above 2^255: the group orders use it as it is, the primes bring
//! a reduction of their own.

use crate::limbs::{self, Limbs, adc, mac};

/// An odd modulus between 2^255 and 2^256 with what Montgomery multiplication by R = 2^256 needs.
#[derive(Debug)]
pub struct Modulus {
    /// The modulus m.
    pub m: Limbs,
    /// m^-1 mod 2^64.
    pub inverse64: u64,
    /// R mod m: the Montgomery form of one.
    pub one: Limbs,
    /// R^2 mod m: multiplying by it enters the Montgomery form.
    pub r2: Limbs,
}

impl Modulus {
    /// Prepares a modulus.
    pub const fn new(m: Limbs) -> Self {
        // Newton's iteration doubles the correct bits; an odd m is its own inverse modulo 8.
        let mut inverse64 = m[0];
        let mut bits = 3;
        while bits < 64 {
            inverse64 = inverse64.wrapping_mul(2u64.wrapping_sub(m[0].wrapping_mul(inverse64)));
            bits *= 2;
        }
        let one = limbs::sub(&limbs::ZERO, &m).0;
        let mut r2 = one;
        let mut doublings = 0;
        while doublings < 256 {
            r2 = add_mod(&r2, &r2, &m);
            doublings += 1;
        }
        Self { m, inverse64, one, r2 }
    }

    /// a + b mod m, for a, b < m.
    #[inline(always)]
    pub const fn add(&self, a: &Limbs, b: &Limbs) -> Limbs {
        add_mod(a, b, &self.m)
    }

    /// a - b mod m, for a, b < m.
    #[inline(always)]
    pub const fn sub(&self, a: &Limbs, b: &Limbs) -> Limbs {
        let (difference, borrow) = limbs::sub(a, b);
        let mask = borrow.wrapping_neg();
        let m = &self.m;
        limbs::add(&difference, &[m[0] & mask, m[1] & mask, m[2] & mask, m[3] & mask]).0
    }

    /// a mod m for any 256-bit a: m is above 2^255, so one subtraction is enough.
    #[inline(always)]
    pub const fn reduce(&self, a: &Limbs) -> Limbs {
        subtract_once(a, 0, &self.m)
    }

    /// a·b/R mod m, for a·b < m·R.
    pub fn mul(&self, a: &Limbs, b: &Limbs) -> Limbs {
        let m = &self.m;
        let mut t = [0u64; 6];
        for &word in b {
            let mut carry = 0;
            for j in 0..4 {
                (t[j], carry) = mac(t[j], a[j], word, carry);
            }
            (t[4], t[5]) = adc(t[4], carry, 0);

            // q·m ≡ -t mod 2^64, so adding it clears the lowest word.
            let q = t[0].wrapping_mul(self.inverse64).wrapping_neg();
            let (_, mut carry) = mac(t[0], q, m[0], 0);
            for j in 1..4 {
                (t[j - 1], carry) = mac(t[j], q, m[j], carry);
            }
            (t[3], carry) = adc(t[4], carry, 0);
            t[4] = t[5] + carry;
        }
        subtract_once(&[t[0], t[1], t[2], t[3]], t[4], m)
    }
}

/// Brings high·2^256 + a, below 2m, under m.
#[inline(always)]
pub const fn subtract_once(a: &Limbs, high: u64, m: &Limbs) -> Limbs {
    let (difference, borrow) = limbs::sub(a, m);
    // The subtraction stands when it did not borrow, or borrowed from the high word.
    let keep = ((borrow == 1) & (high == 0)) as u64;
    let mask = keep.wrapping_neg();
    [
        difference[0] ^ ((difference[0] ^ a[0]) & mask),
        difference[1] ^ ((difference[1] ^ a[1]) & mask),
        difference[2] ^ ((difference[2] ^ a[2]) & mask),
        difference[3] ^ ((difference[3] ^ a[3]) & mask),
    ]
}

#[inline(always)]
const fn add_mod(a: &Limbs, b: &Limbs, m: &Limbs) -> Limbs {
    let (sum, carry) = limbs::add(a, b);
    subtract_once(&sum, carry, m)
}
