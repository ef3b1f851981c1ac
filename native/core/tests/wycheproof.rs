//! Wycheproof's P-256 vectors on every back-end. They are read from $ONECARD_VECTORS/wycheproof; without that folder
//! the tests pass and say so.

mod support;

use std::path::PathBuf;

use onecard_engine::curve::CurveId;
use p256::ecdsa::Signature;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use support::{OwnedJob, engines, hex, verify_plain, verify_prepared, verify_repeated};

/// What came of a file, which does not change.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    accepted: usize,
    refused: usize,
    /// Not strict DER of two integers: refused before the engine.
    malformed: usize,
}

fn vectors(file: &str) -> Option<Value> {
    let Some(root) = std::env::var_os("ONECARD_VECTORS") else {
        eprintln!("ONECARD_VECTORS is not set: {file} is not tested");
        return None;
    };
    let path = PathBuf::from(root).join("wycheproof").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).expect("the file is JSON"))
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().expect("a string of hexadecimal digits");
    (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn check(file: &str, hash: fn(&[u8]) -> [u8; 32], expected_counts: &Counts) {
    let Some(document) = vectors(file) else { return };
    let mut counts = Counts { accepted: 0, refused: 0, malformed: 0 };
    let (mut jobs, mut expected) = (Vec::new(), Vec::new());
    for group in document["testGroups"].as_array().expect("groups") {
        let key: [u8; 65] = hex(group["publicKey"]["uncompressed"].as_str().expect("a key"));
        for test in group["tests"].as_array().expect("tests") {
            let valid = match test["result"].as_str() {
                Some("valid") => true,
                Some("invalid") => false,
                other => panic!("unknown result {other:?}"),
            };
            let Some(signature) = raw_signature(&bytes(&test["sig"])) else {
                assert!(!valid, "test {} has a good signature", test["tcId"]);
                counts.malformed += 1;
                continue;
            };
            let key = key[1..].try_into().unwrap();
            jobs.push(OwnedJob { curve: CurveId::P256, key, digest: hash(&bytes(&test["msg"])), signature });
            expected.push(valid);
            *if valid { &mut counts.accepted } else { &mut counts.refused } += 1;
        }
    }
    assert_eq!(counts, *expected_counts);
    for engine in engines() {
        assert_eq!(verify_plain(&engine, &jobs), expected, "{} plain", engine.name());
        for (jobs, expected) in jobs.chunks(32).zip(expected.chunks(32)) {
            assert_eq!(verify_prepared(&engine, jobs), expected, "{} prepared", engine.name());
            assert_eq!(verify_repeated(&engine, jobs), expected, "{} repeated", engine.name());
        }
    }
}

/// r ‖ s of a strict DER signature, also with r or s out of range where they fit 32 bytes.
fn raw_signature(der: &[u8]) -> Option<[u8; 64]> {
    if let Ok(signature) = Signature::from_der(der) {
        return Some(signature.to_bytes().into());
    }
    let [0x30, length, rest @ ..] = der else { return None };
    if usize::from(*length) != rest.len() || *length >= 0x80 {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    rest.is_empty().then_some(support::join(&r, &s))
}

/// A non-negative INTEGER of minimal length and at most 32 bytes.
fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    let (digits, rest) = rest.split_at_checked(usize::from(*length))?;
    let digits = match digits {
        [] | [0x80..=0xff, ..] | [0, 0..0x80, ..] => return None,
        [0, digits @ ..] => digits,
        digits => digits,
    };
    let mut number = [0; 32];
    number[32usize.checked_sub(digits.len())?..].copy_from_slice(digits);
    Some((number, rest))
}

#[test]
fn sha256() {
    let counts = Counts { accepted: 174, refused: 75, malformed: 235 };
    check("ecdsa_secp256r1_sha256_test.json", |message| Sha256::digest(message).into(), &counts);
}

/// FIPS 186-5 clause 6.4.2 step 2: of a longer digest the leftmost 256 bits.
#[test]
fn sha512() {
    let counts = Counts { accepted: 243, refused: 77, malformed: 234 };
    check("ecdsa_secp256r1_sha512_test.json", |message| Sha512::digest(message)[..32].try_into().unwrap(), &counts);
}
