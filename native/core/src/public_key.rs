//! Public keys on their own: decompression and the check that bytes are a point of the curve.

use crate::backend::Backend;
use crate::curve::{Curve, CurveId, P256, Sm2};
use crate::limbs::{self, Limbs};
use crate::scalar::ScalarBackend;
use crate::scalar::point::Affine;
use crate::task::coordinates;

/// Bytes of a compressed point.
pub const COMPRESSED_BYTES: usize = 33;

/// X ‖ Y of 02 ‖ X or 03 ‖ X, or nothing when there is no such point.
pub fn decompress(curve: CurveId, compressed: &[u8; COMPRESSED_BYTES]) -> Option<[u8; 64]> {
    decompress_all(&ScalarBackend::default(), curve, &[compressed])[0]
}

/// The same for many points of one curve, on a back-end (SEC 1 clause 2.3.4, GB/T 32918.1 clause 4.2.10).
pub fn decompress_all(
    backend: &dyn Backend,
    curve: CurveId,
    compressed: &[&[u8; COMPRESSED_BYTES]],
) -> Vec<Option<[u8; 64]>> {
    let p = prime(curve);
    let parsed: Vec<Option<(Limbs, bool)>> = compressed.iter().map(|bytes| parse(bytes, p)).collect();
    let xs: Vec<Limbs> = parsed.iter().flatten().map(|(x, _)| *x).collect();
    let mut ys = backend.lift(curve, &xs).into_iter();
    let keys = parsed.into_iter().map(|parsed| {
        let (x, y_is_odd) = parsed?;
        let y = ys.next()??;
        // Neither curve has a point with y = 0, so exactly one of y and p - y is odd.
        let y = if (y[0] & 1 == 1) == y_is_odd { y } else { limbs::sub(p, &y).0 };
        let mut key = [0; 64];
        key[..32].copy_from_slice(&limbs::to_bytes(&x));
        key[32..].copy_from_slice(&limbs::to_bytes(&y));
        Some(key)
    });
    keys.collect()
}

/// Whether X ‖ Y is a point of the curve with both coordinates below p. Infinity has no such form.
pub fn is_on_curve(curve: CurveId, key: &[u8; 64]) -> bool {
    let [x, y] = coordinates(key);
    match curve {
        CurveId::Sm2 => Affine::<Sm2>::from_integers(&x, &y).is_some(),
        CurveId::P256 => Affine::<P256>::from_integers(&x, &y).is_some(),
    }
}

/// The x coordinate, if it is below p, and whether y is odd.
fn parse(compressed: &[u8; COMPRESSED_BYTES], p: &Limbs) -> Option<(Limbs, bool)> {
    let (&prefix, x) = compressed.split_first()?;
    let y_is_odd = match prefix {
        2 => false,
        3 => true,
        _ => return None,
    };
    let x = limbs::from_bytes(x.first_chunk()?);
    limbs::less(&x, p).then_some((x, y_is_odd))
}

fn prime(curve: CurveId) -> &'static Limbs {
    match curve {
        CurveId::Sm2 => const { &Sm2::P.m },
        CurveId::P256 => const { &P256::P.m },
    }
}
