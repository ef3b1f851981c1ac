//! SM4 and what is sealed with it: the examples of the standard, the circuit and the AES instruction against the table of
//! the standard, and everything that does not open.

mod support;

use onecard_engine::seal::{COUNTER_BYTES, READY_BYTES, SealKey, TAG_BYTES};
#[cfg(target_arch = "x86_64")]
use onecard_engine::sm4::aes::{self, Aes};
use onecard_engine::sm4::substitution::substituted;
use onecard_engine::sm4::{Block, RoundKeys, count, planes, round_keys};
use sm3::{Digest, Sm3};
use support::hex;
use support::random::Random;

/// GB/T 32907 clause 6.2 a, the table of S.
const TABLE: &str = "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699\
    9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6\
    4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35\
    1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e\
    eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3\
    1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51\
    8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0\
    8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948";
/// GB/T 32907 annex A.1: the key is the plain text.
const EXAMPLE: &str = "0123456789abcdeffedcba9876543210";

type Count = fn(&RoundKeys, &Block, &mut [u8]);

/// Every way that this machine has.
fn ways() -> Vec<(&'static str, Count)> {
    let mut ways: Vec<(&'static str, Count)> = vec![("as chosen", count), ("planes", planes::count)];
    #[cfg(target_arch = "x86_64")]
    if Aes::detect().is_some() {
        ways.push(("aes", |keys, counter, data| aes::count(Aes::detect().unwrap(), keys, counter, data)));
    }
    ways
}

/// Clauses 6 and 7.1 with the table.
fn encrypted(keys: &RoundKeys, block: Block) -> Block {
    let table: [u8; 256] = hex(TABLE);
    let mut x: [u32; 4] = core::array::from_fn(|i| u32::from_be_bytes(block.as_chunks::<4>().0[i]));
    for key in keys {
        let b = u32::from_be_bytes((x[1] ^ x[2] ^ x[3] ^ key).to_be_bytes().map(|byte| table[usize::from(byte)]));
        let mixed = [2, 10, 18, 24].iter().fold(b, |sum, &bits| sum ^ b.rotate_left(bits));
        x = [x[1], x[2], x[3], x[0] ^ mixed];
    }
    x.reverse();
    x.map(u32::to_be_bytes).as_flattened().try_into().unwrap()
}

fn random_bytes(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.word() as u8).collect()
}

#[test]
fn the_circuit_is_the_table() {
    let table: [u8; 256] = hex(TABLE);
    for (byte, expected) in table.into_iter().enumerate() {
        let planes = substituted(core::array::from_fn(|bit| (byte >> bit) as u8 & 1));
        let made = (0..8).fold(0, |made, bit| made | (planes[bit] & 1) << bit);
        assert_eq!(made, expected, "S of {byte}");
    }
}

/// In counter mode over zeros, the first block is the counter's encryption.
#[test]
fn examples_of_gb_t_32907_annex_a() {
    let keys = round_keys(&hex(EXAMPLE));
    assert_eq!((keys[0], keys[31]), (0xf12186f9, 0x9124a012));
    for (name, count) in ways() {
        let mut block: Block = hex(EXAMPLE);
        let mut stream = [0; 16];
        count(&keys, &block, &mut stream);
        assert_eq!(stream, hex("681edf34d206965e86b3e94f536e4246"), "{name}");
        for _ in 0..10_000 {
            stream = [0; 16];
            count(&keys, &block, &mut stream);
            block = stream;
        }
        assert_eq!(
            encrypted(&keys, stream),
            {
                let mut next = [0; 16];
                count(&keys, &stream, &mut next);
                next
            },
            "{name}"
        );
    }
}

#[test]
fn the_example_of_a_million_times() {
    let keys = round_keys(&hex(EXAMPLE));
    let mut block: Block = hex(EXAMPLE);
    for _ in 0..1_000_000 {
        block = encrypted(&keys, block);
    }
    assert_eq!(block, hex("595298c7c6fd271f0402f804c33d3f66"), "what the ways are compared with");
}

#[test]
fn every_length_and_counters_that_run_over() {
    let mut random = Random(1);
    for (name, count) in ways() {
        for length in (0..600).chain([1_023, 1_024, 1_025, 4_097, 65_536]) {
            let keys = round_keys(&random.bytes());
            let mut counter: Block = random.bytes();
            if length % 3 == 0 {
                counter = (u128::MAX - (length % 7) as u128).to_be_bytes();
            }
            let plain = random_bytes(&mut random, length);
            let expected: Vec<u8> = plain
                .chunks(16)
                .enumerate()
                .flat_map(|(i, part)| {
                    let at = u128::from_be_bytes(counter).wrapping_add(i as u128).to_be_bytes();
                    let stream = encrypted(&keys, at);
                    part.iter().zip(stream).map(|(a, b)| a ^ b).collect::<Vec<u8>>()
                })
                .collect();
            let mut data = plain.clone();
            count(&keys, &counter, &mut data);
            assert!(data == expected, "{name}: {length} bytes");
        }
    }
}

/// GB/T 36624 clause 10, said with the independent implementation of SM3.
fn tag(key: &[u8; 32], associated: &[u8], body: &[u8]) -> [u8; 32] {
    let pad = |byte: u8| -> [u8; 64] { core::array::from_fn(|i| byte ^ key.get(i).copied().unwrap_or(0)) };
    let length = (associated.len() as u64).to_be_bytes();
    let inner = Sm3::new().chain_update(pad(0x36)).chain_update(length).chain_update(associated).chain_update(body);
    Sm3::new().chain_update(pad(0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[test]
fn what_is_sealed_opens_and_is_what_the_standard_says() {
    let mut random = Random(2);
    for length in (0..300).chain([1_200, 5_000]) {
        let (cipher_key, mac_key, counter) = (random.bytes(), random.bytes(), random.bytes());
        let associated = {
            let most = random.below(200);
            random_bytes(&mut random, most)
        };
        let plain = random_bytes(&mut random, length);
        let key = SealKey::from_bytes(&SealKey::new(&cipher_key, &mac_key).to_bytes());
        let sealed = key.seal(&counter, &associated, &plain);
        let mut body = plain.clone();
        planes::count(&round_keys(&cipher_key), &counter, &mut body);
        let expected = [&counter[..], &body].concat();
        assert_eq!(sealed[..COUNTER_BYTES + length], expected);
        assert_eq!(sealed[COUNTER_BYTES + length..], tag(&mac_key, &associated, &expected));
        assert_eq!(key.open(&associated, &sealed), Some(plain));
    }
}

#[test]
fn what_was_changed_cut_or_put_elsewhere_does_not_open() {
    let key = SealKey::new(&[1; 16], &[2; 32]);
    let sealed = key.seal(&[3; COUNTER_BYTES], b"place", b"some plain text");
    assert!(key.open(b"place", &sealed).is_some());
    for bit in 0..8 * sealed.len() {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.open(b"place", &changed), None);
    }
    for length in 0..sealed.len() {
        assert_eq!(key.open(b"place", &sealed[..length]), None);
        assert_eq!(key.open(b"place", &sealed[sealed.len() - length..]), None);
    }
    // What is associated and the counter are told apart by the length in front.
    assert_eq!(key.open(b"plac", &[b"e", &sealed[..]].concat()), None);
    assert_eq!(SealKey::new(&[1; 16], &[4; 32]).open(b"place", &sealed), None);
    let empty = key.seal(&[3; COUNTER_BYTES], b"", b"");
    assert_eq!((empty.len(), key.open(b"", &empty)), (COUNTER_BYTES + TAG_BYTES, Some(Vec::new())));
    assert_eq!(SealKey::from_bytes(&[0; READY_BYTES]).open(b"place", &sealed), None);
}
