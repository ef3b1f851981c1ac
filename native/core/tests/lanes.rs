//! The vector field against the portable one: values and stated bounds, with factors up to 2^260 - 1, rubbish above the
//! limbs, and a different value in every lane.

#![cfg(target_arch = "x86_64")]

mod support;

use onecard_engine::curve::{P256, Sm2};
use onecard_engine::ifma8::digits::Digits;
use onecard_engine::ifma8::field::{Factor, Loose, enter, integers, is_zero, mul, mul_add_mul, rows, square};
use onecard_engine::ifma8::lanes::{Ifma, Lanes, Row};
use onecard_engine::ifma8::prime::LanePrime;
use onecard_engine::limbs::{Limbs, ZERO, from_bytes, sub};
use onecard_engine::recode::{OddScalar, digit};
use onecard_engine::scalar::field::Fp;
use support::random::Random;

const MASK: u64 = (1 << 52) - 1;

/// Signed limbs of one lane.
type Wide = [i64; 5];

fn isa() -> Option<Ifma> {
    Ifma::detect().inspect_err(|reason| eprintln!("the vector field is not tested here: {reason}")).ok()
}

fn from_lanes(limbs: &[Lanes; 5]) -> [Wide; 8] {
    let rows = limbs.map(|limb| {
        let mut row = Row::default();
        limb.store(&mut row);
        row.0
    });
    core::array::from_fn(|lane| rows.map(|row| row[lane] as i64))
}

fn to_lanes(isa: Ifma, values: &[Wide; 8]) -> [Lanes; 5] {
    core::array::from_fn(|limb| Lanes::load(isa, &Row(values.map(|value| value[limb] as u64))))
}

/// The value modulo p, as an element whose integer it is.
fn element<C: LanePrime>(limbs: &Wide) -> Fp<C> {
    let radix = Fp::<C>::from_integer(&[1 << 52, 0, 0, 0]);
    limbs.iter().rev().fold(Fp::ZERO, |sum, &limb| {
        let magnitude = Fp::from_integer(&[limb.unsigned_abs(), 0, 0, 0]);
        sum.mul(&radix).add(&if limb < 0 { magnitude.neg() } else { magnitude })
    })
}

/// The value over p. Carried first, so that its sign is exact.
fn over_p(limbs: &Wide) -> f64 {
    let mut carry = 0i128;
    let carried = limbs.map(|limb| {
        let sum = i128::from(limb) + carry;
        carry = sum >> 52;
        (sum & i128::from(MASK)) as f64
    });
    let low = carried.iter().rev().fold(0.0, |sum, limb| sum * 2f64.powi(52) + limb);
    // p is 2^256 up to a part of 2^32.
    (low + carry as f64 * 2f64.powi(260)) / 2f64.powi(256)
}

fn inverse_of_r<C: LanePrime>() -> Fp<C> {
    Fp::<C>::from_integer(&C::ONE).invert()
}

/// Limbs below 2^52: the ends, sparse ones, random ones; a bit of each kind in every lane.
fn factors(random: &mut Random) -> [Wide; 8] {
    core::array::from_fn(|_| {
        core::array::from_fn(|_| {
            let word = random.word();
            let limb = match random.below(6) {
                0 => 0,
                1 => MASK,
                2 => 1 << random.below(52),
                3 => MASK ^ 1 << random.below(52),
                _ => word & MASK,
            };
            limb as i64
        })
    })
}

/// The same values with rubbish above the limbs, which products must not see.
fn dirty(random: &mut Random, values: &[Wide; 8]) -> [Wide; 8] {
    values.map(|value| value.map(|limb| limb | (random.word() & !MASK) as i64))
}

fn products<C: LanePrime>(isa: Ifma) {
    let mut random = Random(30);
    let inverse = inverse_of_r::<C>();
    for round in 0..3000 {
        let values: [[Wide; 8]; 4] = core::array::from_fn(|_| match round {
            0 => [[MASK as i64; 5]; 8],
            1 => [[0; 5]; 8],
            _ => factors(&mut random),
        });
        let [a, b, c, d] = values.map(|value| Factor(to_lanes(isa, &dirty(&mut random, &value))));
        let product = from_lanes(&mul::<C>(&a, &b).0);
        let squared = from_lanes(&square::<C>(&a).0);
        let sum = from_lanes(&mul_add_mul::<C>(&a, &b, &c, &d).0);
        for lane in 0..8 {
            let [ea, eb, ec, ed] = values.map(|value| element::<C>(&value[lane]));
            let [ra, rb, rc, rd] = values.map(|value| over_p(&value[lane]));
            let checks = [
                (product[lane], ea.mul(&eb), ra * rb),
                (squared[lane], ea.square(), ra * ra),
                (sum[lane], ea.mul(&eb).add(&ec.mul(&ed)), ra * rb + rc * rd),
            ];
            for (limbs, expected, size) in checks {
                assert!(element::<C>(&limbs).equals(&expected.mul(&inverse)));
                let ratio = over_p(&limbs);
                assert!((0.0..size / 16.0 + 1.000_001).contains(&ratio), "{ratio} for {size}");
                assert!(limbs.iter().all(|limb| limb.unsigned_abs() < 1 << 58));
            }
        }
    }
}

fn weak_reduction<C: LanePrime>(isa: Ifma) {
    let mut random = Random(31);
    for round in 0..3000 {
        // Any signed limbs up to 2^60, but the top one so that the value stays within ±2^260.
        let values: [Wide; 8] = core::array::from_fn(|_| {
            core::array::from_fn(|limb| {
                let bits = if limb == 4 { 11 } else { 3 };
                let word = random.word() as i64 >> bits;
                match (round, random.below(5)) {
                    (0..500, 0) => 0,
                    (0..500, 1) => -1,
                    (0..500, 2) => (1 << 48) * (random.below(8) as i64 - 4),
                    // Just above a multiple of 2^256, where what is left after the quotient is smallest.
                    (500..1500, 0..4) if limb == 4 => {
                        (1 << 48) * (random.below(31) as i64 - 15) + (1 << random.below(22)) - 1
                    }
                    (0..500, 3) if limb < 4 => [1 << 60, -(1 << 60)][random.below(2)],
                    _ => word,
                }
            })
        });
        let reduced = from_lanes(&C::weakly_reduced(Loose(to_lanes(isa, &values))).0);
        for (value, reduced) in values.iter().zip(&reduced) {
            assert!(element::<C>(value).equals(&element::<C>(reduced)));
            assert!((0.0..1.001).contains(&over_p(reduced)), "{} from {value:x?}", over_p(reduced));
        }
    }
}

fn zero_test<C: LanePrime>(isa: Ifma) {
    let one = Lanes::splat(isa, 1);
    for k in 0..16 {
        let multiple = C::multiple(one, k);
        assert_eq!(is_zero::<C>(isa, &multiple.carry()), 0xff, "{k}·p");
        for i in 0..5 {
            let mut above = multiple;
            above.0[i] = above.0[i].add(one);
            assert_eq!(is_zero::<C>(isa, &above.carry()), 0);
        }
    }
    // One lane zero at a time.
    for lane in 0..8 {
        let row = Row(core::array::from_fn(|i| u64::from(i != lane)));
        let value = Factor([Lanes::load(isa, &row), one.like(0), one.like(0), one.like(0), one.like(0)]);
        assert_eq!(is_zero::<C>(isa, &value), 1 << lane);
    }
}

fn conversions<C: LanePrime>(isa: Ifma) {
    let mut random = Random(32);
    for round in 0..500 {
        let values: [Limbs; 8] = core::array::from_fn(|lane| match (round, lane) {
            (0, 0) => ZERO,
            (0, 1) => sub(&C::P.m, &[1, 0, 0, 0]).0,
            _ => C::P.reduce(&from_bytes(&random.bytes())),
        });
        let entered = enter::<C>(isa, &Factor::load(isa, &rows(&values)));
        for (limbs, value) in from_lanes(&entered.0).iter().zip(&values) {
            assert!(element::<C>(limbs).equals(&Fp::from_integer(value).mul(&Fp::from_integer(&C::ONE))));
            assert!(over_p(limbs) < 1.07);
        }
        assert_eq!(integers::<C>(isa, &entered.carry()), values);
    }
}

fn digits<C: LanePrime>(isa: Ifma) {
    let mut random = Random(33);
    for _ in 0..50 {
        let scalars: [Limbs; 8] = core::array::from_fn(|_| C::N.reduce(&from_bytes(&random.bytes())));
        let (long, short) = (Digits::<260>::new(&scalars, &C::N.m), Digits::<256>::new(&scalars, &C::N.m));
        for (bits, count) in [(5, 52), (13, 20), (8, 32)] {
            for index in 0..count {
                let vector = if bits == 8 { short.digit(isa, index, bits) } else { long.digit(isa, index, bits) };
                let mut row = Row::default();
                vector.index.store(&mut row);
                for (lane, scalar) in scalars.iter().enumerate() {
                    let expected = digit(&OddScalar::new(scalar, &C::N.m), index, bits, count);
                    assert_eq!((row.0[lane] as usize, vector.negative >> lane & 1 == 1), expected);
                }
            }
        }
    }
}

macro_rules! on_both_curves {
    ($($test:ident: $function:ident;)*) => {$(
        #[test]
        fn $test() {
            let Some(isa) = isa() else { return };
            $function::<Sm2>(isa);
            $function::<P256>(isa);
        }
    )*};
}

on_both_curves! {
    products_and_their_bounds: products;
    weak_reductions: weak_reduction;
    zero_tests: zero_test;
    entering_and_leaving: conversions;
    digits_in_lanes: digits;
}
