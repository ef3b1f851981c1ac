//! SM3 and the digests of SM2: the examples of the standards, and every back-end against an independent implementation,
//! for every length and number of messages side by side.

mod support;

use onecard_engine::engine::Engine;
use onecard_engine::sm2_digest::{ID_BYTES_MAX, Message};
use onecard_engine::sm3::{INITIAL, Padded, absorb, digest};
use onecard_engine::sm3_batch::Keyed;
use sm3::{Digest, Sm3};
use support::random::Random;
use support::{engines, hex};

/// a ‖ b ‖ xG ‖ yG of GB/T 32918.5 clause 2.
const CURVE: &str = "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc\
    28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93\
    32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7\
    bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";

fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let mut padded = Padded::default();
    padded.push(parts);
    let states: Vec<_> = padded.messages().iter().map(|blocks| absorb(INITIAL, blocks)).collect();
    let [state] = states[..] else { panic!("one message is one message") };
    digest(&state)
}

fn expected(key: &[u8; 64], id: &[u8], message: &[u8]) -> [u8; 32] {
    let entl = [(id.len() >> 5) as u8, (id.len() << 3) as u8];
    let curve: [u8; 128] = hex(&CURVE.replace(' ', ""));
    let z = Sm3::new().chain_update(entl).chain_update(id).chain_update(curve).chain_update(key).finalize();
    Sm3::new().chain_update(z).chain_update(message).finalize().into()
}

fn random_bytes(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.word() as u8).collect()
}

#[test]
fn examples_of_gb_t_32905_annex_a() {
    let one = hex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(sm3(&[b"abc"]), one);
    let two = hex("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    assert_eq!(sm3(&[&b"abcd".repeat(16)]), two);
    assert_eq!(sm3(&[b"a", b"", b"bc"]), one, "in parts");
}

#[test]
fn every_length_around_the_blocks() {
    let mut random = Random(1);
    for length in (0..260).chain([1_000, 65_535]) {
        let message = random_bytes(&mut random, length);
        assert_eq!(sm3(&[&message]), <[u8; 32]>::from(Sm3::digest(&message)), "{length} bytes");
    }
}

/// Messages of unlike lengths beside each other, from none to more than two vectors.
#[test]
fn every_number_of_messages() {
    for engine in engines() {
        let mut random = Random(2);
        for count in 0..=40 {
            for longest in [1, 60, 300, 2_000] {
                check(&engine, &mut random, count, longest);
            }
        }
    }
}

fn check(engine: &Engine, random: &mut Random, count: usize, longest: usize) {
    let owned: Vec<([u8; 64], Vec<u8>, Vec<u8>)> = (0..count)
        .map(|_| {
            let (id, message) = (random.below(longest), random.below(longest));
            (random.bytes(), random_bytes(random, id), random_bytes(random, message))
        })
        .collect();
    let messages: Vec<_> = owned.iter().map(|(key, id, message)| Message { key, id, message }).collect();
    let wanted: Vec<_> = owned.iter().map(|(key, id, message)| expected(key, id, message)).collect();
    assert!(engine.sm2_digests(&messages) == wanted, "{}: {count} messages up to {longest}", engine.name());
}

#[test]
fn the_longest_id() {
    let key = [7; 64];
    for engine in engines() {
        let id = [0x55; ID_BYTES_MAX];
        let message = Message { key: &key, id: &id, message: b"m" };
        assert_eq!(engine.sm2_digests(&[message; 3]), [expected(&key, &id, b"m"); 3]);
    }
}

/// RFC 2104 clause 2, said with the independent implementation of SM3.
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let pad = |byte: u8| -> [u8; 64] { core::array::from_fn(|i| byte ^ key.get(i).copied().unwrap_or(0)) };
    let inner = Sm3::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sm3::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// Messages of unlike lengths, keyed with unlike keys, and parts behind a byte.
#[test]
fn every_number_of_keyed_messages() {
    for engine in engines() {
        let mut random = Random(3);
        let keys: [[u8; 32]; 6] = core::array::from_fn(|_| random.bytes());
        for count in 0..=40 {
            for longest in [1, 60, 300, 2_000] {
                let owned: Vec<(usize, Vec<u8>)> = (0..count)
                    .map(|_| {
                        let (key, length) = (random.below(keys.len()), random.below(longest));
                        (key, random_bytes(&mut random, length))
                    })
                    .collect();
                let messages: Vec<_> = owned.iter().map(|(key, message)| Keyed { key: *key, message }).collect();
                let wanted: Vec<_> = owned.iter().map(|(key, message)| hmac(&keys[*key], message)).collect();
                assert!(engine.hmac_sm3(&keys, &messages) == wanted, "{}: {count} up to {longest}", engine.name());
                let parts: Vec<&[u8]> = owned.iter().map(|(_, message)| &message[..]).collect();
                let wanted: Vec<[u8; 32]> = parts
                    .iter()
                    .map(|part| Sm3::new().chain_update([7]).chain_update(part).finalize().into())
                    .collect();
                assert!(engine.sm3_prefixed(7, &parts) == wanted, "{}: {count} up to {longest}", engine.name());
            }
        }
    }
}

/// Every length in one batch, so that lanes change their message at every number of blocks; the longest first, last and between.
#[test]
fn every_length_in_lanes() {
    for engine in engines() {
        let mut random = Random(4);
        let key: [u8; 32] = random.bytes();
        for step in [1, 7, 300] {
            let lengths = (0..=300).map(|i| i * step % 301);
            let owned: Vec<Vec<u8>> = lengths.map(|length| random_bytes(&mut random, length)).collect();
            let parts: Vec<&[u8]> = owned.iter().map(|part| &part[..]).collect();
            let wanted: Vec<[u8; 32]> =
                parts.iter().map(|part| Sm3::new().chain_update([1]).chain_update(part).finalize().into()).collect();
            assert!(engine.sm3_prefixed(1, &parts) == wanted, "{}: lengths by {step}", engine.name());
            let messages: Vec<_> = parts.iter().map(|message| Keyed { key: 0, message }).collect();
            let wanted: Vec<_> = parts.iter().map(|part| hmac(&key, part)).collect();
            assert!(engine.hmac_sm3(&[key], &messages) == wanted, "{}: lengths by {step}", engine.name());
        }
    }
}
