//! Verification of a batch.

use napi::bindgen_prelude::{Result, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use onecard_engine::task::Job;

use crate::arrays::{check_length, curve};
use crate::engines::current;

/// Verifies n jobs, SM2 signatures (GB/T 32918.2) for curve 0 and ECDSA (FIPS 186-5) for curve 1, and writes one
/// verdict each: 1 verifies, 0 does not. Keys are X ‖ Y and signatures r ‖ s, 64 bytes each, digests 32 bytes; for SM2
/// the digest is e = SM3(Z_A ‖ M). `prepared` has a handle from `prepareKey` for each job, or 0xffffffff where the key
/// signs again and again and a table of 4 KiB may be kept of it, or 0: a hint, the verdict is about the key's bytes. Throws on wrong sizes or curves only, before any verdict is written. The arrays must not be
/// shared with a thread that writes to them meanwhile.
#[napi(catch_unwind)]
pub fn verify_batch(
    curves: Uint8ArraySlice<'_>,
    keys: Uint8ArraySlice<'_>,
    digests: Uint8ArraySlice<'_>,
    signatures: Uint8ArraySlice<'_>,
    prepared: Uint32ArraySlice<'_>,
    mut verdicts: Uint8ArraySlice<'_>,
) -> Result<()> {
    let count = curves.len();
    check_length("keys", keys.len(), count, 64)?;
    check_length("digests", digests.len(), count, 32)?;
    check_length("signatures", signatures.len(), count, 64)?;
    check_length("prepared", prepared.len(), count, 1)?;
    check_length("verdicts", verdicts.len(), count, 1)?;

    let (keys, digests, signatures) =
        (keys.as_chunks::<64>().0, digests.as_chunks::<32>().0, signatures.as_chunks::<64>().0);
    let jobs = (0..count).map(|i| {
        let curve = curve(curves[i].into())?;
        Ok(Job { curve, key: &keys[i], digest: &digests[i], signature: &signatures[i], prepared: prepared[i] })
    });
    let jobs = jobs.collect::<Result<Vec<Job<'_>>>>()?;
    let decided = current()?.verify(&jobs);
    // SAFETY: the views of the inputs end with `jobs`, so even where the caller's arrays overlap nothing else refers to
    // these bytes now; JavaScript does not run meanwhile.
    let verdicts = unsafe { verdicts.as_mut() };
    for (verdict, verifies) in verdicts.iter_mut().zip(decided) {
        *verdict = verifies.into();
    }
    Ok(())
}
