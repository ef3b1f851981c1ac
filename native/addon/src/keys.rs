//! Public keys: prepared, decompressed, checked.

use napi::bindgen_prelude::{Result, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use onecard_engine::engine::Prepared;
use onecard_engine::public_key;

use crate::arrays::{curve, exactly};
use crate::engines::current;

/// Makes the table that verifies a key's signatures without doublings, in about two milliseconds and 256 KiB, or shares
/// the one made before. Gives a handle for `verifyBatch`; 0 when as many keys are prepared as are allowed; null when the
/// bytes are not a point of the curve. Each handle is released once.
#[napi(catch_unwind)]
pub fn prepare_key(curve_number: u32, key: Uint8ArraySlice<'_>) -> Result<Option<u32>> {
    let (curve, key) = (curve(curve_number)?, exactly("key", &key)?);
    Ok(match current()?.prepare(curve, key) {
        Prepared::Handle(handle) => Some(handle),
        Prepared::Full => Some(0),
        Prepared::Invalid => None,
    })
}

/// Ends one use of a prepared key; the last frees its table. False when the handle is not, or no longer, good.
#[napi(catch_unwind)]
pub fn release_key(handle: u32) -> Result<bool> {
    Ok(current()?.release(handle))
}

/// Keys prepared now.
#[napi(catch_unwind)]
pub fn prepared_keys() -> Result<u32> {
    Ok(current()?.prepared_count() as u32)
}

/// X ‖ Y of a compressed point of 33 bytes, or null when it is not a point of the curve.
#[napi(catch_unwind)]
pub fn decompress(curve_number: u32, compressed: Uint8ArraySlice<'_>) -> Result<Option<Uint8Array>> {
    let key = public_key::decompress(curve(curve_number)?, exactly("compressed", &compressed)?);
    Ok(key.map(|key| Uint8Array::from(key.as_slice())))
}

/// Whether X ‖ Y is a point of the curve with both coordinates below p.
#[napi(catch_unwind)]
pub fn is_on_curve(curve_number: u32, key: Uint8ArraySlice<'_>) -> Result<bool> {
    Ok(public_key::is_on_curve(curve(curve_number)?, exactly("key", &key)?))
}
