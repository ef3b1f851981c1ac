//! Requests and answers, version 1: docs/key-holders.md has every byte.
use crate::device::{DeviceError, SignatureAlgorithm, WrapAlgorithm};
use crate::key_wrap;

pub const VERSION: u8 = 1;
const LABEL_BYTES_MAX: usize = 64;
const MESSAGE_BYTES_MAX: usize = 65_000;
const DIGEST_BYTES: usize = 32;
const WRAPPED_BYTES_MAX: usize = 512;
const SENTENCE_BYTES_MAX: usize = 256;

#[derive(Debug, PartialEq)]
pub enum Request<'a> {
    Hello,
    PublicKey { algorithm: SignatureAlgorithm, label: &'a str },
    Sign { algorithm: SignatureAlgorithm, label: &'a str, input: &'a [u8] },
    Wrap { algorithm: WrapAlgorithm, label: &'a str, key: &'a [u8] },
    Unwrap { algorithm: WrapAlgorithm, label: &'a str, wrapped: &'a [u8] },
}

/// What stands at the front of every body.
pub fn id_of(body: &[u8]) -> [u8; 4] {
    let mut id = [0; 4];
    let there = body.len().min(4);
    id[..there].copy_from_slice(&body[..there]);
    id
}

/// None: the bytes are no request of this version.
pub fn request(body: &[u8]) -> Option<Request<'_>> {
    let (&operation, rest) = body.get(4..)?.split_first()?;
    if operation == 1 {
        return (rest == [VERSION]).then_some(Request::Hello);
    }
    let (&algorithm, rest) = rest.split_first()?;
    let (&label_bytes, rest) = rest.split_first()?;
    let label_bytes = usize::from(label_bytes);
    if label_bytes == 0 || label_bytes > LABEL_BYTES_MAX || rest.len() < label_bytes {
        return None;
    }
    let (label, input) = rest.split_at(label_bytes);
    let label = std::str::from_utf8(label).ok()?;
    match operation {
        2 => input.is_empty().then_some(Request::PublicKey { algorithm: signing(algorithm)?, label }),
        3 => {
            let algorithm = signing(algorithm)?;
            let fits = match algorithm {
                SignatureAlgorithm::Ed25519 => (1..=MESSAGE_BYTES_MAX).contains(&input.len()),
                _ => input.len() == DIGEST_BYTES,
            };
            fits.then_some(Request::Sign { algorithm, label, input })
        }
        4 => key_wrap::is_key(input).then_some(Request::Wrap { algorithm: wrapping(algorithm)?, label, key: input }),
        5 => (1..=WRAPPED_BYTES_MAX).contains(&input.len()).then_some(Request::Unwrap {
            algorithm: wrapping(algorithm)?,
            label,
            wrapped: input,
        }),
        _ => None,
    }
}

/// Body of an answer.
pub fn answer(id: [u8; 4], result: &Result<Vec<u8>, DeviceError>) -> Vec<u8> {
    let (status, rest): (u8, &[u8]) = match result {
        Ok(bytes) => (0, bytes),
        Err(DeviceError::Unsupported(said)) => (2, sentence(said)),
        Err(DeviceError::NoKey(said)) => (3, sentence(said)),
        Err(DeviceError::UnusableKey(said)) => (4, sentence(said)),
        Err(DeviceError::Unreadable(said)) => (5, sentence(said)),
        Err(DeviceError::Device(said)) => (6, sentence(said)),
    };
    body(id, status, rest)
}

/// To what could not be read.
pub fn malformed(id: [u8; 4]) -> Vec<u8> {
    body(id, 1, b"this is no request of version 1")
}

fn body(id: [u8; 4], status: u8, rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(5 + rest.len());
    body.extend_from_slice(&id);
    body.push(status);
    body.extend_from_slice(rest);
    body
}

fn sentence(text: &str) -> &[u8] {
    &text.as_bytes()[..text.len().min(SENTENCE_BYTES_MAX)]
}

fn signing(number: u8) -> Option<SignatureAlgorithm> {
    match number {
        1 => Some(SignatureAlgorithm::Ed25519),
        2 => Some(SignatureAlgorithm::Es256),
        3 => Some(SignatureAlgorithm::Sm2),
        _ => None,
    }
}

fn wrapping(number: u8) -> Option<WrapAlgorithm> {
    match number {
        17 => Some(WrapAlgorithm::Aes256Kw),
        18 => Some(WrapAlgorithm::Sm4Kw),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(operation: u8, algorithm: u8, label: &str, input: &[u8]) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 9, operation, algorithm, label.len() as u8];
        body.extend_from_slice(label.as_bytes());
        body.extend_from_slice(input);
        body
    }

    #[test]
    fn every_request_is_read() {
        assert_eq!(request(&[0, 0, 0, 1, 1, 1]), Some(Request::Hello));
        let label = "7";
        let algorithm = SignatureAlgorithm::Sm2;
        assert_eq!(request(&bytes(2, 3, label, b"")), Some(Request::PublicKey { algorithm, label }));
        assert_eq!(request(&bytes(3, 3, label, &[1; 32])), Some(Request::Sign { algorithm, label, input: &[1; 32] }));
        let algorithm = WrapAlgorithm::Sm4Kw;
        assert_eq!(request(&bytes(4, 18, label, &[1; 32])), Some(Request::Wrap { algorithm, label, key: &[1; 32] }));
        let wrapped = &[1; 60][..];
        assert_eq!(request(&bytes(5, 18, label, wrapped)), Some(Request::Unwrap { algorithm, label, wrapped }));
    }

    #[test]
    fn nothing_else_is() {
        for body in [
            vec![],
            vec![0, 0, 0, 1],
            vec![0, 0, 0, 1, 1],
            vec![0, 0, 0, 1, 1, 2],
            vec![0, 0, 0, 1, 1, 1, 0],
            vec![0, 0, 0, 1, 2, 3, 5, b'7'],
            bytes(2, 3, "", b""),
            bytes(2, 3, &"x".repeat(65), b""),
            bytes(2, 3, "7", b"x"),
            bytes(2, 17, "7", b""),
            bytes(3, 3, "7", &[1; 31]),
            bytes(3, 1, "7", b""),
            bytes(3, 1, "7", &vec![1; 65_001]),
            bytes(4, 18, "7", &[1; 8]),
            bytes(4, 18, "7", &[1; 20]),
            bytes(4, 18, "7", &[1; 72]),
            bytes(4, 3, "7", &[1; 32]),
            bytes(5, 18, "7", b""),
            bytes(5, 18, "7", &[1; 513]),
            bytes(6, 3, "7", b""),
            vec![0, 0, 0, 1, 2, 3, 1, 0xff],
        ] {
            assert_eq!(request(&body), None, "{body:?}");
        }
    }

    #[test]
    fn an_answer_names_what_it_answers() {
        assert_eq!(answer([0, 0, 1, 2], &Ok(vec![5, 6])), [0, 0, 1, 2, 0, 5, 6]);
        let long = DeviceError::NoKey("é".repeat(200));
        assert_eq!(answer([0; 4], &Err(long)).len(), 5 + 256);
        assert_eq!(malformed(id_of(&[1, 2]))[..5], [1, 2, 0, 0, 1]);
    }
}
