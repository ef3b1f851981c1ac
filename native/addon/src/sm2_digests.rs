//! What the SM2 signatures of a batch are made over.

use napi::bindgen_prelude::{Result, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use onecard_engine::sm2_digest::{ID_BYTES_MAX, Message};

use crate::arrays::{check_length, misuse};
use crate::engines::current;

/// Writes the digests of n jobs that `verifyBatch` is to verify: e = SM3(Z_A ‖ M), GB/T 32918.2 clause 7.1. `jobs` has
/// their numbers: the key of job j is 64 bytes from 64·j in `keys`, its digest 32 bytes from 32·j in `digests`; those of
/// other jobs stay as they are. `messages` has, for each, its distinguishing ID and M one behind the other, and `ends`
/// where either ends; the last end is the length of `messages`. Throws on sizes, ends or jobs that do not fit together
/// and on IDs above 8,191 bytes, before anything is written.
#[napi(catch_unwind)]
pub fn sm2_digests(
    jobs: Uint32ArraySlice<'_>,
    keys: Uint8ArraySlice<'_>,
    messages: Uint8ArraySlice<'_>,
    ends: Uint32ArraySlice<'_>,
    mut digests: Uint8ArraySlice<'_>,
) -> Result<()> {
    check_length("ends", ends.len(), jobs.len(), 2)?;
    let keys = keys.as_chunks::<64>().0;
    check_length("digests", digests.len(), keys.len(), 32)?;
    if let Some(job) = jobs.iter().find(|&&job| job as usize >= keys.len()) {
        return Err(misuse(format!("there is no job {job}")));
    }
    if !ends.is_sorted() || ends.last().map_or(0, |&end| end as usize) != messages.len() {
        return Err(misuse("the ends do not divide the messages".to_owned()));
    }
    let mut from = 0;
    let parts = jobs.iter().zip(ends.as_chunks::<2>().0).map(|(&job, &[id_end, end])| {
        let (id, message) = (&messages[from..id_end as usize], &messages[id_end as usize..end as usize]);
        from = end as usize;
        if id.len() > ID_BYTES_MAX {
            return Err(misuse(format!("an ID has at most {ID_BYTES_MAX} bytes")));
        }
        Ok(Message { key: &keys[job as usize], id, message })
    });
    let made = current()?.sm2_digests(&parts.collect::<Result<Vec<_>>>()?);
    let places = jobs.to_vec();
    // SAFETY: the views of the inputs were last used above, so even where the caller's arrays overlap nothing else refers
    // to these bytes now; JavaScript does not run meanwhile.
    let digests = unsafe { digests.as_mut() }.as_chunks_mut::<32>().0;
    for (job, made) in places.into_iter().zip(made) {
        digests[job as usize] = made;
    }
    Ok(())
}
