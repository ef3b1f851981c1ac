//! The public operation of RSA, s^e mod n, for signatures with message recovery (EMV Book 2 clause 6.1 and Annex B2.1):
//! e is 3 or 2^16 + 1. No key is prepared or kept: the operation on a number and its key is cheaper than what an import
//! of the key would cost and hold.

/// Shortest and longest modulus, bytes. Above EMV's 248 there is room for a key of 2,048 bits.
pub const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 64..=256;

const LIMB_BYTES: usize = 8;
const LIMBS: usize = *MODULUS_BYTES.end() / LIMB_BYTES;
/// A product, and a limb that shifting it may fill.
const WIDE: usize = 2 * LIMBS + 1;

/// Exponents that EMV Book 2 clause 6.1 allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Exponent {
    /// 3.
    Three,
    /// 2^16 + 1.
    Fermat4,
}

/// Writes s^e mod n into `block`, all big-endian and as long as the modulus. False, with `block` untouched, where the
/// modulus has another size than `MODULUS_BYTES`, begins with a bit of 0 (clause 6.1) or is even, where another length is
/// not the modulus's, or where s is not below n.
pub fn recover(modulus: &[u8], exponent: Exponent, signature: &[u8], block: &mut [u8]) -> bool {
    let bytes = modulus.len();
    let usable = MODULUS_BYTES.contains(&bytes) && modulus[0] >= 0x80 && modulus[bytes - 1] % 2 == 1;
    if !usable || signature.len() != bytes || block.len() != bytes || signature >= modulus {
        return false;
    }
    let n = Divisor::new(modulus);
    let limbs = n.limbs;
    let mut base = [0; LIMBS];
    read(signature, &mut base[..limbs]);
    let base = &base[..limbs];
    let mut power = [0; LIMBS];
    let power = &mut power[..limbs];
    power.copy_from_slice(base);
    let squarings = match exponent {
        Exponent::Three => 1,
        Exponent::Fermat4 => 16,
    };
    for _ in 0..squarings {
        n.square(power);
    }
    n.multiply(power, base);
    write(power, block);
    true
}

/// A modulus shifted so that its top bit is 1, for division as Knuth has it (The Art of Computer Programming, volume 2,
/// 4.3.1, algorithm D).
struct Divisor {
    shifted: [u64; LIMBS],
    limbs: usize,
    shift: u32,
    /// 2^128 / (top limb), less 2^64 (Möller and Granlund, Improved division by invariant integers, 2011).
    reciprocal: u64,
}

impl Divisor {
    fn new(modulus: &[u8]) -> Self {
        let limbs = modulus.len().div_ceil(LIMB_BYTES);
        let mut shifted = [0; LIMBS];
        read(modulus, &mut shifted[..limbs]);
        let shift = shifted[limbs - 1].leading_zeros();
        shift_left(&mut shifted[..limbs], shift);
        let top = shifted[limbs - 1];
        let reciprocal = (u128::MAX / u128::from(top)) as u64;
        Divisor { shifted, limbs, shift, reciprocal }
    }

    fn square(&self, a: &mut [u64]) {
        let mut wide = [0; WIDE];
        square(a, &mut wide);
        self.reduce(wide, a);
    }

    fn multiply(&self, a: &mut [u64], b: &[u64]) {
        let mut wide = [0; WIDE];
        multiply(a, b, &mut wide);
        self.reduce(wide, a);
    }

    /// The remainder of a product of two numbers below the modulus.
    fn reduce(&self, mut wide: [u64; WIDE], remainder: &mut [u64]) {
        let k = self.limbs;
        let divisor = &self.shifted[..k];
        shift_left(&mut wide[..=2 * k], self.shift);
        for at in (0..=k).rev() {
            let estimate = self.estimate(wide[at + k], wide[at + k - 1], wide[at + k - 2]);
            let part = &mut wide[at..=at + k];
            if subtract_product(part, divisor, estimate) {
                add(part, divisor);
            }
        }
        remainder.copy_from_slice(&wide[..k]);
        shift_right(remainder, self.shift);
    }

    /// A digit of the quotient, at most one too large.
    fn estimate(&self, u2: u64, u1: u64, u0: u64) -> u64 {
        let (top, next) = (self.shifted[self.limbs - 1], self.shifted[self.limbs - 2]);
        if u2 >= top {
            return u64::MAX;
        }
        let (mut digit, mut rest) = divide(u2, u1, top, self.reciprocal);
        // Two steps of this at most, by algorithm D.
        while u128::from(digit) * u128::from(next) > (u128::from(rest) << 64 | u128::from(u0)) {
            digit -= 1;
            let (sum, over) = rest.overflowing_add(top);
            if over {
                break;
            }
            rest = sum;
        }
        digit
    }
}

/// Two limbs by one whose top bit is 1, where the quotient has one limb: quotient and remainder (Möller and Granlund,
/// algorithm 4).
#[inline(always)]
fn divide(u1: u64, u0: u64, divisor: u64, reciprocal: u64) -> (u64, u64) {
    let product = u128::from(reciprocal) * u128::from(u1) + (u128::from(u1) << 64 | u128::from(u0));
    let (mut quotient, low) = (((product >> 64) as u64).wrapping_add(1), product as u64);
    let mut rest = u0.wrapping_sub(quotient.wrapping_mul(divisor));
    if rest > low {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(divisor);
    }
    if rest >= divisor {
        quotient = quotient.wrapping_add(1);
        rest -= divisor;
    }
    (quotient, rest)
}

/// a·b into `wide`, which is zero.
fn multiply(a: &[u64], b: &[u64], wide: &mut [u64; WIDE]) {
    for (i, &x) in a.iter().enumerate() {
        wide[i + b.len()] = add_product(&mut wide[i..i + b.len()], b, x);
    }
}

/// a² into `wide`, which is zero: the products off the diagonal, doubled, then the squares on it.
fn square(a: &[u64], wide: &mut [u64; WIDE]) {
    let k = a.len();
    for (i, &x) in a.iter().enumerate() {
        wide[i + k] = add_product(&mut wide[2 * i + 1..i + k], &a[i + 1..], x);
    }
    shift_left(&mut wide[..2 * k], 1);
    let mut carry = 0;
    for (pair, &x) in wide[..2 * k].as_chunks_mut::<2>().0.iter_mut().zip(a) {
        let square = u128::from(x) * u128::from(x);
        let low = u128::from(pair[0]) + u128::from(square as u64) + carry;
        let high = u128::from(pair[1]) + (square >> 64) + (low >> 64);
        (pair[0], pair[1], carry) = (low as u64, high as u64, high >> 64);
    }
}

/// Adds b·x to limbs as many as b has; returns the carry.
#[inline(always)]
fn add_product(limbs: &mut [u64], b: &[u64], x: u64) -> u64 {
    let mut carry = 0;
    for (limb, &y) in limbs.iter_mut().zip(b) {
        let sum = u128::from(x) * u128::from(y) + u128::from(*limb) + u128::from(carry);
        *limb = sum as u64;
        carry = (sum >> 64) as u64;
    }
    carry
}

/// Subtracts b·x from limbs one more than b has; whether that went below zero.
#[inline(always)]
fn subtract_product(limbs: &mut [u64], b: &[u64], x: u64) -> bool {
    let mut borrow = 0;
    for (limb, &y) in limbs.iter_mut().zip(b) {
        let product = u128::from(x) * u128::from(y) + u128::from(borrow);
        let (difference, under) = limb.overflowing_sub(product as u64);
        *limb = difference;
        borrow = (product >> 64) as u64 + u64::from(under);
    }
    let top = &mut limbs[b.len()];
    let (difference, under) = top.overflowing_sub(borrow);
    *top = difference;
    under
}

/// Adds b back; the carry out ends the borrow that is still there.
fn add(limbs: &mut [u64], b: &[u64]) {
    let mut carry = 0;
    for (limb, &y) in limbs.iter_mut().zip(b) {
        let sum = u128::from(*limb) + u128::from(y) + carry;
        (*limb, carry) = (sum as u64, sum >> 64);
    }
    let top = &mut limbs[b.len()];
    *top = top.wrapping_add(carry as u64);
}

/// By less than 64 bits.
fn shift_left(limbs: &mut [u64], bits: u32) {
    if bits == 0 {
        return;
    }
    let mut below = 0;
    for limb in limbs {
        let above = *limb >> (64 - bits);
        *limb = *limb << bits | below;
        below = above;
    }
}

/// By less than 64 bits.
fn shift_right(limbs: &mut [u64], bits: u32) {
    if bits == 0 {
        return;
    }
    let mut above = 0;
    for limb in limbs.iter_mut().rev() {
        let below = *limb << (64 - bits);
        *limb = *limb >> bits | above;
        above = below;
    }
}

fn read(bytes: &[u8], limbs: &mut [u64]) {
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks(LIMB_BYTES)) {
        *limb = chunk.iter().fold(0, |limb, &byte| limb << 8 | u64::from(byte));
    }
}

fn write(limbs: &[u64], bytes: &mut [u8]) {
    for (limb, chunk) in limbs.iter().zip(bytes.rchunks_mut(LIMB_BYTES)) {
        let big_endian = limb.to_be_bytes();
        chunk.copy_from_slice(&big_endian[LIMB_BYTES - chunk.len()..]);
    }
}
