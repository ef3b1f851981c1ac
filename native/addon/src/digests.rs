//! Digests of a batch: keyed ones for names, prefixed ones for the tree of the journal's log.

use napi::bindgen_prelude::{Result, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use onecard_engine::sm3_batch::Keyed as KeyedSm3;
use sha2::{Digest, Sha256};

use crate::arrays::{check_length, misuse};
use crate::engines::current;

const KEY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;
const KEYED_DIGEST_BYTES: usize = 16;
const DIGEST_BYTES: usize = 32;

/// HMAC-SHA-256 (RFC 2104) of n messages, cut to the leftmost 16 bytes, into `digests`. Message i is `messages` from
/// `ends[i - 1]`, 0 for the first, to `ends[i]`; the last end is the length of `messages`. It is keyed with key number
/// `kinds[i]` of `keys`, 32 bytes each. Throws on sizes, ends or numbers of keys that do not fit together, before
/// anything is written.
#[napi(catch_unwind)]
pub fn keyed_digests(
    keys: Uint8ArraySlice<'_>,
    kinds: Uint8ArraySlice<'_>,
    messages: Uint8ArraySlice<'_>,
    ends: Uint32ArraySlice<'_>,
    mut digests: Uint8ArraySlice<'_>,
) -> Result<()> {
    let keys = checked_keys(&keys, &kinds, &messages, &ends, &digests)?;
    let keys: Vec<Keyed> = keys.iter().map(Keyed::new).collect();
    let made =
        divided(&messages, &ends).zip(kinds.iter()).map(|(message, &kind)| keys[usize::from(kind)].digest(message));
    let made: Vec<_> = made.collect();
    // SAFETY: the views of the inputs were last used above, so even where the caller's arrays overlap nothing else refers
    // to these bytes now; JavaScript does not run meanwhile.
    for (digest, made) in unsafe { digests.as_mut() }.as_chunks_mut().0.iter_mut().zip(made) {
        *digest = made;
    }
    Ok(())
}

/// SHA-256 of n parts of `bytes`, each behind one byte `prefix`, into `digests`, 32 bytes each: the hashes of the leaves and
/// nodes of a Merkle tree (RFC 9162 section 2.1.1). Part i is `bytes` from `bounds[2 i]` to `bounds[2 i + 1]`. Throws on
/// sizes or bounds that do not fit together, before anything is written.
#[napi(catch_unwind)]
pub fn prefixed_digests(
    prefix: u32,
    bytes: Uint8ArraySlice<'_>,
    bounds: Uint32ArraySlice<'_>,
    mut digests: Uint8ArraySlice<'_>,
) -> Result<()> {
    let (prefix, parts) = checked_parts(prefix, &bytes, &bounds, &digests)?;
    let begun = Sha256::new_with_prefix([prefix]);
    let digest = |&[start, end]: &[u32; 2]| -> [u8; DIGEST_BYTES] {
        begun.clone().chain_update(&bytes[start as usize..end as usize]).finalize().into()
    };
    let made: Vec<_> = parts.iter().map(digest).collect();
    // SAFETY: as above, the inputs were last used when the digests were made.
    for (digest, made) in unsafe { digests.as_mut() }.as_chunks_mut().0.iter_mut().zip(made) {
        *digest = made;
    }
    Ok(())
}

/// As `keyedDigests`, with HMAC-SM3 (GB/T 15852.2 clause 7).
#[napi(catch_unwind)]
pub fn keyed_digests_sm3(
    keys: Uint8ArraySlice<'_>,
    kinds: Uint8ArraySlice<'_>,
    messages: Uint8ArraySlice<'_>,
    ends: Uint32ArraySlice<'_>,
    mut digests: Uint8ArraySlice<'_>,
) -> Result<()> {
    let keys = checked_keys(&keys, &kinds, &messages, &ends, &digests)?;
    let keyed = divided(&messages, &ends).zip(kinds.iter());
    let keyed: Vec<_> = keyed.map(|(message, &kind)| KeyedSm3 { key: usize::from(kind), message }).collect();
    let made = current()?.hmac_sm3(keys, &keyed);
    // SAFETY: as above.
    for (digest, made) in unsafe { digests.as_mut() }.as_chunks_mut::<KEYED_DIGEST_BYTES>().0.iter_mut().zip(made) {
        digest.copy_from_slice(&made[..KEYED_DIGEST_BYTES]);
    }
    Ok(())
}

/// As `prefixedDigests`, with SM3.
#[napi(catch_unwind)]
pub fn prefixed_digests_sm3(
    prefix: u32,
    bytes: Uint8ArraySlice<'_>,
    bounds: Uint32ArraySlice<'_>,
    mut digests: Uint8ArraySlice<'_>,
) -> Result<()> {
    let (prefix, parts) = checked_parts(prefix, &bytes, &bounds, &digests)?;
    let parts: Vec<_> = parts.iter().map(|&[start, end]| &bytes[start as usize..end as usize]).collect();
    let made = current()?.sm3_prefixed(prefix, &parts);
    // SAFETY: as above.
    for (digest, made) in unsafe { digests.as_mut() }.as_chunks_mut().0.iter_mut().zip(made) {
        *digest = made;
    }
    Ok(())
}

/// The keys, where everything fits together.
fn checked_keys<'a>(
    keys: &'a [u8],
    kinds: &[u8],
    messages: &[u8],
    ends: &[u32],
    digests: &[u8],
) -> Result<&'a [[u8; KEY_BYTES]]> {
    let (keys, rest) = keys.as_chunks::<KEY_BYTES>();
    if !rest.is_empty() {
        return Err(misuse(format!("a key has {KEY_BYTES} bytes, {} are left over", rest.len())));
    }
    check_length("ends", ends.len(), kinds.len(), 1)?;
    check_length("digests", digests.len(), kinds.len(), KEYED_DIGEST_BYTES)?;
    if let Some(kind) = kinds.iter().find(|&&kind| usize::from(kind) >= keys.len()) {
        return Err(misuse(format!("there is no key {kind}")));
    }
    if !ends.is_sorted() || ends.last().map_or(0, |&end| end as usize) != messages.len() {
        return Err(misuse("the ends do not divide the messages".to_owned()));
    }
    Ok(keys)
}

/// The messages between the ends.
fn divided<'a>(messages: &'a [u8], ends: &[u32]) -> impl Iterator<Item = &'a [u8]> {
    let mut from = 0;
    ends.iter().map(move |&end| {
        let message = &messages[from..end as usize];
        from = end as usize;
        message
    })
}

/// The byte and the bounds, where everything fits together.
fn checked_parts<'a>(prefix: u32, bytes: &[u8], bounds: &'a [u32], digests: &[u8]) -> Result<(u8, &'a [[u32; 2]])> {
    let Ok(prefix) = u8::try_from(prefix) else {
        return Err(misuse(format!("{prefix} is no byte")));
    };
    let (parts, rest) = bounds.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(misuse("a part has a start and an end".to_owned()));
    }
    check_length("digests", digests.len(), parts.len(), DIGEST_BYTES)?;
    if parts.iter().any(|&[start, end]| start > end || end as usize > bytes.len()) {
        return Err(misuse("the bounds do not lie within the bytes".to_owned()));
    }
    Ok((prefix, parts))
}

/// The two hashes of RFC 2104 clause 2 after their first block, which is the padded key.
struct Keyed {
    inner: Sha256,
    outer: Sha256,
}

impl Keyed {
    fn new(key: &[u8; KEY_BYTES]) -> Self {
        let begun = |pad: u8| {
            let mut block = [pad; BLOCK_BYTES];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            Sha256::new_with_prefix(block)
        };
        Self { inner: begun(0x36), outer: begun(0x5c) }
    }

    fn digest(&self, message: &[u8]) -> [u8; KEYED_DIGEST_BYTES] {
        let inner = self.inner.clone().chain_update(message).finalize();
        let outer = self.outer.clone().chain_update(inner).finalize();
        core::array::from_fn(|i| outer[i])
    }
}
