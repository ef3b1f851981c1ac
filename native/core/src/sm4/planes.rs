//! SM4 of 64 blocks at once in planes of bits: plane b of a word has bit b of that word of every block. Rotations are other
//! numbers of planes.

use super::substitution::substituted;
use super::{Block, RoundKeys, count_by, word};

/// Blocks at once.
const BLOCKS: usize = 64;

/// One word of each block.
type Word = [u64; 32];

/// As `sm4::count`.
pub fn count(keys: &RoundKeys, counter: &Block, data: &mut [u8]) {
    count_by(counter, data, |blocks| encrypt(keys, blocks));
}

/// Clause 7.1.
fn encrypt(keys: &RoundKeys, blocks: &mut [Block; BLOCKS]) {
    let mut x = into_planes(blocks);
    for four in keys.as_chunks::<4>().0 {
        round(&mut x, [0, 1, 2, 3], four[0]);
        round(&mut x, [1, 2, 3, 0], four[1]);
        round(&mut x, [2, 3, 0, 1], four[2]);
        round(&mut x, [3, 0, 1, 2], four[3]);
    }
    out_of_planes(&x, blocks);
}

/// F, clause 6.1: X_{i+4} stands where X_i did.
#[inline(always)]
fn round(x: &mut [Word; 4], [i0, i1, i2, i3]: [usize; 4], key: u32) {
    let mut b = [0; 32];
    for byte in 0..4 {
        let a = core::array::from_fn(|bit| {
            let i = 8 * byte + bit;
            x[i1][i] ^ x[i2][i] ^ x[i3][i] ^ 0u64.wrapping_sub(u64::from(key >> i & 1))
        });
        b[8 * byte..8 * byte + 8].copy_from_slice(&substituted(a));
    }
    // L, clause 6.2 b.
    for i in 0..32 {
        x[i0][i] ^= b[i] ^ b[(i + 30) % 32] ^ b[(i + 22) % 32] ^ b[(i + 14) % 32] ^ b[(i + 8) % 32];
    }
}

fn into_planes(blocks: &[Block; BLOCKS]) -> [Word; 4] {
    let mut x = [[0; 32]; 4];
    for half in 0..2 {
        let rows: [u64; 64] = core::array::from_fn(|row| {
            u64::from(word(&blocks[row], 2 * half)) | u64::from(word(&blocks[row], 2 * half + 1)) << 32
        });
        let planes = transposed(rows);
        x[2 * half].copy_from_slice(&planes[..32]);
        x[2 * half + 1].copy_from_slice(&planes[32..]);
    }
    x
}

/// R, clause 7.1 b: the words in reverse.
fn out_of_planes(x: &[Word; 4], blocks: &mut [Block; BLOCKS]) {
    for half in 0..2 {
        let (first, second) = (&x[3 - 2 * half], &x[2 - 2 * half]);
        let rows = transposed(core::array::from_fn(|i| if i < 32 { first[i] } else { second[i - 32] }));
        for (block, row) in blocks.iter_mut().zip(rows) {
            let words = &mut block.as_chunks_mut::<4>().0[2 * half..];
            words[0] = (row as u32).to_be_bytes();
            words[1] = ((row >> 32) as u32).to_be_bytes();
        }
    }
}

/// Bit j of row i becomes bit i of row j: squares of half the width change places, again and again.
fn transposed(mut rows: [u64; 64]) -> [u64; 64] {
    let mut width = 32;
    let mut mask = u64::from(u32::MAX);
    while width > 0 {
        for row in (0..64).filter(|row| row & width == 0) {
            let change = (rows[row] >> width ^ rows[row + width]) & mask;
            rows[row] ^= change << width;
            rows[row + width] ^= change;
        }
        width /= 2;
        mask ^= mask << width;
    }
    rows
}
