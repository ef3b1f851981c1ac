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

impl Words {
    /// Reads eight words in memory, one a lane.
    #[inline(always)]
    pub fn load_row(_: Avx2, row: &[u32; WORDS]) -> Self {
        // SAFETY: the argument proves AVX2; a row is 32 readable bytes.
        Self(unsafe { _mm256_loadu_si256(row.as_ptr().cast()) })
    }

    /// Writes them.
    #[inline(always)]
    pub fn store_row(self, row: &mut [u32; WORDS]) {
        // SAFETY: `self` proves AVX2; a row is 32 writable bytes.
        unsafe { _mm256_storeu_si256(row.as_mut_ptr().cast(), self.0) }
    }

    /// Reads eight words, big-endian.
    #[inline(always)]
    pub fn load_big_endian(_: Avx2, bytes: &[u8; 4 * WORDS]) -> Self {
        // SAFETY: the argument proves AVX2; there are 32 readable bytes.
        let words = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
        // SAFETY: as above.
        Self(unsafe {
            let reversed =
                _mm256_set_epi64x(0x0c0d0e0f_08090a0b, 0x04050607_00010203, 0x0c0d0e0f_08090a0b, 0x04050607_00010203);
            _mm256_shuffle_epi8(words, reversed)
        })
    }

    /// Word j of row i becomes word i of row j.
    #[inline(always)]
    pub fn transposed(rows: [Self; WORDS]) -> [Self; WORDS] {
        let [a, b, c, d, e, f, g, h] = rows.map(|row| row.0);
        // SAFETY: rows exist, so `Avx2::detect` found these instructions.
        let columns = unsafe {
            let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
            let (ef, gh) = (_mm256_unpacklo_epi32(e, f), _mm256_unpacklo_epi32(g, h));
            let (ab_high, cd_high) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
            let (ef_high, gh_high) = (_mm256_unpackhi_epi32(e, f), _mm256_unpackhi_epi32(g, h));
            // Columns i and i + 4 of four rows, one in each half.
            let upper = [
                _mm256_unpacklo_epi64(ab, cd),
                _mm256_unpackhi_epi64(ab, cd),
                _mm256_unpacklo_epi64(ab_high, cd_high),
                _mm256_unpackhi_epi64(ab_high, cd_high),
            ];
            let lower = [
                _mm256_unpacklo_epi64(ef, gh),
                _mm256_unpackhi_epi64(ef, gh),
                _mm256_unpacklo_epi64(ef_high, gh_high),
                _mm256_unpackhi_epi64(ef_high, gh_high),
            ];
            [
                _mm256_permute2x128_si256::<0x20>(upper[0], lower[0]),
                _mm256_permute2x128_si256::<0x20>(upper[1], lower[1]),
                _mm256_permute2x128_si256::<0x20>(upper[2], lower[2]),
                _mm256_permute2x128_si256::<0x20>(upper[3], lower[3]),
                _mm256_permute2x128_si256::<0x31>(upper[0], lower[0]),
                _mm256_permute2x128_si256::<0x31>(upper[1], lower[1]),
                _mm256_permute2x128_si256::<0x31>(upper[2], lower[2]),
                _mm256_permute2x128_si256::<0x31>(upper[3], lower[3]),
            ]
        };
        columns.map(Self)
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

    #[inline(always)]
    fn rotate8(self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe {
            let turned =
                _mm256_set_epi64x(0x0e0d0c0f_0a09080b, 0x06050407_02010003, 0x0e0d0c0f_0a09080b, 0x06050407_02010003);
            _mm256_shuffle_epi8(self.0, turned)
        })
    }
}
