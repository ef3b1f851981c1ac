//! The known-answer test that every back-end passes before it is used: published signatures, and the same ones
//! damaged, in every lane, with every kind of key.

use crate::curve::CurveId;
use crate::engine::{Engine, Prepared};
use crate::sm2_digest::Message;
use crate::sm3_batch::Keyed;
use crate::task::{Job, REPEATED};

struct KnownAnswer {
    curve: CurveId,
    key: [u8; 64],
    digest: [u8; 32],
    signature: [u8; 64],
}

const KNOWN_ANSWERS: [KnownAnswer; 2] = [
    // GM/T 0003.5-2012 annex A.2: user 1234567812345678, message "message digest".
    KnownAnswer {
        curve: CurveId::Sm2,
        key: hex("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"),
        digest: hex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"),
        signature: hex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
             b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"),
    },
    // RFC 6979 clause A.2.5: P-256 with SHA-256, message "sample".
    KnownAnswer {
        curve: CurveId::P256,
        key: hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
             7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"),
        digest: hex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
        signature: hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"),
    },
];

/// Jobs in the test's batch: a full vector, and one job that is left over.
const BATCH: usize = 9;

/// What the first answer's digest is made of, and the messages in the test's batch: a full vector, and one left over.
const ID: &[u8] = b"1234567812345678";
const MESSAGE: &[u8] = b"message digest";
const MESSAGES: usize = 17;

/// GM/T 0042-2015 annex D.3: the key counts from 1 to 32, the message is said twice.
const HMAC_KEY: [u8; 32] = hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
const HMAC_MESSAGE: &[u8] =
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopqabcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const HMAC: [u8; 32] = hex("ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
/// GB/T 32905-2016 annex A.1: SM3 of "abc".
const SM3_ABC: [u8; 32] = hex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");

/// Runs the test; an error says what came out wrong.
pub fn check(engine: &Engine) -> Result<(), String> {
    let KnownAnswer { key, digest, .. } = &KNOWN_ANSWERS[0];
    if engine.sm2_digests(&[Message { key, id: ID, message: MESSAGE }; MESSAGES]) != [*digest; MESSAGES] {
        return Err("a digest of SM2".to_owned());
    }
    if engine.hmac_sm3(&[[0; 32], HMAC_KEY], &[Keyed { key: 1, message: HMAC_MESSAGE }; MESSAGES]) != [HMAC; MESSAGES] {
        return Err("HMAC-SM3".to_owned());
    }
    if engine.sm3_prefixed(b'a', &[b"bc".as_slice(); MESSAGES]) != [SM3_ABC; MESSAGES] {
        return Err("SM3".to_owned());
    }
    for answer in &KNOWN_ANSWERS {
        check_answer(engine, answer, 0)?;
        check_answer(engine, answer, REPEATED)?;
        let Prepared::Handle(handle) = engine.prepare(answer.curve, &answer.key) else {
            return Err(format!("{:?}: the key could not be prepared", answer.curve));
        };
        let checked = check_answer(engine, answer, handle);
        engine.release(handle);
        checked?;
    }
    Ok(())
}

fn check_answer(engine: &Engine, answer: &KnownAnswer, prepared: u32) -> Result<(), String> {
    let KnownAnswer { curve, key, digest, signature } = answer;
    let good = Job { curve: *curve, key, digest, signature, prepared };
    let mut wrong_digest = *digest;
    wrong_digest[31] ^= 1;
    let mut wrong_s = *signature;
    wrong_s[40] ^= 0x10;
    let bad = [Job { digest: &wrong_digest, ..good }, Job { signature: &wrong_s, ..good }];
    for lane in 0..BATCH {
        let mut jobs = [good; BATCH];
        jobs[lane] = bad[lane % bad.len()];
        let expected: Vec<bool> = (0..BATCH).map(|i| i != lane).collect();
        if engine.verify(&jobs) != expected {
            let kind = match prepared {
                0 => "plain",
                REPEATED => "repeated",
                _ => "prepared",
            };
            return Err(format!("{curve:?} with a {kind} key, wrong job at {lane}"));
        }
    }
    Ok(())
}

/// Reads hexadecimal digits at compile time.
const fn hex<const BYTES: usize>(digits: &str) -> [u8; BYTES] {
    assert!(digits.len() == 2 * BYTES);
    let mut bytes = [0; BYTES];
    let mut i = 0;
    while i < BYTES {
        bytes[i] = nibble(digits.as_bytes()[2 * i]) << 4 | nibble(digits.as_bytes()[2 * i + 1]);
        i += 1;
    }
    bytes
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("not a hexadecimal digit"),
    }
}
