//! SM4 in counter mode with HMAC-SM3, in one call.

use napi::bindgen_prelude::{Result, Uint8ArraySlice};
use napi_derive::napi;
use onecard_engine::seal::{COUNTER_BYTES, SealKey, TAG_BYTES};

use crate::arrays::{check_length, exactly, misuse};

/// Makes a key of SM4, 16 bytes, and one of HMAC-SM3, 32 bytes, ready for `seal` and `open`: writes 192 bytes into `ready`,
/// which are as secret as the keys. Throws on other lengths, before anything is written.
#[napi(catch_unwind)]
pub fn seal_key(
    cipher_key: Uint8ArraySlice<'_>,
    mac_key: Uint8ArraySlice<'_>,
    mut ready: Uint8ArraySlice<'_>,
) -> Result<()> {
    let key = SealKey::new(exactly("cipherKey", &cipher_key)?, exactly("macKey", &mac_key)?).to_bytes();
    check_length("ready", ready.len(), key.len(), 1)?;
    // SAFETY: the views of the inputs were last used above; JavaScript does not run meanwhile.
    unsafe { ready.as_mut() }.copy_from_slice(&key);
    Ok(())
}

/// Encrypts and then authenticates (GB/T 36624 clause 10). `sealed` has its counter in its first 16 bytes, which no other
/// message under this key has, and receives the ciphertext, as long as `plain`, and the tag of 32 bytes. `ready`: of
/// `sealKey`. Throws on lengths that do not fit together, before anything is written.
#[napi(catch_unwind)]
pub fn seal(
    ready: Uint8ArraySlice<'_>,
    associated: Uint8ArraySlice<'_>,
    plain: Uint8ArraySlice<'_>,
    mut sealed: Uint8ArraySlice<'_>,
) -> Result<()> {
    let key = SealKey::from_bytes(exactly("ready", &ready)?);
    check_length("sealed", sealed.len(), COUNTER_BYTES + plain.len() + TAG_BYTES, 1)?;
    let Some(counter) = sealed.first_chunk() else { return Err(misuse("there is no counter".to_owned())) };
    let made = key.seal(counter, &associated, &plain);
    // SAFETY: as above.
    unsafe { sealed.as_mut() }.copy_from_slice(&made);
    Ok(())
}

/// Writes what was sealed into `plain`. False, with `plain` as it was, where it was changed, or sealed under another key or
/// `associated`. Throws on lengths that do not fit together.
#[napi(catch_unwind)]
pub fn open(
    ready: Uint8ArraySlice<'_>,
    associated: Uint8ArraySlice<'_>,
    sealed: Uint8ArraySlice<'_>,
    mut plain: Uint8ArraySlice<'_>,
) -> Result<bool> {
    let key = SealKey::from_bytes(exactly("ready", &ready)?);
    check_length("sealed", sealed.len(), COUNTER_BYTES + plain.len() + TAG_BYTES, 1)?;
    let Some(made) = key.open(&associated, &sealed) else { return Ok(false) };
    // SAFETY: as above.
    unsafe { plain.as_mut() }.copy_from_slice(&made);
    Ok(true)
}
