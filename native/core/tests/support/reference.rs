//! The independent implementations: the `p256` and `sm2` crates, and signing with their arithmetic.

use onecard_engine::curve::CurveId;

use super::random::Random;
use super::{OwnedJob, halves, join};

type Scalar = [u8; 32];
type Point = [u8; 64];

/// Arithmetic of one curve on big-endian bytes. Scalars are taken modulo n.
pub struct Reference {
    pub curve: CurveId,
    /// a·b + c mod n.
    pub mul_add: fn(&Scalar, &Scalar, &Scalar) -> Scalar,
    /// -a mod n.
    pub neg: fn(&Scalar) -> Scalar,
    /// a^-1 mod n.
    pub invert: fn(&Scalar) -> Scalar,
    /// X ‖ Y of u1·G + u2·Q, or nothing at infinity.
    pub combine: fn(&Scalar, &Scalar, &Point) -> Option<Point>,
    /// X ‖ Y of d·G, or nothing at infinity.
    pub public_key: fn(&Scalar) -> Option<Point>,
    /// X ‖ Y of a compressed point.
    pub decompress: fn(&[u8; 33]) -> Option<Point>,
    /// The verdict on a job.
    pub verify: fn(&OwnedJob) -> bool,
}

macro_rules! arithmetic {
    ($krate:ident, $curve:expr, $verify:expr) => {{
        use $krate::elliptic_curve::ff::PrimeField;
        use $krate::elliptic_curve::ops::Reduce;
        use $krate::elliptic_curve::sec1::ToSec1Point;
        use $krate::{FieldBytes, ProjectivePoint, PublicKey, Scalar};

        fn scalar(bytes: &[u8; 32]) -> Scalar {
            Reduce::<FieldBytes>::reduce(&FieldBytes::from(*bytes))
        }
        fn point(key: &[u8; 64]) -> Option<ProjectivePoint> {
            let mut bytes = [4; 65];
            bytes[1..].copy_from_slice(key);
            Some(PublicKey::from_sec1_bytes(&bytes).ok()?.to_projective())
        }
        fn coordinates(point: &ProjectivePoint) -> Option<[u8; 64]> {
            point.to_affine().to_sec1_point(false).as_bytes().get(1..)?.try_into().ok()
        }
        Reference {
            curve: $curve,
            mul_add: |a, b, c| (scalar(a) * scalar(b) + scalar(c)).to_repr().into(),
            neg: |a| (-scalar(a)).to_repr().into(),
            invert: |a| scalar(a).invert().unwrap().to_repr().into(),
            combine: |u1, u2, key| coordinates(&(ProjectivePoint::GENERATOR * scalar(u1) + point(key)? * scalar(u2))),
            public_key: |d| coordinates(&(ProjectivePoint::GENERATOR * scalar(d))),
            decompress: |compressed| coordinates(&PublicKey::from_sec1_bytes(compressed).ok()?.to_projective()),
            verify: $verify,
        }
    }};
}

/// The reference of a curve.
pub fn reference(curve: CurveId) -> Reference {
    match curve {
        CurveId::Sm2 => arithmetic!(sm2, CurveId::Sm2, verify_sm2),
        CurveId::P256 => arithmetic!(p256, CurveId::P256, verify_p256),
    }
}

fn sec1(key: &[u8; 64]) -> [u8; 65] {
    let mut bytes = [4; 65];
    bytes[1..].copy_from_slice(key);
    bytes
}

fn verify_sm2(job: &OwnedJob) -> bool {
    use sm2::dsa::signature::hazmat::PrehashVerifier;
    use sm2::dsa::{Signature, VerifyingKey};
    let Ok(key) = VerifyingKey::from_sec1_bytes("1234567812345678", &sec1(&job.key)) else { return false };
    let Ok(signature) = Signature::from_slice(&job.signature) else { return false };
    key.verify_prehash(&job.digest, &signature).is_ok()
}

fn verify_p256(job: &OwnedJob) -> bool {
    use p256::ecdsa::signature::hazmat::PrehashVerifier;
    use p256::ecdsa::{Signature, VerifyingKey};
    let Ok(key) = VerifyingKey::from_sec1_bytes(&sec1(&job.key)) else { return false };
    let Ok(signature) = Signature::from_slice(&job.signature) else { return false };
    key.verify_prehash(&job.digest, &signature).is_ok()
}

impl Reference {
    /// A job with a signature that verifies, of the key d and the nonce k.
    pub fn sign(&self, d: &[u8; 32], k: &[u8; 32], digest: &[u8; 32]) -> OwnedJob {
        let (x, _) = halves(&(self.public_key)(k).expect("k is not 0"));
        let (zero, one) = (super::small(0), super::small(1));
        let (r, s) = match self.curve {
            CurveId::Sm2 => {
                // GB/T 32918.2 clause 6.1: r = e + x1, s = (1 + d)^-1·(k - r·d).
                let r = (self.mul_add)(digest, &one, &x);
                let k_minus_rd = (self.mul_add)(&(self.neg)(&r), d, k);
                (r, (self.mul_add)(&(self.invert)(&(self.mul_add)(d, &one, &one)), &k_minus_rd, &zero))
            }
            CurveId::P256 => {
                let r = (self.mul_add)(&x, &one, &zero);
                let e_plus_rd = (self.mul_add)(&r, d, digest);
                (r, (self.mul_add)(&(self.invert)(k), &e_plus_rd, &zero))
            }
        };
        let key = (self.public_key)(d).expect("d is not 0");
        OwnedJob { curve: self.curve, key, digest: *digest, signature: join(&r, &s) }
    }

    /// A job that verifies, all of it random.
    pub fn random_job(&self, random: &mut Random) -> OwnedJob {
        self.sign(&random.bytes(), &random.bytes(), &random.bytes())
    }

    /// A job whose verification multiplies by exactly u1 and u2, and which claims that the sum has the x coordinate
    /// given. It verifies if that is so. None where no signature leads to these scalars.
    pub fn job_of_scalars(&self, key: &[u8; 64], u1: &[u8; 32], u2: &[u8; 32], x: &[u8; 32]) -> Option<OwnedJob> {
        let (zero, one) = (super::small(0), super::small(1));
        let (r, s, digest) = match self.curve {
            CurveId::Sm2 => {
                let r = (self.mul_add)(&(self.neg)(u1), &one, u2);
                (r, (self.mul_add)(u1, &one, &zero), (self.mul_add)(&(self.neg)(x), &one, &r))
            }
            CurveId::P256 => {
                let r = (self.mul_add)(x, &one, &zero);
                let s = (self.mul_add)(&r, &(self.invert)(u2), &zero);
                (r, s, (self.mul_add)(u1, &s, &zero))
            }
        };
        let out_of_range = r == zero || s == zero;
        (!out_of_range).then_some(OwnedJob { curve: self.curve, key: *key, digest, signature: join(&r, &s) })
    }
}
