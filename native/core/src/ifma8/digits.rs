//! Odd signed digits, as `recode` defines them, read in all lanes at once.

use crate::ifma8::LANES;
use crate::ifma8::lanes::{Ifma, LaneMask, Lanes, Row};
use crate::limbs::Limbs;
use crate::recode::OddScalar;

/// Eight odd scalars, with the top bit that makes `TOTAL_BITS` = width times digits.
#[derive(Clone, Copy, Debug)]
pub struct Digits<const TOTAL_BITS: usize> {
    words: [Row; 5],
    negated: LaneMask,
}

/// One digit a lane.
#[derive(Clone, Copy, Debug)]
pub struct Digit {
    /// Which odd multiple: (|digit| - 1)/2.
    pub index: Lanes,
    /// The lanes where the multiple is to be subtracted.
    pub negative: LaneMask,
}

impl<const TOTAL_BITS: usize> Digits<TOTAL_BITS> {
    /// Recodes scalars below n.
    pub fn new(scalars: &[Limbs; LANES], n: &Limbs) -> Self {
        const { assert!(TOTAL_BITS >= 256 && TOTAL_BITS < 320) };
        let mut digits = Self { words: [Row::default(); 5], negated: 0 };
        for (lane, scalar) in scalars.iter().enumerate() {
            let odd = OddScalar::new(scalar, n);
            for (row, word) in digits.words.iter_mut().zip(odd.half) {
                row.0[lane] = word;
            }
            digits.words[(TOTAL_BITS - 1) / 64].0[lane] |= 1 << ((TOTAL_BITS - 1) % 64);
            digits.negated |= (odd.negated as LaneMask) << lane;
        }
        digits
    }

    /// Digit `index` of width `bits` in every lane.
    #[inline(always)]
    pub fn digit(&self, isa: Ifma, index: usize, bits: usize) -> Digit {
        let start = index * bits;
        let (word, shift) = (start / 64, (start % 64) as u64);
        let low = Lanes::load(isa, &self.words[word]).shr_by(shift);
        // Past the last word there is nothing but zeros; a shift by 64 gives zero as well.
        let high = Lanes::load(isa, &self.words[(word + 1).min(4)]).shl_by(64 - shift);
        let digit = low.or(high);
        let positive = digit.test(digit.like(1 << (bits - 1)));
        let magnitude = digit.not().select(positive, digit);
        Digit { index: magnitude.and(magnitude.like((1 << (bits - 1)) - 1)), negative: !positive ^ self.negated }
    }
}
