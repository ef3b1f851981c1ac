//! Elements of the prime field in Montgomery form (R = 2^256), always below p.

use core::marker::PhantomData;

use crate::curve::Curve;
use crate::inverse;
use crate::limbs::{self, Limbs, adc, mac};

/// x·2^256 mod p for the field element x.
#[derive(Clone, Copy, Debug)]
pub struct Fp<C> {
    limbs: Limbs,
    curve: PhantomData<C>,
}

impl<C: Curve> Fp<C> {
    /// Zero.
    pub const ZERO: Self = Self::from_montgomery(limbs::ZERO);
    /// One.
    pub const ONE: Self = Self::from_montgomery(C::P.one);

    /// Takes limbs that are already in Montgomery form and below p.
    #[inline(always)]
    pub const fn from_montgomery(limbs: Limbs) -> Self {
        Self { limbs, curve: PhantomData }
    }

    /// The limbs of the Montgomery form.
    #[inline(always)]
    pub const fn montgomery(&self) -> Limbs {
        self.limbs
    }

    /// Enters Montgomery form; `a` is below p.
    pub fn from_integer(a: &Limbs) -> Self {
        Self::from_montgomery(*a).mul(&Self::from_montgomery(C::P.r2))
    }

    /// Leaves Montgomery form, below p.
    pub fn to_integer(self) -> Limbs {
        let [l0, l1, l2, l3] = self.limbs;
        C::reduce(&[l0, l1, l2, l3, 0, 0, 0, 0])
    }

    /// Sum.
    #[inline(always)]
    pub fn add(&self, other: &Self) -> Self {
        Self::from_montgomery(C::P.add(&self.limbs, &other.limbs))
    }

    /// Difference.
    #[inline(always)]
    pub fn sub(&self, other: &Self) -> Self {
        Self::from_montgomery(C::P.sub(&self.limbs, &other.limbs))
    }

    /// Twice.
    #[inline(always)]
    pub fn double(&self) -> Self {
        self.add(self)
    }

    /// Negative.
    #[inline(always)]
    pub fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// Product.
    #[inline(always)]
    pub fn mul(&self, other: &Self) -> Self {
        let (a, b) = (&self.limbs, &other.limbs);
        let mut t = [0u64; 8];
        let mut carry = 0;
        for j in 0..4 {
            (t[j], carry) = mac(0, a[j], b[0], carry);
        }
        t[4] = carry;
        for i in 1..4 {
            carry = 0;
            for j in 0..4 {
                // Two carries fit: (2^64 - 1)² + 2·(2^64 - 1) = 2^128 - 1.
                let sum = a[j] as u128 * b[i] as u128 + t[i + j] as u128 + carry as u128;
                (t[i + j], carry) = (sum as u64, (sum >> 64) as u64);
            }
            t[i + 4] = carry;
        }
        Self::from_montgomery(C::reduce(&t))
    }

    /// Square.
    #[inline(always)]
    pub fn square(&self) -> Self {
        let [a0, a1, a2, a3] = self.limbs;
        // The products off the diagonal once, ...
        let (t1, c) = mac(0, a0, a1, 0);
        let (t2, c) = mac(0, a0, a2, c);
        let (t3, t4) = mac(0, a0, a3, c);
        let (t3, c) = mac(t3, a1, a2, 0);
        let (t4, t5) = mac(t4, a1, a3, c);
        let (t5, t6) = mac(t5, a2, a3, 0);
        // ... then doubled, ...
        let t7 = t6 >> 63;
        let t6 = t6 << 1 | t5 >> 63;
        let t5 = t5 << 1 | t4 >> 63;
        let t4 = t4 << 1 | t3 >> 63;
        let t3 = t3 << 1 | t2 >> 63;
        let t2 = t2 << 1 | t1 >> 63;
        let t1 = t1 << 1;
        // ... and the squares on it.
        let (t0, c) = mac(0, a0, a0, 0);
        let (t1, c) = adc(t1, c, 0);
        let (low, high) = mac(0, a1, a1, 0);
        let (t2, c) = adc(t2, low, c);
        let (t3, c) = adc(t3, high, c);
        let (low, high) = mac(0, a2, a2, 0);
        let (t4, c) = adc(t4, low, c);
        let (t5, c) = adc(t5, high, c);
        let (low, high) = mac(0, a3, a3, 0);
        let (t6, c) = adc(t6, low, c);
        let (t7, _) = adc(t7, high, c);
        Self::from_montgomery(C::reduce(&[t0, t1, t2, t3, t4, t5, t6, t7]))
    }

    /// Inverse; zero for zero.
    pub fn invert(&self) -> Self {
        Self::from_integer(&inverse::invert(&C::P, &self.to_integer()))
    }

    /// A square root if there is one: self^((p+1)/4), since p ≡ 3 mod 4 for both primes.
    pub fn sqrt(&self) -> Option<Self> {
        let (p_plus_1, _) = limbs::add(&C::P.m, &[1, 0, 0, 0]);
        let exponent = limbs::halve(&limbs::halve(&p_plus_1));
        let mut root = Self::ONE;
        for bit in (0..254).rev() {
            root = root.square();
            if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
                root = root.mul(self);
            }
        }
        root.square().equals(self).then_some(root)
    }

    /// Whether this is zero.
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        limbs::is_zero(&self.limbs)
    }

    /// Equality.
    #[inline(always)]
    pub fn equals(&self, other: &Self) -> bool {
        self.limbs == other.limbs
    }
}

/// Inverts every element with one inversion (Montgomery's trick). None may be zero.
pub fn invert_all<C: Curve>(elements: &mut [Fp<C>]) {
    let mut products = Vec::with_capacity(elements.len());
    let mut product = Fp::ONE;
    for element in elements.iter() {
        products.push(product);
        product = product.mul(element);
    }
    let mut inverse = product.invert();
    for (element, before) in elements.iter_mut().zip(products).rev() {
        let next = inverse.mul(element);
        *element = inverse.mul(&before);
        inverse = next;
    }
}
