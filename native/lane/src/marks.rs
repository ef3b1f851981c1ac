//! Who took a showing, as the store has it: `tapMark` of `gateway/cluster/store/store-names.ts`.

use onecard_engine::sm3;
use sha2::{Digest, Sha256};

use crate::asks::Wanted;

const DIGEST_BYTES: usize = 8;
const SM3_PREFIX: &[u8] = b"sm3:";
const MARK_BYTES_MAX: usize = 4 + 2 * DIGEST_BYTES;

/// What a mark is made with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algorithm {
    /// FIPS 180-4.
    Sha256,
    /// GB/T 32905.
    Sm3,
}

/// The first 8 bytes of a digest of device, stream and number, in hex; one of SM3 says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    bytes: [u8; MARK_BYTES_MAX],
    length: u8,
}

impl Mark {
    /// Of a tap.
    pub fn of(wanted: &Wanted<'_>, algorithm: Algorithm) -> Self {
        let seq = wanted.seq.to_string();
        let parts = [wanted.device_id, b"\0", wanted.stream, b"\0", seq.as_bytes()];
        let digest: [u8; 32] = match algorithm {
            Algorithm::Sha256 => {
                parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
            }
            Algorithm::Sm3 => {
                let mut padded = sm3::Padded::default();
                padded.push(&parts);
                sm3::digest(&sm3::absorb(sm3::INITIAL, padded.messages()[0]))
            }
        };
        let prefix = if algorithm == Algorithm::Sm3 { SM3_PREFIX } else { b"" };
        let mut bytes = [0; MARK_BYTES_MAX];
        bytes[..prefix.len()].copy_from_slice(prefix);
        for (pair, byte) in bytes[prefix.len()..].as_chunks_mut::<2>().0.iter_mut().zip(&digest[..DIGEST_BYTES]) {
            *pair = hex(*byte);
        }
        Self { bytes, length: (prefix.len() + 2 * DIGEST_BYTES) as u8 }
    }

    /// As it stands in the store.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// Whether it could be any mark.
pub fn is_mark(text: &[u8]) -> bool {
    let digits = text.strip_prefix(SM3_PREFIX).unwrap_or(text);
    digits.len() == 2 * DIGEST_BYTES && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// Two digits.
pub fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}
