//! The portable field and the arithmetic modulo n against slow arithmetic, random and at the edges.

mod support;

use onecard_engine::curve::{Curve, P256, Sm2};
use onecard_engine::inverse::invert;
use onecard_engine::limbs::{Limbs, ZERO, from_bytes, halve, is_zero, less, sub, to_bytes};
use onecard_engine::modulus::Modulus;
use onecard_engine::recode::{OddScalar, digit, non_adjacent};
use onecard_engine::scalar::field::{Fp, invert_all};
use support::random::Random;

const ONE: Limbs = [1, 0, 0, 0];

/// a·b mod m, bit by bit.
fn slow_mul(modulus: &Modulus, a: &Limbs, b: &Limbs) -> Limbs {
    let mut product = ZERO;
    for bit in (0..256).rev() {
        product = modulus.add(&product, &product);
        if b[bit / 64] >> (bit % 64) & 1 == 1 {
            product = modulus.add(&product, a);
        }
    }
    product
}

/// Numbers below m: the ends, words of all zeros and all ones, powers of two, random ones.
fn numbers(m: &Limbs, random: &mut Random) -> Vec<Limbs> {
    let mut numbers = vec![ZERO, ONE, [2, 0, 0, 0], halve(m)];
    for small in 1..4 {
        numbers.push(sub(m, &[small, 0, 0, 0]).0);
    }
    for pattern in 0..16 {
        let words = core::array::from_fn(|i| if pattern >> i & 1 == 1 { u64::MAX } else { 0 });
        numbers.push(words);
        numbers.push(words.map(|word: u64| word << 32));
        numbers.push(words.map(|word: u64| word >> 32));
    }
    for bit in (0..256).step_by(13) {
        let mut power = ZERO;
        power[bit / 64] = 1 << (bit % 64);
        numbers.push(power);
        numbers.push(sub(&power, &ONE).0);
    }
    numbers.extend((0..30).map(|_| from_bytes(&random.bytes())));
    numbers.retain(|number| less(number, m));
    numbers
}

fn moduli() -> [(&'static str, Modulus); 4] {
    [("sm2 p", Sm2::P), ("sm2 n", Sm2::N), ("p256 p", P256::P), ("p256 n", P256::N)]
}

#[test]
fn modular_arithmetic() {
    for (name, modulus) in moduli() {
        let numbers = numbers(&modulus.m, &mut Random(20));
        for a in &numbers {
            let entered = modulus.mul(a, &modulus.r2);
            assert_eq!(modulus.mul(&entered, &ONE), *a, "{name}");
            for b in &numbers {
                let product = slow_mul(&modulus, a, b);
                assert_eq!(modulus.mul(&entered, b), product, "{name}: {a:x?} · {b:x?}");
                assert_eq!(modulus.sub(&modulus.add(a, b), b), *a);
            }
        }
    }
}

#[test]
fn inversion() {
    for (name, modulus) in moduli() {
        let mut random = Random(21);
        let mut numbers = numbers(&modulus.m, &mut random);
        numbers.extend((0..2000).map(|_| modulus.reduce(&from_bytes(&random.bytes()))));
        for a in numbers {
            let inverse = invert(&modulus, &a);
            let expected = if is_zero(&a) { ZERO } else { ONE };
            assert_eq!(modulus.mul(&modulus.mul(&a, &modulus.r2), &inverse), expected, "{name}: {a:x?}");
            assert!(less(&inverse, &modulus.m));
        }
    }
}

fn field<C: Curve>() {
    let p = C::P;
    let numbers = numbers(&p.m, &mut Random(22));
    for a in &numbers {
        // The numbers are taken as Montgomery forms, so that it is these words that are multiplied.
        let left = Fp::<C>::from_montgomery(*a);
        assert_eq!(left.square().montgomery(), p.mul(a, a), "{a:x?}²");
        assert_eq!(left.to_integer(), p.mul(a, &ONE));
        assert_eq!(left.neg().add(&left).montgomery(), ZERO);
        assert_eq!(left.halve().double().montgomery(), *a);
        for b in &numbers {
            let right = Fp::<C>::from_montgomery(*b);
            assert_eq!(left.mul(&right).montgomery(), p.mul(a, b), "{a:x?} · {b:x?}");
            assert_eq!(left.sub(&right).montgomery(), p.sub(a, b));
        }
        if let Some(root) = left.square().sqrt() {
            assert!(root.equals(&left) || root.equals(&left.neg()));
        } else {
            panic!("a square has a root");
        }
        // -1 is no square modulo p ≡ 3 mod 4, so of ±a² only one is.
        assert!(left.is_zero() || left.square().neg().sqrt().is_none());
    }
    let mut elements: Vec<Fp<C>> = numbers.iter().filter(|a| !is_zero(a)).map(|a| Fp::from_montgomery(*a)).collect();
    let originals = elements.clone();
    invert_all(&mut elements);
    for (inverse, original) in elements.iter().zip(&originals) {
        assert!(inverse.mul(original).equals(&Fp::ONE));
    }
}

#[test]
fn prime_fields() {
    field::<Sm2>();
    field::<P256>();
}

#[test]
fn odd_digits_add_up() {
    for (name, modulus) in moduli() {
        for u in numbers(&modulus.m, &mut Random(23)) {
            let odd = OddScalar::new(&u, &modulus.m);
            for (bits, digits) in [(5, 52), (8, 32), (10, 26), (13, 20)] {
                let mut sum = ZERO;
                for index in (0..digits).rev() {
                    for _ in 0..bits {
                        sum = modulus.add(&sum, &sum);
                    }
                    let (index, negative) = digit(&odd, index, bits, digits);
                    assert!(index < 1 << (bits - 1));
                    let value = [2 * index as u64 + 1, 0, 0, 0];
                    sum = if negative { modulus.sub(&sum, &value) } else { modulus.add(&sum, &value) };
                }
                assert_eq!(sum, u, "{name}, width {bits}");
            }
        }
    }
}

#[test]
fn non_adjacent_digits_add_up() {
    for (name, modulus) in moduli() {
        for u in numbers(&modulus.m, &mut Random(25)) {
            for width in [5, 11] {
                let digits = non_adjacent(&u, width);
                let mut sum = ZERO;
                let mut last = usize::MAX;
                for (place, &digit) in digits.iter().enumerate().rev() {
                    sum = modulus.add(&sum, &sum);
                    if digit == 0 {
                        continue;
                    }
                    assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (width - 1));
                    assert!(last - place >= width);
                    last = place;
                    let value = [digit.unsigned_abs().into(), 0, 0, 0];
                    sum = if digit < 0 { modulus.sub(&sum, &value) } else { modulus.add(&sum, &value) };
                }
                assert_eq!(sum, u, "{name}, width {width}");
            }
        }
    }
}

#[test]
fn bytes_and_limbs() {
    let mut random = Random(24);
    for _ in 0..100 {
        let bytes: [u8; 32] = random.bytes();
        assert_eq!(to_bytes(&from_bytes(&bytes)), bytes);
    }
    assert_eq!(from_bytes(&support::small(0x0102)), [0x0102, 0, 0, 0]);
}
