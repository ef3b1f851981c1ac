//! Field elements in lanes: nine limbs of radix 2^29, none of them negative, Montgomery form with R = 2^261.
//!
//! Two bounds are kept, and the callers note them. The value: R leaves five bits above p, so for factors below A·p and
//! B·p a product is below (A·B/32 + 1)·p, and sums and differences are multiplied unreduced. And the limbs, in units of
//! 2^29, here "u": a column of a product has nine products of limbs, so limbs of up to a·u and b·u may be multiplied
//! where a·b ≤ 6.9, and all limbs are below 8u = 2^32. Sums of products count together.
//!
//! *Strict* limbs are below u, as products have them; *tight* ones at most 31 more, as carries leave them. The highest limb
//! is bounded by the value alone.

use crate::avx2::lanes::{LANES, Lanes, Row, anew, keep_in_registers};
use crate::avx2::prime::{COLUMNS, Constants, LanePrime, split, spread};
use crate::avx2::words::Avx2;
use crate::limbs::Limbs;
use crate::modulus::subtract_once;

/// Limbs of an element.
pub const LIMBS: usize = 9;
/// Bits of a limb.
pub const BITS: i32 = 29;
/// The bits of a limb.
pub const MASK: u64 = (1 << BITS) - 1;

/// The same for each limb, its number a constant: a loop so long as that of a product would not be unrolled, and its columns
/// would stay in memory.
macro_rules! each_limb {
    ($i:ident => $body:block) => {
        each_limb!(@ $i $body 0 1 2 3 4 5 6 7 8)
    };
    (@ $i:ident $body:block $($number:literal)*) => {
        $({
            const $i: usize = $number;
            $body
        })*
    };
}

/// One element a lane, Σ limb_i·2^(29·i).
#[derive(Clone, Copy, Debug)]
pub struct Element(pub [Lanes; LIMBS]);

impl Element {
    /// The same value in every lane.
    #[inline(always)]
    pub fn splat(isa: Avx2, value: &Limbs) -> Self {
        let mut limbs = [Lanes::splat(isa, 0); LIMBS];
        for (limb, word) in limbs.iter_mut().zip(split(value)) {
            *limb = limb.like(word);
        }
        Self(limbs)
    }

    /// Cuts four 64-bit words into strict limbs.
    #[inline(always)]
    pub fn unpack([w0, w1, w2, w3]: [Lanes; 4]) -> Self {
        let mut limbs = [
            w0,
            w0.shr::<29>(),
            w0.shr::<58>().or(w1.shl::<6>()),
            w1.shr::<23>(),
            w1.shr::<52>().or(w2.shl::<12>()),
            w2.shr::<17>(),
            w2.shr::<46>().or(w3.shl::<18>()),
            w3.shr::<11>(),
            w3.shr::<40>(),
        ];
        for limb in &mut limbs {
            *limb = limb.and(limb.like(MASK));
        }
        Self(limbs)
    }

    /// One integer below 2^256 a lane.
    #[inline(always)]
    pub fn from_integers(isa: Avx2, values: &[Limbs; LANES]) -> Self {
        let mut words = [Lanes::splat(isa, 0); 4];
        for (i, word) in words.iter_mut().enumerate() {
            *word = Lanes::load(isa, &Row(values.map(|value| value[i])));
        }
        Self::unpack(words)
    }

    /// Sum; the bounds add up.
    #[inline(always)]
    pub fn add(&self, other: &Self) -> Self {
        let mut limbs = self.0;
        for (limb, other) in limbs.iter_mut().zip(other.0) {
            *limb = limb.add(other);
        }
        Self(limbs)
    }

    /// Twice.
    #[inline(always)]
    pub fn double(&self) -> Self {
        self.add(self)
    }

    /// self - other + K·p: other is at most K·p, its limbs SPREAD·u - SPREAD. Limbs grow by up to SPREAD + 1.
    #[inline(always)]
    pub fn sub<C: LanePrime, const K: u64, const SPREAD: u64>(&self, other: &Self) -> Self {
        let multiple = const { spread::<C>(K, SPREAD) };
        let mut limbs = self.0;
        for i in 0..LIMBS {
            limbs[i] = limbs[i].add(limbs[i].like(multiple[i]).sub(other.0[i]));
        }
        Self(limbs)
    }

    /// Tight limbs, from limbs below 2^34.
    #[inline(always)]
    pub fn carry(&self) -> Self {
        let mut limbs = self.0;
        for limb in &mut limbs[..LIMBS - 1] {
            *limb = limb.and(limb.like(MASK));
        }
        for (limb, below) in limbs[1..].iter_mut().zip(self.0) {
            *limb = limb.add(below.shr::<BITS>());
        }
        Self(limbs)
    }

    /// The same modulo p, at most 1.001·p, and tight; the value is below 16·p, with limbs below 2^33.
    #[inline(always)]
    pub fn weakly_reduced<C: LanePrime>(&self) -> Self {
        let mut limbs = self.0;
        let top = limbs[LIMBS - 1];
        // The quotient by 2^256, of which the limbs below can only have kept a little: 2^256 is REST modulo p.
        let quotient = top.shr::<24>();
        limbs[LIMBS - 1] = top.and(top.like((1 << 24) - 1));
        for (limb, rest) in limbs.iter_mut().zip(C::REST) {
            if rest != 0 {
                *limb = limb.add(quotient.mul(quotient.like(rest)));
            }
        }
        Self(limbs).carry()
    }

    /// `other` in the lanes of the mask.
    #[inline(always)]
    pub fn select(&self, mask: Lanes, other: &Self) -> Self {
        let mut limbs = self.0;
        for (limb, other) in limbs.iter_mut().zip(other.0) {
            *limb = limb.select(mask, other);
        }
        Self(limbs)
    }

    /// The values of the lanes, which are below 2·p and strict, below p and still in Montgomery form.
    #[inline(always)]
    pub fn reduced<C: LanePrime>(&self) -> [Limbs; LANES] {
        words(self).map(|(low, above)| subtract_once(&low, above != 0, &C::P.m))
    }
}

/// a·b/R, strict.
#[inline(always)]
pub fn mul<C: LanePrime>(a: &Element, b: &Element) -> Element {
    // SAFETY: lanes exist, so `Avx2::detect` found the instructions.
    unsafe { product::<C>(a, b) }
}

/// (a·b + c·d)/R, strict, with one reduction for both.
#[inline(always)]
pub fn mul_add_mul<C: LanePrime>(a: &Element, b: &Element, c: &Element, d: &Element) -> Element {
    // SAFETY: lanes exist, so `Avx2::detect` found the instructions.
    unsafe { sum_of_products::<C>(a, b, c, d) }
}

/// a²/R, strict. Limbs up to 2.6·u.
#[inline(always)]
pub fn square<C: LanePrime>(a: &Element) -> Element {
    // SAFETY: lanes exist, so `Avx2::detect` found the instructions.
    unsafe { product_with_itself::<C>(a) }
}

// These three are calls: inlined everywhere, the code of one addition of points would be as much as the nearest cache of
// instructions holds, and take twice as long.

#[target_feature(enable = "avx2")]
#[inline(never)]
fn product<C: LanePrime>(a: &Element, b: &Element) -> Element {
    let (mut t, k) = (C::begin(a.0[0]), Constants::new(a.0[0]));
    each_limb!(I => {
        add_row(&mut t, I, a, anew(b));
        C::reduce_column(&mut t, I, &k);
        if let Some(columns) = t[I + 1..].first_chunk_mut() {
            keep_in_registers(columns);
        }
    });
    upper_half::<C>(t)
}

#[target_feature(enable = "avx2")]
#[inline(never)]
fn sum_of_products<C: LanePrime>(a: &Element, b: &Element, c: &Element, d: &Element) -> Element {
    let (mut t, k) = (C::begin(a.0[0]), Constants::new(a.0[0]));
    each_limb!(I => {
        add_row(&mut t, I, a, anew(b));
        add_row(&mut t, I, c, anew(d));
        C::reduce_column(&mut t, I, &k);
        if let Some(columns) = t[I + 1..].first_chunk_mut() {
            keep_in_registers(columns);
        }
    });
    upper_half::<C>(t)
}

/// The products off the diagonal are made once, with a factor doubled.
#[target_feature(enable = "avx2")]
#[inline(never)]
fn product_with_itself<C: LanePrime>(a: &Element) -> Element {
    let (mut t, k) = (C::begin(a.0[0]), Constants::new(a.0[0]));
    each_limb!(I => {
        add_half_row(&mut t, I, anew(a));
        // Column I is complete: of the rows to come none begins before column 2·I + 2.
        C::reduce_column(&mut t, I, &k);
        if let Some(columns) = t[I + 1..].first_chunk_mut() {
            keep_in_registers(columns);
        }
    });
    upper_half::<C>(t)
}

/// Enters Montgomery form: from an integer below 2^256, strict and below 1.04·p.
#[inline(always)]
pub fn enter<C: LanePrime>(isa: Avx2, value: &Element) -> Element {
    mul::<C>(value, &Element::splat(isa, &C::R_SQUARED))
}

/// Leaves Montgomery form: strict, and in [0, p], both ends included.
#[inline(always)]
fn leave<C: LanePrime>(isa: Avx2, value: &Element) -> Element {
    // (v + q·p)/2^261 with v and q below 2^261 is below p + 1.
    mul::<C>(value, &Element::splat(isa, &[1, 0, 0, 0]))
}

/// All ones in the lanes where the value is 0 modulo p.
#[inline(always)]
pub fn is_zero<C: LanePrime>(isa: Avx2, value: &Element) -> Lanes {
    let left = leave::<C>(isa, value);
    let zero = left.0[0].like(0);
    let p = Element::splat(isa, &C::P.m);
    let (mut any, mut equal) = (zero, zero.equal(zero));
    for (limb, p) in left.0.iter().zip(p.0) {
        any = any.or(*limb);
        equal = equal.and(limb.equal(p));
    }
    equal.or(any.equal(zero))
}

/// The value of each lane, below p and out of Montgomery form.
#[inline(always)]
pub fn integers<C: LanePrime>(isa: Avx2, value: &Element) -> [Limbs; LANES] {
    words(&leave::<C>(isa, value)).map(|(low, _)| C::P.reduce(&low))
}

#[inline(always)]
fn add_row(t: &mut [Lanes; COLUMNS], i: usize, a: &Element, b: &Element) {
    for j in 0..LIMBS {
        t[i + j] = t[i + j].add(a.0[i].mul(b.0[j]));
    }
}

/// What a square has of row i: the limb's own square, and twice its products with those above.
#[inline(always)]
fn add_half_row(t: &mut [Lanes; COLUMNS], i: usize, a: &Element) {
    t[2 * i] = t[2 * i].add(a.0[i].mul(a.0[i]));
    let twice = a.0[i].add(a.0[i]);
    for j in i + 1..LIMBS {
        t[i + j] = t[i + j].add(twice.mul(a.0[j]));
    }
}

/// The nine columns above those that are cleared, with all carries passed on.
#[inline(always)]
fn upper_half<C: LanePrime>(mut t: [Lanes; COLUMNS]) -> Element {
    C::settle(&mut t);
    for i in LIMBS..COLUMNS - 1 {
        t[i + 1] = t[i + 1].add(t[i].shr::<BITS>());
        t[i] = t[i].and(t[i].like(MASK));
    }
    let [.., l0, l1, l2, l3, l4, l5, l6, l7, l8] = t;
    Element([l0, l1, l2, l3, l4, l5, l6, l7, l8])
}

/// The low 256 bits of each lane, and those above; the limbs are strict.
#[inline(always)]
fn words(value: &Element) -> [(Limbs, u64); LANES] {
    let mut rows = [Row::default(); LIMBS];
    for (row, limb) in rows.iter_mut().zip(value.0) {
        limb.store(row);
    }
    core::array::from_fn(|lane| {
        let l = rows.map(|row| row.0[lane]);
        let words = [
            l[0] | l[1] << 29 | l[2] << 58,
            l[2] >> 6 | l[3] << 23 | l[4] << 52,
            l[4] >> 12 | l[5] << 17 | l[6] << 46,
            l[6] >> 18 | l[7] << 11 | l[8] << 40,
        ];
        (words, l[8] >> 24)
    })
}
