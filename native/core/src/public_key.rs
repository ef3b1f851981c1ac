//! Public keys on their own: decompression and the check that bytes are a point of the curve.

use crate::curve::{Curve, CurveId, P256, Sm2};
use crate::limbs;
use crate::scalar::point::Affine;
use crate::task::coordinates;

/// Bytes of a compressed point.
pub const COMPRESSED_BYTES: usize = 33;

/// X ‖ Y of 02 ‖ X or 03 ‖ X (SEC 1 clause 2.3.4, GB/T 32918.1 clause 4.2.10), or nothing when there is no such point.
pub fn decompress(curve: CurveId, compressed: &[u8; COMPRESSED_BYTES]) -> Option<[u8; 64]> {
    match curve {
        CurveId::Sm2 => decompress_on::<Sm2>(compressed),
        CurveId::P256 => decompress_on::<P256>(compressed),
    }
}

/// Whether X ‖ Y is a point of the curve with both coordinates below p. Infinity has no such form.
pub fn is_on_curve(curve: CurveId, key: &[u8; 64]) -> bool {
    let [x, y] = coordinates(key);
    match curve {
        CurveId::Sm2 => Affine::<Sm2>::from_integers(&x, &y).is_some(),
        CurveId::P256 => Affine::<P256>::from_integers(&x, &y).is_some(),
    }
}

fn decompress_on<C: Curve>(compressed: &[u8; COMPRESSED_BYTES]) -> Option<[u8; 64]> {
    let (&prefix, x) = compressed.split_first()?;
    let y_is_odd = match prefix {
        2 => false,
        3 => true,
        _ => return None,
    };
    let point = Affine::<C>::decompress(&limbs::from_bytes(x.first_chunk()?), y_is_odd)?;
    let mut key = [0; 64];
    key[..32].copy_from_slice(&limbs::to_bytes(&point.x.to_integer()));
    key[32..].copy_from_slice(&limbs::to_bytes(&point.y.to_integer()));
    Some(key)
}
