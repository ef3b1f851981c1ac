//! Eight unsigned 32-bit lanes of AVX2. The one file here that calls the processor's intrinsics.

use core::arch::x86_64::*;

use crate::sm3::Word;

/// Proof that the processor has AVX2: the only way to the first `Words`.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The proof, where there is one.
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// Words side by side.
pub const WORDS: usize = 8;

/// Eight 32-bit lanes. A value exists only where `Avx2` does, which is why the operations below are safe.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Words(__m256i);

/// Eight words in memory, one a lane.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub struct WordRow(pub [u32; WORDS]);

impl Words {
    /// Reads a row.
    #[inline(always)]
    pub fn load(_: Avx2, row: &WordRow) -> Self {
        // SAFETY: the argument proves AVX2; a row is 32 readable bytes, aligned to 32.
        Self(unsafe { _mm256_load_si256(row.0.as_ptr().cast()) })
    }

    /// Writes a row.
    #[inline(always)]
    pub fn store(self, row: &mut WordRow) {
        // SAFETY: `self` proves AVX2; a row is 32 writable bytes, aligned to 32.
        unsafe { _mm256_store_si256(row.0.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn and(self, b: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_and_si256(self.0, b.0) })
    }

    #[inline(always)]
    fn or(self, b: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_or_si256(self.0, b.0) })
    }
}

impl Word for Words {
    #[inline(always)]
    fn like(self, word: u32) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_set1_epi32(word as i32) })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self.xor(b).xor(c)
    }

    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        self.and(b).or(c.and(self.or(b)))
    }

    /// c ⊕ (a ∧ (b ⊕ c)).
    #[inline(always)]
    fn choose(self, b: Self, c: Self) -> Self {
        c.xor(self.and(b.xor(c)))
    }

    #[inline(always)]
    fn xor(self, b: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_xor_si256(self.0, b.0) })
    }

    #[inline(always)]
    fn rotate<const BITS: i32>(self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        let (count, rest) = unsafe { (_mm_cvtsi32_si128(BITS), _mm_cvtsi32_si128(32 - BITS)) };
        // SAFETY: as above.
        Self(unsafe { _mm256_or_si256(_mm256_sll_epi32(self.0, count), _mm256_srl_epi32(self.0, rest)) })
    }
}
