//! The public operation of RSA against an independent implementation, and at its edges.

mod support;

use num_bigint::BigUint;
use onecard_engine::rsa::{Exponent, MODULUS_BYTES, recover};
use support::random::Random;

const EXPONENTS: [(Exponent, u32); 2] = [(Exponent::Three, 3), (Exponent::Fermat4, 65_537)];

fn random_bytes(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.word() as u8).collect()
}

fn odd_modulus(random: &mut Random, length: usize) -> Vec<u8> {
    let mut modulus = random_bytes(random, length);
    modulus[0] |= 0x80;
    modulus[length - 1] |= 1;
    modulus
}

fn padded(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; length - bytes.len()], bytes].concat()
}

fn check(modulus: &[u8], signature: &[u8]) {
    let (n, s) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(signature));
    for (exponent, number) in EXPONENTS {
        let mut block = vec![0xa5; modulus.len()];
        assert_eq!(recover(modulus, exponent, signature, &mut block), s < n);
        let expected =
            if s < n { padded(&s.modpow(&number.into(), &n), modulus.len()) } else { vec![0xa5; modulus.len()] };
        assert_eq!(block, expected, "e = {number}, n = {n:x}, s = {s:x}");
    }
}

#[test]
fn every_length_of_modulus() {
    let mut random = Random(1);
    for length in MODULUS_BYTES {
        for _ in 0..12 {
            let modulus = odd_modulus(&mut random, length);
            let mut signature = random_bytes(&mut random, length);
            check(&modulus, &signature);
            signature[0] = 0;
            check(&modulus, &signature);
        }
    }
}

/// Digits of all ones and of zeros are where an estimate of a quotient's digit is wrong.
#[test]
fn moduli_and_signatures_of_extreme_limbs() {
    let mut random = Random(2);
    for length in [64_usize, 65, 71, 72, 128, 144, 248, 255, 256] {
        for _ in 0..300 {
            let mut extreme = || -> Vec<u8> {
                let limbs = (0..length.div_ceil(8)).flat_map(|_| match random.word() % 5 {
                    0 => [0; 8],
                    1 => [0xff; 8],
                    2 => [0x80, 0, 0, 0, 0, 0, 0, 0],
                    3 => [0, 0, 0, 0, 0, 0, 0, 1],
                    _ => random.word().to_be_bytes(),
                });
                limbs.take(length).collect()
            };
            let (mut modulus, signature) = (extreme(), extreme());
            modulus[0] |= 0x80;
            modulus[length - 1] |= 1;
            check(&modulus, &signature);
        }
    }
}

#[test]
fn numbers_around_the_modulus() {
    let mut random = Random(3);
    for length in [64, 100, 128, 247, 256] {
        let modulus = odd_modulus(&mut random, length);
        let n = BigUint::from_bytes_be(&modulus);
        for s in [BigUint::ZERO, 1u32.into(), 2u32.into(), &n - 2u32, &n - 1u32, n.clone(), &n + 1u32] {
            let bytes = s.to_bytes_be();
            if bytes.len() <= length {
                check(&modulus, &padded(&s, length));
            }
        }
    }
}

#[test]
fn what_is_no_modulus_or_has_another_length_is_refused() {
    let mut random = Random(4);
    let modulus = odd_modulus(&mut random, 128);
    let signature = [vec![0], random_bytes(&mut random, 127)].concat();
    let refused = |modulus: &[u8], signature: &[u8], length: usize| {
        let mut block = vec![0; length];
        !recover(modulus, Exponent::Three, signature, &mut block) && block.iter().all(|&byte| byte == 0)
    };
    assert!(!refused(&modulus, &signature, 128));
    assert!(refused(&modulus, &signature[1..], 128) && refused(&modulus, &signature, 127));
    let mut even = modulus.clone();
    even[127] &= 0xfe;
    let mut short = modulus.clone();
    short[0] &= 0x7f;
    assert!(refused(&even, &signature, 128) && refused(&short, &signature, 128));
    assert!(refused(&[], &[], 0));
    let (small, large) = (odd_modulus(&mut random, 63), odd_modulus(&mut random, 257));
    assert!(refused(&small, &[0; 63], 63) && refused(&large, &[0; 257], 257));
}
