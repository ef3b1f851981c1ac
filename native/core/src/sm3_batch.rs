//! Digests of a batch: HMAC-SM3 (GB/T 15852.2 clause 7, which is RFC 2104 with SM3) and SM3 behind a byte.
//!
//! The keys are secret. What is done with them takes a time that depends on lengths alone.

use core::cmp::Reverse;

use crate::backend::Backend;
use crate::sm3::{Block, DIGEST_BYTES, INITIAL, Padded, State, digest};

/// Bytes of a key of HMAC; shorter than a block.
pub const KEY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;

/// A message, and which of the keys it is keyed with.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    /// Number of the key.
    pub key: usize,
    /// What is keyed.
    pub message: &'a [u8],
}

/// HMAC-SM3 of each message, in order. Panics on a key that is not there.
pub fn keyed(backend: &dyn Backend, keys: &[[u8; KEY_BYTES]], messages: &[Keyed<'_>]) -> Vec<[u8; DIGEST_BYTES]> {
    let begun = key_states(backend, keys);
    // Those of a length beside each other, the longest first: when most have ended, few blocks are left.
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|&i| Reverse((messages[i].message.len() + 9).div_ceil(BLOCK_BYTES)));
    let mut inner = Padded::with_room(messages.len(), messages.iter().map(|keyed| keyed.message.len()).sum());
    order.iter().for_each(|&i| inner.push_behind(BLOCK_BYTES, &[messages[i].message]));
    let starts: Vec<State> = order.iter().map(|&i| begun[messages[i].key][0]).collect();
    let outer: Vec<[Block; 1]> =
        backend.sm3(&starts, &inner.messages()).iter().map(|state| [second_block(&digest(state))]).collect();
    let outer: Vec<&[Block]> = outer.iter().map(|one| &one[..]).collect();
    let starts: Vec<State> = order.iter().map(|&i| begun[messages[i].key][1]).collect();
    let mut digests = vec![[0; DIGEST_BYTES]; messages.len()];
    for (&i, state) in order.iter().zip(backend.sm3(&starts, &outer)) {
        digests[i] = digest(&state);
    }
    digests
}

/// What the outer hash has behind the block of its key: the inner digest, and the padding of both (GB/T 32905 clause 5.2).
fn second_block(inner: &[u8; DIGEST_BYTES]) -> Block {
    let mut block = [0; BLOCK_BYTES];
    block[..DIGEST_BYTES].copy_from_slice(inner);
    block[DIGEST_BYTES] = 0x80;
    block[BLOCK_BYTES - 8..].copy_from_slice(&(8 * (BLOCK_BYTES + DIGEST_BYTES) as u64).to_be_bytes());
    block
}

/// SM3 of one byte and each part, in order.
pub fn prefixed(backend: &dyn Backend, prefix: u8, parts: &[&[u8]]) -> Vec<[u8; DIGEST_BYTES]> {
    let mut padded = Padded::with_room(parts.len(), parts.iter().map(|part| 1 + part.len()).sum());
    parts.iter().for_each(|part| padded.push(&[&[prefix], part]));
    backend.sm3(&vec![INITIAL; parts.len()], &padded.messages()).iter().map(digest).collect()
}

/// Of each key, the states of the inner and the outer hash after their first block.
fn key_states(backend: &dyn Backend, keys: &[[u8; KEY_BYTES]]) -> Vec<[State; 2]> {
    let block = |key: &[u8; KEY_BYTES], pad: u8| -> Block {
        core::array::from_fn(|i| if i < KEY_BYTES { key[i] ^ pad } else { pad })
    };
    let blocks: Vec<[Block; 1]> = keys.iter().flat_map(|key| [[block(key, 0x36)], [block(key, 0x5c)]]).collect();
    let messages: Vec<&[Block]> = blocks.iter().map(|one| &one[..]).collect();
    backend.sm3(&vec![INITIAL; messages.len()], &messages).as_chunks::<2>().0.to_vec()
}
