//! A token that is reached by PKCS#11: signs with CKM_ECDSA and CKM_EDDSA, wraps with CKM_AES_KEY_WRAP.
mod functions;
mod session;
mod types;

use std::cell::RefCell;
use std::collections::HashMap;

use crate::End;
use crate::device::{Device, DeviceError, SignatureAlgorithm, WrapAlgorithm};
use crate::library::Library;
use crate::secret::Secret;
use session::Session;
use types::{
    CLASS_PRIVATE_KEY, CLASS_PUBLIC_KEY, CLASS_SECRET_KEY, Handle, KEY_AES, KEY_EC, KEY_EC_EDWARDS, MECHANISM_ECDSA,
    MECHANISM_EDDSA, Ulong,
};

const POINT_BYTES: usize = 64;
const EDWARDS_BYTES: usize = 32;
/// DER of an OCTET STRING, and of an uncompressed point in it (SEC 1 clause 2.3.3).
const OCTET_STRING: u8 = 0x04;
const UNCOMPRESSED: u8 = 0x04;

pub struct Token {
    name: String,
    session: Session,
    /// By class, type and label.
    found: RefCell<HashMap<(Ulong, Ulong, String), Handle>>,
}

impl Token {
    pub fn open(module: &str, token: &str, pin_file: &str) -> Result<Self, End> {
        let mut pin = Secret::read(pin_file)?;
        let library = Library::load(module)?;
        let (session, name) = Session::open(&library, token, pin.bytes_mut())?;
        Ok(Self { name, session, found: RefCell::default() })
    }

    /// The one key of a label.
    fn key(&self, class: Ulong, kind: Ulong, label: &str) -> Result<Handle, DeviceError> {
        let place = (class, kind, label.to_owned());
        if let Some(&known) = self.found.borrow().get(&place) {
            return Ok(known);
        }
        let found = match self.session.find(class, kind, label)?[..] {
            [one] => one,
            [] => return Err(DeviceError::NoKey(format!("the token has no key {label} of that kind"))),
            _ => return Err(DeviceError::UnusableKey(format!("the token has more than one key {label}"))),
        };
        self.found.borrow_mut().insert(place, found);
        Ok(found)
    }

    fn wrapping_key(&self, algorithm: WrapAlgorithm, label: &str) -> Result<Handle, DeviceError> {
        match algorithm {
            WrapAlgorithm::Aes256Kw => {
                let key = self.key(CLASS_SECRET_KEY, KEY_AES, label)?;
                match self.session.value_bytes(key)? {
                    32 => Ok(key),
                    bytes => Err(DeviceError::UnusableKey(format!("{label} has {bytes} bytes, and AES-256 needs 32"))),
                }
            }
            WrapAlgorithm::Sm4Kw => Err(DeviceError::Unsupported("PKCS#11 knows no SM4".into())),
        }
    }
}

/// Type of the key, and how it signs.
fn signing(algorithm: SignatureAlgorithm) -> Result<(Ulong, Ulong), DeviceError> {
    match algorithm {
        SignatureAlgorithm::Ed25519 => Ok((KEY_EC_EDWARDS, MECHANISM_EDDSA)),
        SignatureAlgorithm::Es256 => Ok((KEY_EC, MECHANISM_ECDSA)),
        SignatureAlgorithm::Sm2 => Err(DeviceError::Unsupported("PKCS#11 knows no SM2".into())),
    }
}

impl Device for Token {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn public_key(&self, algorithm: SignatureAlgorithm, label: &str) -> Result<Vec<u8>, DeviceError> {
        let (kind, _) = signing(algorithm)?;
        let point = self.session.point(self.key(CLASS_PUBLIC_KEY, kind, label)?)?;
        bare_point(algorithm, &point)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| DeviceError::UnusableKey(format!("{label} is on another curve")))
    }

    fn sign(&self, algorithm: SignatureAlgorithm, label: &str, input: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let (kind, mechanism) = signing(algorithm)?;
        self.session.sign(mechanism, self.key(CLASS_PRIVATE_KEY, kind, label)?, input)
    }

    fn wrap(&self, algorithm: WrapAlgorithm, label: &str, key: &[u8]) -> Result<Vec<u8>, DeviceError> {
        self.session.wrap(self.wrapping_key(algorithm, label)?, key)
    }

    fn unwrap(&self, algorithm: WrapAlgorithm, label: &str, wrapped: &[u8]) -> Result<Vec<u8>, DeviceError> {
        self.session.unwrap(self.wrapping_key(algorithm, label)?, wrapped)
    }
}

/// CKA_EC_POINT is the point in an OCTET STRING, or, of some tokens, bare.
fn bare_point(algorithm: SignatureAlgorithm, point: &[u8]) -> Option<&[u8]> {
    let bytes = match algorithm {
        SignatureAlgorithm::Ed25519 => EDWARDS_BYTES,
        _ => 1 + POINT_BYTES,
    };
    let bare = match point {
        [OCTET_STRING, length, rest @ ..] if point.len() == 2 + bytes && usize::from(*length) == bytes => rest,
        _ => point,
    };
    if bare.len() != bytes {
        return None;
    }
    if algorithm == SignatureAlgorithm::Ed25519 { Some(bare) } else { bare.strip_prefix(&[UNCOMPRESSED]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_bare_and_in_an_octet_string() {
        let mut point = vec![4];
        point.extend_from_slice(&[9; 64]);
        let wrapped = [&[4, 65][..], &point].concat();
        for given in [&point, &wrapped] {
            assert_eq!(bare_point(SignatureAlgorithm::Es256, given), Some(&[9; 64][..]));
        }
        let wrapped = [&[4, 32][..], &[7; 32]].concat();
        for given in [&[7; 32][..], &wrapped] {
            assert_eq!(bare_point(SignatureAlgorithm::Ed25519, given), Some(&[7; 32][..]));
        }
        // Compressed, of another curve, or nothing.
        for given in [&[2; 33][..], &[4; 97], &[]] {
            assert_eq!(bare_point(SignatureAlgorithm::Es256, given), None);
        }
    }
}
