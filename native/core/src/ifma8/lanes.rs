//! Eight unsigned 64-bit lanes. This file and `words.rs` are the ones that call the processor's intrinsics.

use core::arch::x86_64::*;

/// Proof that the processor has the instructions: the only way to the first `Lanes`.
#[derive(Clone, Copy, Debug)]
pub struct Ifma(());

impl Ifma {
    /// The proof, or what is missing.
    pub fn detect() -> Result<Self, &'static str> {
        if !is_x86_feature_detected!("avx512f") {
            return Err("the processor or the system has no AVX-512");
        }
        if !is_x86_feature_detected!("avx512dq") || !is_x86_feature_detected!("avx512vl") {
            return Err("the processor has no AVX512_DQ or AVX512_VL");
        }
        if !is_x86_feature_detected!("avx512ifma") || !is_x86_feature_detected!("avx512vbmi2") {
            return Err("the processor has no AVX512_IFMA or AVX512_VBMI2");
        }
        Ok(Self(()))
    }
}

/// Eight 64-bit lanes. A value exists only where `Ifma` does, which is why the operations below are safe.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Lanes(__m512i);

/// One bit a lane.
pub type LaneMask = u8;

/// Eight words in memory, one a lane.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct Row(pub [u64; 8]);

impl Lanes {
    /// The same word in every lane.
    #[inline(always)]
    pub fn splat(_: Ifma, word: u64) -> Self {
        // SAFETY: the argument proves AVX-512.
        Self(unsafe { _mm512_set1_epi64(word as i64) })
    }

    /// The same word in every lane, on the proof of another value.
    #[inline(always)]
    pub fn like(self, word: u64) -> Self {
        Self::splat(Ifma(()), word)
    }

    /// Reads a row.
    #[inline(always)]
    pub fn load(_: Ifma, row: &Row) -> Self {
        // SAFETY: the argument proves AVX-512; a row is 64 readable bytes, aligned to 64.
        Self(unsafe { _mm512_load_si512(row.0.as_ptr().cast()) })
    }

    /// 0 to 7: the number of each lane.
    #[inline(always)]
    pub fn numbers(isa: Ifma) -> Self {
        Self::load(isa, &Row([0, 1, 2, 3, 4, 5, 6, 7]))
    }

    /// Writes a row.
    #[inline(always)]
    pub fn store(self, row: &mut Row) {
        // SAFETY: `self` proves AVX-512; a row is 64 writable bytes, aligned to 64.
        unsafe { _mm512_store_si512(row.0.as_mut_ptr().cast(), self.0) }
    }

    /// self + other, modulo 2^64.
    #[inline(always)]
    pub fn add(self, other: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_add_epi64(self.0, other.0) })
    }

    /// self - other, modulo 2^64.
    #[inline(always)]
    pub fn sub(self, other: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_sub_epi64(self.0, other.0) })
    }

    /// Bitwise and.
    #[inline(always)]
    pub fn and(self, other: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_and_si512(self.0, other.0) })
    }

    /// Bits of `self` that `other` has not.
    #[inline(always)]
    pub fn and_not(self, other: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_andnot_si512(other.0, self.0) })
    }

    /// Bitwise or.
    #[inline(always)]
    pub fn or(self, other: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_or_si512(self.0, other.0) })
    }

    /// Bitwise not.
    #[inline(always)]
    pub fn not(self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_ternarylogic_epi64::<0x0f>(self.0, self.0, self.0) })
    }

    /// Shift to the left.
    #[inline(always)]
    pub fn shl<const BITS: u32>(self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_slli_epi64::<BITS>(self.0) })
    }

    /// Shift to the right, filling with zeros.
    #[inline(always)]
    pub fn shr<const BITS: u32>(self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_srli_epi64::<BITS>(self.0) })
    }

    /// Shift to the right, filling with the sign.
    #[inline(always)]
    pub fn sar<const BITS: u32>(self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_srai_epi64::<BITS>(self.0) })
    }

    /// The low words of high ‖ self, shifted to the right.
    #[inline(always)]
    pub fn funnel<const BITS: i32>(self, high: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_shrdi_epi64::<BITS>(self.0, high.0) })
    }

    /// Shift to the right by the same count in every lane; 64 and more give zero.
    #[inline(always)]
    pub fn shr_by(self, bits: u64) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_srl_epi64(self.0, _mm_cvtsi64_si128(bits as i64)) })
    }

    /// Shift to the left by the same count in every lane; 64 and more give zero.
    #[inline(always)]
    pub fn shl_by(self, bits: u64) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_sll_epi64(self.0, _mm_cvtsi64_si128(bits as i64)) })
    }

    /// self + the low 52 bits of the product of the low 52 bits of a and b.
    #[inline(always)]
    pub fn mac_low(self, a: Lanes, b: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_madd52lo_epu64(self.0, a.0, b.0) })
    }

    /// self + the high 52 bits of the product of the low 52 bits of a and b.
    #[inline(always)]
    pub fn mac_high(self, a: Lanes, b: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_madd52hi_epu64(self.0, a.0, b.0) })
    }

    /// -self in the lanes of the mask, self in the others.
    #[inline(always)]
    pub fn negate_where(self, mask: LaneMask) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_mask_sub_epi64(self.0, mask, _mm512_setzero_si512(), self.0) })
    }

    /// `other` in the lanes of the mask, self in the others.
    #[inline(always)]
    pub fn select(self, mask: LaneMask, other: Lanes) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_mask_mov_epi64(self.0, mask, other.0) })
    }

    /// The lanes that are equal.
    #[inline(always)]
    pub fn equal(self, other: Lanes) -> LaneMask {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        unsafe { _mm512_cmpeq_epi64_mask(self.0, other.0) }
    }

    /// The lanes that have a bit of `bits`.
    #[inline(always)]
    pub fn test(self, bits: Lanes) -> LaneMask {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        unsafe { _mm512_test_epi64_mask(self.0, bits.0) }
    }

    /// The words at `base + 8·index` of each lane.
    ///
    /// # Safety
    /// Each of the eight addresses is readable for 8 bytes.
    #[inline(always)]
    pub unsafe fn gather(base: *const u64, index: Lanes) -> Self {
        if cfg!(onecard_sanitizer) {
            // SAFETY: the caller vouches for the addresses.
            return unsafe { Self::read_one_by_one(index.shl::<3>().add(index.like(base as u64))) };
        }
        // SAFETY: `index` proves AVX-512, and the caller vouches for the addresses.
        Self(unsafe { _mm512_i64gather_epi64::<8>(index.0, base.cast()) })
    }

    /// The words at the address of each lane.
    ///
    /// # Safety
    /// Each of the eight addresses is readable for 8 bytes.
    #[inline(always)]
    pub unsafe fn gather_at(address: Lanes) -> Self {
        if cfg!(onecard_sanitizer) {
            // SAFETY: the caller vouches for the addresses.
            return unsafe { Self::read_one_by_one(address) };
        }
        // SAFETY: `address` proves AVX-512, and the caller vouches for the addresses.
        Self(unsafe { _mm512_i64gather_epi64::<1>(address.0, core::ptr::null()) })
    }

    /// What a gather does, in reads that a sanitizer sees: it does not look at gathers.
    ///
    /// # Safety
    /// Each of the eight addresses is readable for 8 bytes.
    unsafe fn read_one_by_one(address: Lanes) -> Self {
        let isa = Ifma(());
        let mut row = Row::default();
        address.store(&mut row);
        // SAFETY: the caller vouches for the addresses.
        let words = row.0.map(|address| unsafe { *(address as *const u64) });
        Self::load(isa, &Row(words))
    }

    /// Asks for the cache line at each address. An address that is not readable does no harm.
    #[inline(always)]
    pub fn prefetch(self) {
        let mut row = Row::default();
        self.store(&mut row);
        for address in row.0 {
            // SAFETY: a prefetch of any address is allowed and changes nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(address as *const i8) };
        }
    }
}
