//! Montgomery arithmetic modulo any odd 256-bit number above 2^255: the group orders use it as it is, the primes bring
//! a reduction of their own.

use crate::limbs::{self, Limbs, adc, wide_mul};

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
        let mask = (borrow as u64).wrapping_neg();
        let m = &self.m;
        limbs::add(&difference, &[m[0] & mask, m[1] & mask, m[2] & mask, m[3] & mask]).0
    }

    /// a mod m for any 256-bit a: m is above 2^255, so one subtraction is enough.
    #[inline(always)]
    pub const fn reduce(&self, a: &Limbs) -> Limbs {
        subtract_once(a, false, &self.m)
    }

    /// a·b/R mod m, for a·b < m·R.
    pub const fn mul(&self, a: &Limbs, b: &Limbs) -> Limbs {
        let m = &self.m;
        let mut t = limbs::mul(a, b);
        let mut carry = false;
        let mut i = 0;
        while i < 4 {
            // q·m ≡ -t mod 2^64, so adding it clears the lowest word.
            let q = t[i].wrapping_mul(self.inverse64).wrapping_neg();
            let (l0, h0) = wide_mul(q, m[0]);
            let (l1, h1) = wide_mul(q, m[1]);
            let (l2, h2) = wide_mul(q, m[2]);
            let (l3, h3) = wide_mul(q, m[3]);
            let (_, c) = adc(t[i], l0, false);
            let (t1, c) = adc(t[i + 1], l1, c);
            let (t2, c) = adc(t[i + 2], l2, c);
            let (t3, c) = adc(t[i + 3], l3, c);
            let h3 = h3 + c as u64;
            let (t1, c) = adc(t1, h0, false);
            let (t2, c) = adc(t2, h1, c);
            let (t3, c) = adc(t3, h2, c);
            (t[i + 1], t[i + 2], t[i + 3]) = (t1, t2, t3);
            // The carry waits for the word above, which the next step adds to.
            let (t4, c) = adc(t[i + 4], h3 + c as u64, carry);
            (t[i + 4], carry) = (t4, c);
            i += 1;
        }
        subtract_once(&[t[4], t[5], t[6], t[7]], carry, m)
    }
}

/// value·2^times mod m.
pub const fn doubled(modulus: &Modulus, mut value: Limbs, times: usize) -> Limbs {
    let mut i = 0;
    while i < times {
        value = modulus.add(&value, &value);
        i += 1;
    }
    value
}

/// Brings a, plus 2^256 where `carry`, from below 2m to below m.
#[inline(always)]
pub const fn subtract_once(a: &Limbs, carry: bool, m: &Limbs) -> Limbs {
    let (difference, borrow) = limbs::sub(a, m);
    // By a mask: a branch on it could not be predicted, and this is in every product and sum.
    let keep = ((borrow & !carry) as u64).wrapping_neg();
    let (a, d) = (a, difference);
    [a[0] & keep | d[0] & !keep, a[1] & keep | d[1] & !keep, a[2] & keep | d[2] & !keep, a[3] & keep | d[3] & !keep]
}

#[inline(always)]
const fn add_mod(a: &Limbs, b: &Limbs, m: &Limbs) -> Limbs {
    let (sum, carry) = limbs::add(a, b);
    subtract_once(&sum, carry, m)
}
