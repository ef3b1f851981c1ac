//! Elements of the prime field in Montgomery form (R = 2^256), always below p.

use core::marker::PhantomData;

use crate::curve::{Curve, Power};
use crate::inverse;
use crate::limbs::{self, Limbs};

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

    /// Half: of the element or of the element plus p, whichever is even.
    #[inline(always)]
    pub fn halve(&self) -> Self {
        let mask = (self.limbs[0] & 1).wrapping_neg();
        let (even, carry) = limbs::add(&self.limbs, &C::P.m.map(|word| word & mask));
        let mut half = limbs::halve(&even);
        half[3] |= u64::from(carry) << 63;
        Self::from_montgomery(half)
    }

    /// Negative.
    #[inline(always)]
    pub fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// Product.
    #[inline(always)]
    pub fn mul(&self, other: &Self) -> Self {
        Self::from_montgomery(C::reduce(&limbs::mul(&self.limbs, &other.limbs)))
    }

    /// Square.
    #[inline(always)]
    pub fn square(&self) -> Self {
        Self::from_montgomery(C::reduce(&limbs::square(&self.limbs)))
    }

    /// Inverse; zero for zero.
    pub fn invert(&self) -> Self {
        Self::from_integer(&inverse::invert(&C::P, &self.to_integer()))
    }

    /// A square root if there is one.
    pub fn sqrt(&self) -> Option<Self> {
        let root = C::root(*self);
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

impl<C: Curve> Power for Fp<C> {
    fn square_times(self, times: usize) -> Self {
        (0..times).fold(self, |power, _| power.square())
    }

    fn times(self, other: Self) -> Self {
        self.mul(&other)
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
