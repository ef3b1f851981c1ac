//! What an SM2 signature is made over: e = SM3(Z_A ‖ M), GB/T 32918.2 clauses 5.5 and 7.1.

use crate::backend::Backend;
use crate::curve::{Curve, Sm2};
use crate::limbs;
use crate::sm3::{DIGEST_BYTES, INITIAL, Padded, digest};

/// ENTL is the bit length of the ID in two bytes.
pub const ID_BYTES_MAX: usize = 8_191;

/// A message with what binds it to its signer.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// X ‖ Y, big-endian; whether it is a point of the curve is not looked at.
    pub key: &'a [u8; 64],
    /// The distinguishing ID, at most `ID_BYTES_MAX` long.
    pub id: &'a [u8],
    /// M.
    pub message: &'a [u8],
}

/// e for each message. Panics on an ID that is too long.
pub fn digests(backend: &dyn Backend, messages: &[Message<'_>]) -> Vec<[u8; DIGEST_BYTES]> {
    let parameters = curve_parameters();
    let mut identities = Padded::default();
    for Message { key, id, .. } in messages {
        assert!(id.len() <= ID_BYTES_MAX, "an ID has at most {ID_BYTES_MAX} bytes");
        let id_bits = (8 * id.len() as u16).to_be_bytes();
        identities.push(&[&id_bits, id, parameters.as_flattened(), *key]);
    }
    let begun = vec![INITIAL; messages.len()];
    let mut bound = Padded::default();
    for (state, Message { message, .. }) in backend.sm3(&begun, &identities.messages()).iter().zip(messages) {
        bound.push(&[&digest(state), message]);
    }
    backend.sm3(&begun, &bound.messages()).iter().map(digest).collect()
}

/// a ‖ b ‖ xG ‖ yG, with a = p - 3.
fn curve_parameters() -> [[u8; 32]; 4] {
    let mut a = Sm2::P.m;
    a[0] -= 3;
    [a, Sm2::B, Sm2::G[0], Sm2::G[1]].map(|number| limbs::to_bytes(&number))
}
