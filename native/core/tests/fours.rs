//! The field and the group law in the four lanes of AVX2 against the portable ones: values and stated bounds, with limbs as
//! large as is allowed, rubbish above them, and a different value in every lane.

#![cfg(target_arch = "x86_64")]

mod support;

use onecard_engine::avx2::field::{Element, LIMBS, MASK, enter, integers, is_zero, mul, mul_add_mul, square};
use onecard_engine::avx2::lanes::{LANES, Lanes, Row};
use onecard_engine::avx2::point::{Accumulator, Addend, add, double};
use onecard_engine::avx2::prime::{LanePrime, spread};
use onecard_engine::avx2::words::Avx2;
use onecard_engine::curve::{Curve, P256, Sm2};
use onecard_engine::limbs::{Limbs, ZERO, from_bytes, sub};
use onecard_engine::scalar::field::Fp;
use onecard_engine::scalar::point::{Affine, Jacobian};
use support::random::Random;

/// The limbs of one lane.
type Wide = [u64; LIMBS];

/// A limb of 2^29, as the bounds are given in.
const UNIT: u64 = 1 << 29;

fn isa() -> Option<Avx2> {
    let isa = Avx2::detect();
    if isa.is_none() {
        eprintln!("the lanes are not tested here: the processor or the system has no AVX2");
    }
    isa
}

fn from_lanes(element: &Element) -> [Wide; LANES] {
    let rows = element.0.map(|limb| {
        let mut row = Row::default();
        limb.store(&mut row);
        row.0
    });
    core::array::from_fn(|lane| rows.map(|row| row[lane]))
}

fn to_lanes(isa: Avx2, values: &[Wide; LANES]) -> Element {
    Element(core::array::from_fn(|limb| Lanes::load(isa, &Row(values.map(|value| value[limb])))))
}

/// The value modulo p, as an element whose integer it is.
fn element<C: Curve>(limbs: &Wide) -> Fp<C> {
    let radix = Fp::<C>::from_integer(&[1 << 29, 0, 0, 0]);
    limbs.iter().rev().fold(Fp::ZERO, |sum, &limb| sum.mul(&radix).add(&Fp::from_integer(&[limb, 0, 0, 0])))
}

/// The value in multiples of p, nearly.
fn over_p(limbs: &Wide) -> f64 {
    limbs.iter().rev().fold(0.0, |sum, &limb| sum * 2f64.powi(29) + limb as f64) / 2f64.powi(256)
}

fn inverse_of_r<C: LanePrime>() -> Fp<C> {
    Fp::<C>::from_integer(&C::ONE).invert()
}

/// Limbs of up to `units`·2^29, the highest such that the value is below `most`·2^256: the ends, sparse ones, random ones.
fn factors(random: &mut Random, units: u64, most: u64) -> [Wide; LANES] {
    core::array::from_fn(|_| {
        core::array::from_fn(|i| {
            let end = if i == LIMBS - 1 { (most << 24) - (2 * units) } else { units * UNIT - 1 };
            match random.below(6) {
                0 => 0,
                1 => end,
                2 => (1 << random.below(29)).min(end),
                3 => end - (1 << random.below(20)),
                _ => random.word() % (end + 1),
            }
        })
    })
}

/// The same values with rubbish above 32 bits, which products must not see.
fn dirty(random: &mut Random, values: &[Wide; LANES]) -> [Wide; LANES] {
    values.map(|value| value.map(|limb| limb | random.word() << 32))
}

fn strict(limbs: &Wide) -> bool {
    limbs[..LIMBS - 1].iter().all(|limb| *limb <= MASK)
}

fn products<C: LanePrime>(isa: Avx2) {
    let mut random = Random(50);
    let inverse = inverse_of_r::<C>();
    for round in 0..200_000 {
        // Limbs of a and b, c and d, and values in multiples of 2^256: the largest that may be multiplied.
        let shapes = [(3, 2, 0, 0), (2, 2, 1, 2), (4, 1, 1, 1), (1, 6, 0, 0), (1, 1, 2, 2)];
        let (ua, ub, uc, ud) = shapes[round % shapes.len()];
        let values = [ua, ub, uc, ud].map(|units| match round / shapes.len() {
            _ if units == 0 => [[0; LIMBS]; LANES],
            0 => {
                let mut largest = [units * UNIT - 1; LIMBS];
                largest[LIMBS - 1] = (6 << 24) - 1;
                [largest; LANES]
            }
            1 => [[0; LIMBS]; LANES],
            _ => factors(&mut random, units, 6),
        });
        let [a, b, c, d] = values.map(|value| to_lanes(isa, &dirty(&mut random, &value)));
        let product = from_lanes(&mul::<C>(&a, &b));
        let sum = from_lanes(&mul_add_mul::<C>(&a, &b, &c, &d));
        let narrow = if ua <= 2 { values[0] } else { factors(&mut random, 2, 5) };
        let squared = from_lanes(&square::<C>(&to_lanes(isa, &narrow)));
        for lane in 0..LANES {
            let [ea, eb, ec, ed] = values.map(|value| element::<C>(&value[lane]));
            let [ra, rb, rc, rd] = values.map(|value| over_p(&value[lane]));
            let (en, rn) = (element::<C>(&narrow[lane]), over_p(&narrow[lane]));
            let checks = [
                (product[lane], ea.mul(&eb), ra * rb),
                (squared[lane], en.square(), rn * rn),
                (sum[lane], ea.mul(&eb).add(&ec.mul(&ed)), ra * rb + rc * rd),
            ];
            for (limbs, expected, size) in checks {
                assert!(element::<C>(&limbs).equals(&expected.mul(&inverse)), "round {round}, lane {lane}");
                assert!((0.0..size / 32.0 + 1.000_001).contains(&over_p(&limbs)), "{} for {size}", over_p(&limbs));
                assert!(strict(&limbs));
            }
        }
    }
}

fn carries_and_reductions<C: LanePrime>(isa: Avx2) {
    let mut random = Random(51);
    for _ in 0..20_000 {
        let values: [Wide; LANES] = core::array::from_fn(|_| {
            core::array::from_fn(|limb| {
                let bits = if limb == LIMBS - 1 { 28 } else { 33 };
                match random.below(4) {
                    0 => 0,
                    1 => (1 << bits) - 1 - (u64::from(limb == LIMBS - 1) << 9),
                    // Just around a multiple of 2^256.
                    2 if limb == LIMBS - 1 => ((random.below(15) as u64) << 24) + random.below(2) as u64 * 0xff_ffff,
                    _ => random.word() >> (64 - bits + u32::from(limb == LIMBS - 1)),
                }
            })
        });
        let loose = to_lanes(isa, &values);
        let (carried, reduced) = (from_lanes(&loose.carry()), from_lanes(&loose.weakly_reduced::<C>()));
        for lane in 0..LANES {
            for limbs in [&carried[lane], &reduced[lane]] {
                assert!(element::<C>(&values[lane]).equals(&element::<C>(limbs)));
                assert!(limbs[..LIMBS - 1].iter().all(|limb| *limb < UNIT + 32));
            }
            assert!((0.0..1.001).contains(&over_p(&reduced[lane])));
        }
    }
}

fn differences<C: LanePrime>(isa: Avx2) {
    let mut random = Random(52);
    for _ in 0..5_000 {
        let (a, b) = (factors(&mut random, 1, 1), factors(&mut random, 1, 1));
        let [a1, b1] = [&a, &b].map(|values| to_lanes(isa, values));
        let once = from_lanes(&a1.sub::<C, 2, 1>(&b1));
        let twice = from_lanes(&a1.sub::<C, 3, 2>(&b1.double()));
        let thrice = from_lanes(&a1.sub::<C, 4, 3>(&b1.double().add(&b1)));
        for lane in 0..LANES {
            let (ea, eb) = (element::<C>(&a[lane]), element::<C>(&b[lane]));
            assert!(element::<C>(&once[lane]).equals(&ea.sub(&eb)));
            assert!(element::<C>(&twice[lane]).equals(&ea.sub(&eb.double())));
            assert!(element::<C>(&thrice[lane]).equals(&ea.sub(&eb.double().add(&eb))));
            assert!(once[lane].iter().all(|limb| *limb < 3 * UNIT));
            assert!(twice[lane].iter().all(|limb| *limb < 4 * UNIT));
        }
    }
}

fn zero_test<C: LanePrime>(isa: Avx2) {
    for multiple in [spread::<C>(0, 0), spread::<C>(1, 0), spread::<C>(2, 1), spread::<C>(9, 2), spread::<C>(15, 3)] {
        assert_eq!(is_zero::<C>(isa, &to_lanes(isa, &[multiple; LANES])).bits(), 0xf);
        for limb in 0..LIMBS {
            for lane in 0..LANES {
                let mut values = [multiple; LANES];
                values[lane][limb] += 1;
                assert_eq!(is_zero::<C>(isa, &to_lanes(isa, &values)).bits(), 0xf ^ 1 << lane);
            }
        }
    }
}

fn conversions<C: LanePrime>(isa: Avx2) {
    let mut random = Random(53);
    for round in 0..500 {
        let values: [Limbs; LANES] = core::array::from_fn(|lane| match (round, lane) {
            (0, 0) => ZERO,
            (0, 1) => sub(&C::P.m, &[1, 0, 0, 0]).0,
            _ => C::P.reduce(&from_bytes(&random.bytes())),
        });
        let entered = enter::<C>(isa, &Element::from_integers(isa, &values));
        for (limbs, value) in from_lanes(&entered).iter().zip(&values) {
            assert!(element::<C>(limbs).equals(&Fp::from_integer(value).mul(&Fp::from_integer(&C::ONE))));
            assert!(over_p(limbs) < 1.04);
        }
        assert_eq!(integers::<C>(isa, &entered), values);
        // Montgomery forms below p, whichever value they came from.
        let montgomery = values.map(|value| Fp::<C>::from_integer(&value).mul(&Fp::from_integer(&C::ONE)).to_integer());
        assert_eq!(entered.reduced::<C>(), montgomery);
    }
}

/// The elements in Montgomery form below p, plus `multiple`·p, strict.
fn lanes<C: LanePrime>(isa: Avx2, values: &[Limbs; LANES], multiple: u64) -> Element {
    let mut limbs = from_lanes(&Element::from_integers(
        isa,
        &values.map(|value| Fp::<C>::from_integer(&value).mul(&Fp::from_integer(&C::ONE)).to_integer()),
    ));
    for lane in &mut limbs {
        let mut carry = 0;
        for (i, (limb, more)) in lane.iter_mut().zip(spread::<C>(1, 0)).enumerate() {
            let sum = *limb + multiple * more + carry;
            (*limb, carry) = if i == LIMBS - 1 { (sum, 0) } else { (sum & MASK, sum >> 29) };
        }
    }
    to_lanes(isa, &limbs)
}

fn point<C: LanePrime>(x: &Limbs, y: &Limbs, z: &Limbs) -> Jacobian<C> {
    Jacobian { x: Fp::from_integer(x), y: Fp::from_integer(y), z: Fp::from_integer(z) }
}

/// The same coordinates within their bounds, with Z negated where `flipped`.
fn assert_same<C: LanePrime>(isa: Avx2, actual: &Accumulator, expected: &[Jacobian<C>; LANES], flipped: bool) {
    let [x, y, w] = [&actual.x, &actual.y, &actual.w].map(|value| integers::<C>(isa, value));
    let bounds = [(&actual.x, 1.001, UNIT + 32), (&actual.y, 2.5, UNIT), (&actual.w, 3.0, 2 * UNIT)];
    for (value, most, limb_most) in bounds {
        for limbs in from_lanes(value) {
            assert!(over_p(&limbs) < most && limbs.iter().all(|limb| *limb < limb_most));
        }
    }
    for (lane, expected) in expected.iter().enumerate() {
        let z = if flipped { expected.z.neg() } else { expected.z };
        assert_eq!(x[lane], expected.x.to_integer());
        assert_eq!(y[lane], expected.y.to_integer());
        assert_eq!(w[lane], z.to_integer());
    }
}

fn group_law<C: LanePrime>(isa: Avx2) {
    let mut random = Random(54);
    for round in 0..10_000 {
        let [x, y, z, x2, y2]: [[Limbs; LANES]; 5] = core::array::from_fn(|_| {
            core::array::from_fn(|_| match random.below(6) {
                0 => [1 + random.below(2) as u64, 0, 0, 0],
                1 => sub(&C::P.m, &[1 + random.below(2) as u64, 0, 0, 0]).0,
                _ => C::P.reduce(&from_bytes(&random.bytes())),
            })
        });
        let (y_multiple, w_multiple) = (round % 2, round % 3);
        let before = Accumulator {
            x: lanes::<C>(isa, &x, 0),
            y: lanes::<C>(isa, &y, y_multiple),
            w: lanes::<C>(isa, &z, w_multiple),
        };
        let points: [Jacobian<C>; LANES] = core::array::from_fn(|i| point(&x[i], &y[i], &z[i]));
        assert_same(isa, &double::<C>(&before), &points.map(|point| point.double()), false);

        let dirtied = |random: &mut Random, values: &[Limbs; LANES]| {
            let clean = from_lanes(&lanes::<C>(isa, values, 0));
            to_lanes(isa, &dirty(random, &clean))
        };
        let addend = Addend { x: dirtied(&mut random, &x2), y: dirtied(&mut random, &y2) };
        let negate = random.word() as u8 & 0xf;
        let sums: [Jacobian<C>; LANES] = core::array::from_fn(|i| {
            let point = Affine { x: Fp::from_integer(&x2[i]), y: Fp::from_integer(&y2[i]) };
            points[i].add_affine(&if negate >> i & 1 == 1 { point.neg() } else { point })
        });
        // Where the portable law took its branch for equal x, only W = 0 is promised.
        let regular = (0..LANES).all(|i| {
            let z = Fp::<C>::from_integer(&z[i]);
            !Fp::from_integer(&x2[i]).mul(&z.square()).equals(&Fp::from_integer(&x[i]))
        });
        if regular {
            assert_same(isa, &add::<C>(&before, &addend, Lanes::mask(isa, negate)), &sums, true);
        }
    }
}

/// P + P, P - P and infinity leave W = 0, and nothing brings it back.
fn exceptions_stick<C: LanePrime>(isa: Avx2) {
    let enter_base = |i: usize| enter::<C>(isa, &Element::splat(isa, &C::G[i]));
    let addend = Addend { x: enter_base(0), y: enter_base(1) };
    let start = Accumulator::new::<C>(isa, &addend, Lanes::mask(isa, 0b0101));
    let sum = add::<C>(&start, &addend, Lanes::mask(isa, 0));
    assert_eq!(integers::<C>(isa, &sum.w), [ZERO; LANES]);
    let later = add::<C>(&double::<C>(&sum), &addend, Lanes::mask(isa, 0xf));
    assert_eq!(integers::<C>(isa, &later.w), [ZERO; LANES]);
    let twice = double::<C>(&start);
    assert!(integers::<C>(isa, &add::<C>(&twice, &addend, Lanes::mask(isa, 0)).w).iter().all(|w| *w != ZERO));
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
    carries_and_weak_reductions: carries_and_reductions;
    differences_by_limbs: differences;
    zero_tests: zero_test;
    entering_and_leaving: conversions;
    group_law_of_both_curves: group_law;
    exceptions_that_stick: exceptions_stick;
}
