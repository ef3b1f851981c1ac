//! SM4 (GB/T 32907) in counter mode (GB/T 17964 clause 9).
//!
//! Keys and data are secret. No branch and no address depends on them: bytes are substituted by computing, in planes of
//! bits, or by the AES instruction of the processor where it has that.

#[cfg(target_arch = "x86_64")]
pub mod aes;
pub mod planes;
pub mod substitution;

/// Bytes of a key, and of a block.
pub const BLOCK_BYTES: usize = 16;
/// Rounds, each with a key.
pub const ROUNDS: usize = 32;

/// A block.
pub type Block = [u8; BLOCK_BYTES];
/// The keys of the rounds, rk_0 to rk_31.
pub type RoundKeys = [u32; ROUNDS];

/// System parameter FK, clause 7.3 b.
const FK: [u32; 4] = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc];

/// Clause 7.3: the keys of the rounds.
pub fn round_keys(key: &Block) -> RoundKeys {
    let mut k: [u32; 4] = core::array::from_fn(|i| word(key, i) ^ FK[i]);
    core::array::from_fn(|i| {
        let [i0, i1, i2, i3] = [0, 1, 2, 3].map(|j| (i + j) % 4);
        let b = substituted(k[i1] ^ k[i2] ^ k[i3] ^ ck(i as u32));
        k[i0] ^= b ^ b.rotate_left(13) ^ b.rotate_left(23);
        k[i0]
    })
}

/// Fixed parameter CK_i, clause 7.3 c.
fn ck(i: u32) -> u32 {
    u32::from_be_bytes([0, 1, 2, 3].map(|j| (7 * (4 * i + j)) as u8))
}

/// τ of one word, clause 6.2 a.
fn substituted(a: u32) -> u32 {
    let planes = core::array::from_fn(|bit| (0..4).fold(0, |plane: u8, byte| plane | bit_of(a, byte, bit) << byte));
    let planes = substitution::substituted(planes);
    let bits = (0..32).map(|i| u32::from(planes[i % 8] >> (i / 8) & 1) << i);
    bits.fold(0, |word, bit| word | bit)
}

fn bit_of(a: u32, byte: usize, bit: usize) -> u8 {
    (a >> (8 * byte + bit)) as u8 & 1
}

/// Word number `i` of a block.
fn word(block: &Block, i: usize) -> u32 {
    u32::from_be_bytes(block.as_chunks::<4>().0[i])
}

/// Encrypts or decrypts: data ⊕ the encryptions of `counter`, `counter` + 1, …
pub fn count(keys: &RoundKeys, counter: &Block, data: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(isa) = aes::Aes::detect() {
        return aes::count(isa, keys, counter, data);
    }
    planes::count(keys, counter, data);
}

/// As `count`, by what encrypts `N` blocks at a time.
#[inline(always)]
fn count_by<const N: usize>(counter: &Block, data: &mut [u8], mut encrypt: impl FnMut(&mut [Block; N])) {
    let mut next = u128::from_be_bytes(*counter);
    for part in data.chunks_mut(N * BLOCK_BYTES) {
        let mut stream: [Block; N] = core::array::from_fn(|i| next.wrapping_add(i as u128).to_be_bytes());
        next = next.wrapping_add(N as u128);
        encrypt(&mut stream);
        part.iter_mut().zip(stream.as_flattened()).for_each(|(byte, stream)| *byte ^= stream);
    }
}
