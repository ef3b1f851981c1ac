//! The public operation of RSA.

use napi::bindgen_prelude::{Result, Uint8ArraySlice};
use napi_derive::napi;
use onecard_engine::rsa::{Exponent, recover};

use crate::arrays::{check_length, misuse};

/// Writes s^e mod n into `block`, which is as long as the modulus, of 64 to 256 bytes; e is 3 or 65537. False, with
/// `block` as it was, when the signature is not as long or its number not below n, or the modulus is even or begins with a
/// bit of 0. Throws on another exponent or length of `block`.
#[napi(catch_unwind)]
pub fn rsa_recover(
    modulus: Uint8ArraySlice<'_>,
    exponent: u32,
    signature: Uint8ArraySlice<'_>,
    mut block: Uint8ArraySlice<'_>,
) -> Result<bool> {
    check_length("block", block.len(), modulus.len(), 1)?;
    let exponent = match exponent {
        3 => Exponent::Three,
        65_537 => Exponent::Fermat4,
        other => return Err(misuse(format!("the exponent is 3 or 65537, not {other}"))),
    };
    let mut recovered = [0; 256];
    let Some(recovered) = recovered.get_mut(..modulus.len()) else { return Ok(false) };
    let is_good = recover(&modulus, exponent, &signature, recovered);
    if is_good {
        // SAFETY: the views of the inputs were last used above; JavaScript does not run meanwhile.
        unsafe { block.as_mut() }.copy_from_slice(recovered);
    }
    Ok(is_good)
}
