//! Scalars as signed digits.
//!
//! Odd digits of one fixed width let every lane do the same additions at the same time: for an odd k below 2^(w·t), let K = (k - 1)/2 + 2^(w·t - 1) and c_i its w-bit digits. Then the odd digits
//! d_i = 2·c_i + 1 - 2^w satisfy k = Σ d_i·2^(w·i), because Σ (2^w - 1)·2^(w·i) = 2^(w·t) - 1. None is ever zero.
//!
//! The non-adjacent form has fewer digits, at places that depend on the scalar: for one job at a time.

use crate::limbs::{self, Limbs};

/// An odd scalar ready for its digits to be read, and whether the point is to be negated for it.
#[derive(Clone, Copy, Debug)]
pub struct OddScalar {
    /// (k - 1)/2, to which every width adds its own top bit.
    pub half: Limbs,
    /// Whether k stands for -k: an even scalar u became n - u, which is odd.
    pub negated: bool,
}

impl OddScalar {
    /// Takes u below n. Zero becomes n, which is odd and multiplies every point to infinity all the same.
    pub fn new(u: &Limbs, n: &Limbs) -> Self {
        let negated = u[0] & 1 == 0;
        let k = if negated { limbs::sub(n, u).0 } else { *u };
        Self { half: limbs::halve(&k), negated }
    }
}

/// Reads digit `index` of width `bits` out of an odd scalar: the index of the odd multiple, and whether it is negative.
#[inline(always)]
pub fn digit(scalar: &OddScalar, index: usize, bits: usize, digits: usize) -> (usize, bool) {
    let start = index * bits;
    let (word, shift) = (start / 64, start % 64);
    let low = scalar.half[word] >> shift;
    let high = if shift == 0 || word == 3 { 0 } else { scalar.half[word + 1] << (64 - shift) };
    let mask = (1 << bits) - 1;
    let top = if index + 1 == digits { 1 << (bits - 1) } else { 0 };
    let c = (low | high) as usize & mask | top;
    let positive = c >> (bits - 1) == 1;
    let magnitude = if positive { c } else { !c } & (mask >> 1);
    (magnitude, positive == scalar.negated)
}

/// Places of a non-adjacent form: one more than the scalar's bits.
pub const PLACES: usize = 257;

/// The non-adjacent form of width `width` below 16: at most one of any `width` digits in a row is not zero, and those
/// are odd and below 2^(width - 1) in magnitude.
pub fn non_adjacent(k: &Limbs, width: usize) -> [i16; PLACES] {
    let mut digits = [0; PLACES];
    let bits_at = |place: usize, count: usize| {
        let (word, shift) = (place / 64, place % 64);
        let low = k.get(word).map_or(0, |word| word >> shift);
        let high = if shift == 0 { 0 } else { k.get(word + 1).map_or(0, |word| word << (64 - shift)) };
        ((low | high) & ((1 << count) - 1)) as i16
    };
    let (mut place, mut carry) = (0, 0);
    while place < PLACES {
        if bits_at(place, 1) == carry {
            place += 1;
            continue;
        }
        let window = bits_at(place, width) + carry;
        carry = window >> (width - 1);
        digits[place] = window - (carry << width);
        place += width;
    }
    digits
}
