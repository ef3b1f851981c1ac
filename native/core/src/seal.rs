//! Encrypt-then-MAC (GB/T 36624 clause 10): SM4 in counter mode, and HMAC-SM3 over the length of what is associated in 8
//! bytes, itself, counter and ciphertext.
//!
//! Keys and data are secret. What is done takes a time that depends on lengths alone.

use crate::sm3::{self, Block, DIGEST_BYTES, INITIAL, Padded, State};
use crate::sm4::{self, RoundKeys};

/// Bytes of the counter in front, and of the key of SM4.
pub const COUNTER_BYTES: usize = 16;
/// Bytes of the tag behind.
pub const TAG_BYTES: usize = DIGEST_BYTES;
/// Bytes of the key of HMAC-SM3.
pub const MAC_KEY_BYTES: usize = 32;
/// Bytes of a key that is made ready: as secret as what it is made of.
pub const READY_BYTES: usize = 4 * READY_WORDS;

const READY_WORDS: usize = sm4::ROUNDS + 2 * 8;
const HASH_BLOCK_BYTES: usize = 64;

/// The two keys, with what is the same for every message: SM4's keys of the rounds, and the inner and outer hash of HMAC
/// after their first block.
pub struct SealKey {
    round_keys: RoundKeys,
    inner: State,
    outer: State,
}

impl SealKey {
    /// Makes the keys ready.
    pub fn new(cipher_key: &sm4::Block, mac_key: &[u8; MAC_KEY_BYTES]) -> Self {
        let begun = |pad: u8| {
            let block: Block = core::array::from_fn(|i| mac_key.get(i).copied().unwrap_or(0) ^ pad);
            sm3::absorb(INITIAL, &[block])
        };
        Self { round_keys: sm4::round_keys(cipher_key), inner: begun(0x36), outer: begun(0x5c) }
    }

    /// For whoever keeps it.
    pub fn to_bytes(&self) -> [u8; READY_BYTES] {
        let mut bytes = [0; READY_BYTES];
        let words = self.round_keys.iter().chain(&self.inner).chain(&self.outer);
        bytes.as_chunks_mut::<4>().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        bytes
    }

    /// What `to_bytes` gave.
    pub fn from_bytes(bytes: &[u8; READY_BYTES]) -> Self {
        let words = bytes.as_chunks::<4>().0;
        let word = |i: usize| u32::from_le_bytes(words[i]);
        Self {
            round_keys: core::array::from_fn(word),
            inner: core::array::from_fn(|i| word(sm4::ROUNDS + i)),
            outer: core::array::from_fn(|i| word(sm4::ROUNDS + 8 + i)),
        }
    }

    /// counter ‖ ciphertext ‖ tag. The counter is never used twice.
    pub fn seal(&self, counter: &[u8; COUNTER_BYTES], associated: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(COUNTER_BYTES + plain.len() + TAG_BYTES);
        sealed.extend_from_slice(counter);
        sealed.extend_from_slice(plain);
        sm4::count(&self.round_keys, counter, &mut sealed[COUNTER_BYTES..]);
        sealed.extend_from_slice(&self.tag(associated, &sealed));
        sealed
    }

    /// What was sealed, or nothing where another key or `associated` sealed it, or it was changed.
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (body, tag) = sealed.split_last_chunk::<TAG_BYTES>()?;
        let (counter, ciphertext) = body.split_first_chunk::<COUNTER_BYTES>()?;
        let right = self.tag(associated, body);
        let differing = right.iter().zip(tag).fold(0, |differing, (a, b)| differing | (a ^ b));
        if core::hint::black_box(differing) != 0 {
            return None;
        }
        let mut plain = ciphertext.to_vec();
        sm4::count(&self.round_keys, counter, &mut plain);
        Some(plain)
    }

    fn tag(&self, associated: &[u8], body: &[u8]) -> [u8; TAG_BYTES] {
        let hashed = |begun: State, parts: &[&[u8]]| {
            let mut padded = Padded::default();
            padded.push_behind(HASH_BLOCK_BYTES, parts);
            sm3::digest(&sm3::absorb(begun, padded.messages()[0]))
        };
        let length = (associated.len() as u64).to_be_bytes();
        hashed(self.outer, &[&hashed(self.inner, &[&length, associated, body])])
    }
}
