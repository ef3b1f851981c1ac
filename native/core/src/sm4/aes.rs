//! SM4 of sixteen blocks at once, for processors with the instructions of AES. What AES and SM4 substitute by is an inverse
//! in fields of 256 elements that are the same but for names of elements: the last round of AES gives the inverse,
//! and an affine map before and one behind it are those names.

use core::arch::x86_64::*;

use super::{Block, RoundKeys, count_by};

/// Proof that the processor has AES and AVX.
#[derive(Clone, Copy, Debug)]
pub struct Aes(());

impl Aes {
    /// The proof, where there is one.
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("aes") && is_x86_feature_detected!("avx")).then_some(Self(()))
    }
}

/// Blocks at once: four to a group, and groups enough that one's instructions run while another's are under way.
const GROUPS: usize = 4;
const BLOCKS: usize = 4 * GROUPS;

/// As `sm4::count`.
pub fn count(_: Aes, keys: &RoundKeys, counter: &Block, data: &mut [u8]) {
    // SAFETY: the argument proves these instructions.
    count_by(counter, data, |blocks: &mut [Block; BLOCKS]| unsafe { encrypt(keys, blocks) });
}

/// Clause 7.1. A group is four vectors, each one word of four blocks.
#[target_feature(enable = "aes,avx")]
fn encrypt(keys: &RoundKeys, blocks: &mut [Block; BLOCKS]) {
    let mut x: [[__m128i; 4]; GROUPS] = core::array::from_fn(|group| {
        let rows = core::array::from_fn(|i| swapped_words(load(&blocks[4 * group + i])));
        transposed(rows)
    });
    for four in keys.as_chunks::<4>().0 {
        for (i, &key) in four.iter().enumerate() {
            let key = _mm_set1_epi32(key as i32);
            for group in &mut x {
                let sum = xor(xor(group[(i + 1) % 4], group[(i + 2) % 4]), xor(group[(i + 3) % 4], key));
                group[i] = xor(group[i], mixed(substituted(sum)));
            }
        }
    }
    for (group, blocks) in x.iter().zip(blocks.as_chunks_mut::<4>().0) {
        let [a, b, c, d] = *group;
        for (row, block) in transposed([d, c, b, a]).into_iter().zip(blocks) {
            store(swapped_words(row), block);
        }
    }
}

/// τ, clause 6.2 a. AES shifts the rows as well, so they are shifted back before.
#[inline]
#[target_feature(enable = "aes,avx")]
fn substituted(a: __m128i) -> __m128i {
    let unshifted = _mm_shuffle_epi8(a, load(&UNSHIFTED_ROWS));
    let inverted = _mm_aesenclast_si128(mapped(unshifted, &INTO_AES), _mm_setzero_si128());
    mapped(inverted, &OUT_OF_AES)
}

/// L, clause 6.2 b: b ⊕ b <<< 24 ⊕ (b ⊕ b <<< 8 ⊕ b <<< 16) <<< 2.
#[inline]
#[target_feature(enable = "aes,avx")]
fn mixed(b: __m128i) -> __m128i {
    let by = |shuffle: &Block| _mm_shuffle_epi8(b, load(shuffle));
    let inner = xor(xor(b, by(&ROTATED_8)), by(&ROTATED_16));
    let rotated = _mm_or_si128(_mm_slli_epi32::<2>(inner), _mm_srli_epi32::<30>(inner));
    xor(xor(b, by(&ROTATED_24)), rotated)
}

/// An affine map of bytes: what it makes of the lower half, and of the upper.
type Map = [Block; 2];

#[inline]
#[target_feature(enable = "aes,avx")]
fn mapped(a: __m128i, map: &Map) -> __m128i {
    let nibble = _mm_set1_epi8(0x0f);
    let low = _mm_shuffle_epi8(load(&map[0]), _mm_and_si128(a, nibble));
    let high = _mm_shuffle_epi8(load(&map[1]), _mm_and_si128(_mm_srli_epi32::<4>(a), nibble));
    xor(low, high)
}

#[inline]
#[target_feature(enable = "aes,avx")]
fn transposed([a, b, c, d]: [__m128i; 4]) -> [__m128i; 4] {
    let (ab, ab_high) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    let (cd, cd_high) = (_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    [
        _mm_unpacklo_epi64(ab, cd),
        _mm_unpackhi_epi64(ab, cd),
        _mm_unpacklo_epi64(ab_high, cd_high),
        _mm_unpackhi_epi64(ab_high, cd_high),
    ]
}

#[inline]
#[target_feature(enable = "aes,avx")]
fn swapped_words(block: __m128i) -> __m128i {
    _mm_shuffle_epi8(block, load(&SWAPPED_WORDS))
}

#[inline]
#[target_feature(enable = "aes,avx")]
fn xor(a: __m128i, b: __m128i) -> __m128i {
    _mm_xor_si128(a, b)
}

#[inline]
#[target_feature(enable = "aes,avx")]
fn load(bytes: &Block) -> __m128i {
    // SAFETY: 16 readable bytes.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "aes,avx")]
fn store(vector: __m128i, bytes: &mut Block) {
    // SAFETY: 16 writable bytes.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), vector) }
}

/// The bytes of each word in reverse.
const SWAPPED_WORDS: Block = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
/// Of words whose lowest byte is first, to the left.
const ROTATED_8: Block = rotation(1);
const ROTATED_16: Block = rotation(2);
const ROTATED_24: Block = rotation(3);

const fn rotation(bytes: usize) -> Block {
    let mut from = [0; 16];
    let mut i = 0;
    while i < 16 {
        from[i] = (i / 4 * 4 + (i + 4 - bytes) % 4) as u8;
        i += 1;
    }
    from
}

/// The inverse of ShiftRows, FIPS 197 clause 5.1.2: byte i of column c comes from column c − i.
const UNSHIFTED_ROWS: Block = {
    let mut from = [0; 16];
    let mut i = 0;
    while i < 16 {
        from[i] = ((i + 16 - 4 * (i % 4)) % 16) as u8;
        i += 1;
    }
    from
};

/// x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1, and the modulus of FIPS 197 clause 4.2.
const SM4_MODULUS: u16 = 0x1f5;
const AES_MODULUS: u16 = 0x11b;
/// A is a circulant matrix; c is what is added.
const SM4_ROW: u8 = 0xa7;
const SM4_ADDED: u8 = 0xd3;
/// FIPS 197 clause 5.1.1.
const AES_ROW: u8 = 0xf1;
const AES_ADDED: u8 = 0x63;

const INTO_AES: Map = {
    let matrix = product(&names(), &circulant(SM4_ROW));
    map(&matrix, times(&names(), SM4_ADDED))
};

const OUT_OF_AES: Map = {
    let back = product(&inverse(&names()), &inverse(&circulant(AES_ROW)));
    let matrix = product(&circulant(SM4_ROW), &back);
    map(&matrix, times(&matrix, AES_ADDED) ^ SM4_ADDED)
};

/// A matrix of bits: what it makes of each bit of a byte, the lowest first.
type Matrix = [u8; 8];

/// The element of AES's field for each power of x in SM4's: powers of a root of SM4's modulus there.
const fn names() -> Matrix {
    let mut root = 2;
    loop {
        let mut powers = [1; 9];
        let mut i = 1;
        let mut sum = 1;
        while i <= 8 {
            powers[i] = multiply(powers[i - 1], root);
            if SM4_MODULUS >> i & 1 == 1 {
                sum ^= powers[i];
            }
            i += 1;
        }
        if sum == 0 {
            let [a, b, c, d, e, f, g, h, _] = powers;
            return [a, b, c, d, e, f, g, h];
        }
        root += 1;
    }
}

const fn multiply(a: u8, b: u8) -> u8 {
    let mut product = 0;
    let mut a = a as u16;
    let mut i = 0;
    while i < 8 {
        if b >> i & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a > 0xff {
            a ^= AES_MODULUS;
        }
        i += 1;
    }
    product as u8
}

/// `row`: its lowest row, of which the next is this turned by one bit.
const fn circulant(row: u8) -> Matrix {
    let mut columns = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        let mut to = 0;
        while to < 8 {
            columns[bit] |= (row.rotate_left(to) >> bit & 1) << to;
            to += 1;
        }
        bit += 1;
    }
    columns
}

const fn times(matrix: &Matrix, byte: u8) -> u8 {
    let mut sum = 0;
    let mut bit = 0;
    while bit < 8 {
        if byte >> bit & 1 == 1 {
            sum ^= matrix[bit];
        }
        bit += 1;
    }
    sum
}

const fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut columns = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        columns[bit] = times(a, b[bit]);
        bit += 1;
    }
    columns
}

/// By looking for what becomes each bit.
const fn inverse(matrix: &Matrix) -> Matrix {
    let mut columns = [0; 8];
    let mut byte = 255;
    while byte > 0 {
        let made = times(matrix, byte);
        if made.is_power_of_two() {
            columns[made.trailing_zeros() as usize] = byte;
        }
        byte -= 1;
    }
    columns
}

const fn map(matrix: &Matrix, added: u8) -> Map {
    let mut map = [[0; 16]; 2];
    let mut nibble = 0;
    while nibble < 16 {
        map[0][nibble] = times(matrix, nibble as u8) ^ added;
        map[1][nibble] = times(matrix, (nibble as u8) << 4);
        nibble += 1;
    }
    map
}
