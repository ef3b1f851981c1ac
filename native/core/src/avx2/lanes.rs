//! Four unsigned 64-bit lanes of AVX2. This file and `words.rs` are the ones here that call the processor's intrinsics.
//!
//! What works on arrays of lanes goes by loops: a closure given to `map` or `from_fn` is compiled without AVX2 unless it
//! happens to be inlined, and then each instruction in it is a call.

use core::arch::asm;
use core::arch::x86_64::*;

use crate::avx2::words::Avx2;
use crate::packed::PackedPoint;

/// Jobs side by side.
pub const LANES: usize = 4;

/// Four 64-bit lanes. A value exists only where `Avx2` does, which is why the operations below are safe.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Lanes(__m256i);

/// Four words in memory, one a lane.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub struct Row(pub [u64; LANES]);

impl Lanes {
    /// The same word in every lane.
    #[inline(always)]
    pub fn splat(_: Avx2, word: u64) -> Self {
        // SAFETY: the argument proves AVX2.
        Self(unsafe { _mm256_set1_epi64x(word as i64) })
    }

    /// The same word in every lane, on the proof of another value.
    #[inline(always)]
    pub fn like(self, word: u64) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_set1_epi64x(word as i64) })
    }

    /// Reads a row.
    #[inline(always)]
    pub fn load(_: Avx2, row: &Row) -> Self {
        // SAFETY: the argument proves AVX2; a row is 32 readable bytes, aligned to 32.
        Self(unsafe { _mm256_load_si256(row.0.as_ptr().cast()) })
    }

    /// Writes a row.
    #[inline(always)]
    pub fn store(self, row: &mut Row) {
        // SAFETY: `self` proves AVX2; a row is 32 writable bytes, aligned to 32.
        unsafe { _mm256_store_si256(row.0.as_mut_ptr().cast(), self.0) }
    }

    /// Reads a coordinate of a point: its four words in the four lanes.
    #[inline(always)]
    pub fn load_coordinate(_: Avx2, point: &PackedPoint, coordinate: usize) -> Self {
        // SAFETY: the argument proves AVX2; a coordinate is 32 readable bytes, which may stand anywhere.
        Self(unsafe { _mm256_loadu_si256(point.0[coordinate].as_ptr().cast()) })
    }

    /// Asks for the cache line of a point.
    #[inline(always)]
    pub fn prefetch(_: Avx2, point: &PackedPoint) {
        // SAFETY: a prefetch of any address is allowed and changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(point).cast()) };
    }

    /// self + other, modulo 2^64.
    #[inline(always)]
    pub fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_add_epi64(self.0, other.0) })
    }

    /// self - other, modulo 2^64.
    #[inline(always)]
    pub fn sub(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_sub_epi64(self.0, other.0) })
    }

    /// The product of the low 32 bits of each lane.
    #[inline(always)]
    pub fn mul(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_mul_epu32(self.0, other.0) })
    }

    /// Bitwise and.
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_and_si256(self.0, other.0) })
    }

    /// Bits of `other` that `self` has not.
    #[inline(always)]
    pub fn not_and(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_andnot_si256(self.0, other.0) })
    }

    /// Bitwise or.
    #[inline(always)]
    pub fn or(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_or_si256(self.0, other.0) })
    }

    /// Shift to the left.
    #[inline(always)]
    pub fn shl<const BITS: i32>(self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_slli_epi64::<BITS>(self.0) })
    }

    /// Shift to the right, filling with zeros.
    #[inline(always)]
    pub fn shr<const BITS: i32>(self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_srli_epi64::<BITS>(self.0) })
    }

    /// `other` in the lanes where `mask` is all ones, self where it is zero.
    #[inline(always)]
    pub fn select(self, mask: Self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_blendv_epi8(self.0, other.0, mask.0) })
    }

    /// All ones in the lanes that are equal, zero in the others.
    #[inline(always)]
    pub fn equal(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        Self(unsafe { _mm256_cmpeq_epi64(self.0, other.0) })
    }

    /// All ones in the lanes whose bit is set.
    #[inline(always)]
    pub fn mask(isa: Avx2, bits: u8) -> Self {
        Self::load(isa, &Row(core::array::from_fn(|lane| u64::from(bits >> lane & 1).wrapping_neg())))
    }

    /// A bit for each lane: its highest.
    #[inline(always)]
    pub fn bits(self) -> u8 {
        // SAFETY: `self` exists, so `Avx2::detect` found these instructions.
        unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(self.0)) as u8 }
    }
}

/// Word j of row i becomes word i of row j.
#[inline(always)]
pub fn transpose([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
    // SAFETY: values of `Lanes` exist, so `Avx2::detect` found these instructions.
    unsafe {
        let (ab0, ab1) = (_mm256_unpacklo_epi64(a.0, b.0), _mm256_unpackhi_epi64(a.0, b.0));
        let (cd0, cd1) = (_mm256_unpacklo_epi64(c.0, d.0), _mm256_unpackhi_epi64(c.0, d.0));
        [
            Lanes(_mm256_permute2x128_si256::<0x20>(ab0, cd0)),
            Lanes(_mm256_permute2x128_si256::<0x20>(ab1, cd1)),
            Lanes(_mm256_permute2x128_si256::<0x31>(ab0, cd0)),
            Lanes(_mm256_permute2x128_si256::<0x31>(ab1, cd1)),
        ]
    }
}

/// Does nothing, to values that the compiler must have in registers here: what is before stays before, and what is behind
/// behind.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn keep_in_registers([a, b, c, d, e, f, g, h]: &mut [Lanes; 8]) {
    // SAFETY: there is no instruction.
    unsafe {
        asm!("/* {} {} {} {} {} {} {} {} */", inlateout(ymm_reg) a.0, inlateout(ymm_reg) b.0, inlateout(ymm_reg) c.0,
            inlateout(ymm_reg) d.0, inlateout(ymm_reg) e.0, inlateout(ymm_reg) f.0, inlateout(ymm_reg) g.0,
            inlateout(ymm_reg) h.0, options(pure, nomem, nostack, preserves_flags));
    }
}

/// The same value, of which the compiler does not know that it is: it multiplies by it, instead of by shifts.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn unknown(mut value: Lanes) -> Lanes {
    // SAFETY: there is no instruction.
    unsafe {
        asm!("/* {} */", inlateout(ymm_reg) value.0, options(pure, nomem, nostack, preserves_flags));
    }
    value
}

/// The same place, of which the compiler does not know that it is: it reads from there again, instead of from a copy that it
/// would put on the stack.
#[inline(always)]
pub(super) fn anew<T>(place: &T) -> &T {
    let mut address: *const T = place;
    // SAFETY: there is no instruction, so the address is that of `place`.
    unsafe {
        asm!("/* {} */", inlateout(reg) address, options(readonly, nostack, preserves_flags));
        &*address
    }
}
