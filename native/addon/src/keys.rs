//! Public keys: prepared, decompressed, checked.

use napi::bindgen_prelude::{Result, Uint8ArraySlice};
use napi_derive::napi;
use onecard_engine::engine::Prepared;
use onecard_engine::public_key::{self, COMPRESSED_BYTES};

use crate::arrays::{check_length, curve, exactly};
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

/// Writes X ‖ Y of a compressed point of 33 bytes into `key`. False, with `key` as it was, when it is not a point of the
/// curve.
#[napi(catch_unwind)]
pub fn decompress(curve_number: u32, compressed: Uint8ArraySlice<'_>, mut key: Uint8ArraySlice<'_>) -> Result<bool> {
    check_length("key", key.len(), 1, 64)?;
    let point = public_key::decompress(curve(curve_number)?, exactly("compressed", &compressed)?);
    let Some(point) = point else { return Ok(false) };
    // SAFETY: the view of the input was last used above; JavaScript does not run meanwhile.
    unsafe { key.as_mut() }.copy_from_slice(&point);
    Ok(true)
}

/// Decompresses n points of 33 bytes into `keys`, 64 bytes each; `verdicts` has 1 for each that is a point of its curve,
/// and 0 with a key of zeros for each that is none. Throws on wrong sizes or curves only, before anything is written.
#[napi(catch_unwind)]
pub fn decompress_batch(
    curves: Uint8ArraySlice<'_>,
    compressed: Uint8ArraySlice<'_>,
    mut keys: Uint8ArraySlice<'_>,
    mut verdicts: Uint8ArraySlice<'_>,
) -> Result<()> {
    let count = curves.len();
    check_length("compressed", compressed.len(), count, COMPRESSED_BYTES)?;
    check_length("keys", keys.len(), count, 64)?;
    check_length("verdicts", verdicts.len(), count, 1)?;
    let points = curves.iter().zip(compressed.as_chunks::<COMPRESSED_BYTES>().0);
    let points = points.map(|(&number, bytes)| Ok((curve(number.into())?, bytes)));
    let decompressed = current()?.decompress(&points.collect::<Result<Vec<_>>>()?);
    // SAFETY: the views of the inputs ended above, and each of these is used up before the next one begins; JavaScript
    // does not run meanwhile.
    for (key, point) in unsafe { keys.as_mut() }.as_chunks_mut::<64>().0.iter_mut().zip(&decompressed) {
        *key = point.unwrap_or([0; 64]);
    }
    // SAFETY: as above.
    for (verdict, point) in unsafe { verdicts.as_mut() }.iter_mut().zip(&decompressed) {
        *verdict = point.is_some().into();
    }
    Ok(())
}

/// Whether X ‖ Y is a point of the curve with both coordinates below p.
#[napi(catch_unwind)]
pub fn is_on_curve(curve_number: u32, key: Uint8ArraySlice<'_>) -> Result<bool> {
    Ok(public_key::is_on_curve(curve(curve_number)?, exactly("key", &key)?))
}
