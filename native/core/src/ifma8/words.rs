//! Sixteen unsigned 32-bit lanes, beside the eight of `lanes.rs`.

use core::arch::x86_64::*;

use crate::ifma8::lanes::Ifma;
use crate::sm3::Word;

/// Words side by side.
pub const WORDS: usize = 16;

/// Sixteen 32-bit lanes. A value exists only where `Ifma` does, which is why the operations below are safe.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Words(__m512i);

/// One bit a lane.
pub type WordMask = u16;

/// Sixteen words in memory, one a lane.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct WordRow(pub [u32; WORDS]);

/// Truth tables of three inputs, as `vpternlog` takes them.
const XOR3: i32 = 0x96;
const MAJORITY: i32 = 0xe8;
const CHOOSE: i32 = 0xca;

impl Words {
    /// The same word in every lane.
    #[inline(always)]
    pub fn splat(_: Ifma, word: u32) -> Self {
        // SAFETY: the argument proves AVX-512.
        Self(unsafe { _mm512_set1_epi32(word as i32) })
    }

    /// Reads a row.
    #[inline(always)]
    pub fn load(_: Ifma, row: &WordRow) -> Self {
        // SAFETY: the argument proves AVX-512; a row is 64 readable bytes, aligned to 64.
        Self(unsafe { _mm512_load_si512(row.0.as_ptr().cast()) })
    }

    /// Writes a row.
    #[inline(always)]
    pub fn store(self, row: &mut WordRow) {
        // SAFETY: `self` proves AVX-512; a row is 64 writable bytes, aligned to 64.
        unsafe { _mm512_store_si512(row.0.as_mut_ptr().cast(), self.0) }
    }

    /// `other` in the lanes of the mask, self in the others.
    #[inline(always)]
    pub fn select(self, mask: WordMask, other: Words) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_mask_mov_epi32(self.0, mask, other.0) })
    }

    #[inline(always)]
    fn ternary<const TABLE: i32>(self, b: Self, c: Self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_ternarylogic_epi32::<TABLE>(self.0, b.0, c.0) })
    }
}

impl Word for Words {
    #[inline(always)]
    fn like(self, word: u32) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_set1_epi32(word as i32) })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self.ternary::<XOR3>(b, c)
    }

    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        self.ternary::<MAJORITY>(b, c)
    }

    #[inline(always)]
    fn choose(self, b: Self, c: Self) -> Self {
        self.ternary::<CHOOSE>(b, c)
    }

    #[inline(always)]
    fn xor(self, b: Self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_xor_si512(self.0, b.0) })
    }

    #[inline(always)]
    fn rotate<const BITS: i32>(self) -> Self {
        // SAFETY: `self` exists, so `Ifma::detect` found these instructions.
        Self(unsafe { _mm512_rol_epi32::<BITS>(self.0) })
    }
}
