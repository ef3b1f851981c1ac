//! Doubling and addition in lanes against the portable group law, with coordinates up to the stated bounds.

#![cfg(target_arch = "x86_64")]

mod support;

use onecard_engine::curve::{P256, Sm2};
use onecard_engine::ifma8::accumulator::{Accumulator, Addend, add, double};
use onecard_engine::ifma8::field::{Factor, Loose, enter, integers, rows};
use onecard_engine::ifma8::lanes::Ifma;
use onecard_engine::ifma8::prime::LanePrime;
use onecard_engine::limbs::{Limbs, from_bytes, sub};
use onecard_engine::scalar::field::Fp;
use onecard_engine::scalar::point::{Affine, Jacobian};
use support::random::Random;

/// Eight field elements, some of them at the ends.
fn elements<C: LanePrime>(random: &mut Random) -> [Limbs; 8] {
    core::array::from_fn(|_| match random.below(6) {
        0 => [1 + random.below(2) as u64, 0, 0, 0],
        1 => sub(&C::P.m, &[1 + random.below(2) as u64, 0, 0, 0]).0,
        _ => C::P.reduce(&from_bytes(&random.bytes())),
    })
}

/// The elements in Montgomery form below p, plus the multiple of p given.
fn lanes<C: LanePrime>(isa: Ifma, values: &[Limbs; 8], multiple: u64) -> Loose {
    let one = Fp::<C>::from_integer(&C::ONE);
    let montgomery = values.map(|value| Fp::<C>::from_integer(&value).mul(&one).to_integer());
    let below_p = Factor::load(isa, &rows(&montgomery)).masked();
    below_p.add(C::multiple(below_p.0[0], multiple))
}

fn point<C: LanePrime>(x: &Limbs, y: &Limbs, z: &Limbs) -> Jacobian<C> {
    Jacobian { x: Fp::from_integer(x), y: Fp::from_integer(y), z: Fp::from_integer(z) }
}

/// The same coordinates, with Z negated where `flipped`.
fn assert_same<C: LanePrime>(isa: Ifma, actual: &Accumulator, expected: &[Jacobian<C>; 8], flipped: bool) {
    let [x, y, w] = [actual.x.carry(), actual.y.carry(), actual.w].map(|value| integers::<C>(isa, &value));
    for (lane, expected) in expected.iter().enumerate() {
        let z = if flipped { expected.z.neg() } else { expected.z };
        // (X, Y, Z) and (X, -Y, -Z) are the same point.
        assert_eq!(x[lane], expected.x.to_integer());
        assert_eq!(y[lane], expected.y.to_integer());
        assert_eq!(w[lane], z.to_integer());
    }
}

fn group_law<C: LanePrime>() {
    let Ok(isa) = Ifma::detect().inspect_err(|reason| eprintln!("the lanes are not tested here: {reason}")) else {
        return;
    };
    let mut random = Random(40);
    for round in 0..2000 {
        let [x, y, z, x2, y2] = core::array::from_fn(|_| elements::<C>(&mut random));
        let (y_multiple, w_multiple) = (round % 2, round % 3);
        let before = Accumulator {
            x: lanes::<C>(isa, &x, 0),
            y: lanes::<C>(isa, &y, y_multiple),
            w: lanes::<C>(isa, &z, w_multiple).carry(),
        };
        let points: [Jacobian<C>; 8] = core::array::from_fn(|i| point(&x[i], &y[i], &z[i]));
        assert_same(isa, &double::<C>(&before), &points.map(|point| point.double()), false);

        let addend = Addend { x: lanes::<C>(isa, &x2, 0).carry(), y: lanes::<C>(isa, &y2, 0).carry() };
        let negate = random.word() as u8;
        let sums: [Jacobian<C>; 8] = core::array::from_fn(|i| {
            let point = Affine { x: Fp::from_integer(&x2[i]), y: Fp::from_integer(&y2[i]) };
            points[i].add_affine(&if negate >> i & 1 == 1 { point.neg() } else { point })
        });
        // Where the portable law took its branch for equal x, only W = 0 is promised.
        let regular = (0..8).all(|i| {
            let z = Fp::<C>::from_integer(&z[i]);
            !Fp::from_integer(&x2[i]).mul(&z.square()).equals(&Fp::from_integer(&x[i]))
        });
        if regular {
            assert_same(isa, &add::<C>(&before, &addend, negate), &sums, true);
        }
    }
}

#[test]
fn group_law_of_both_curves() {
    group_law::<Sm2>();
    group_law::<P256>();
}

/// P + P, P - P and infinity leave W = 0, and nothing brings it back.
#[test]
fn exceptions_stick() {
    fn check<C: LanePrime>(isa: Ifma) {
        let base = C::G.map(|coordinate| enter::<C>(isa, &Factor::splat(isa, &coordinate)).carry());
        let addend = Addend { x: base[0], y: base[1] };
        let start = Accumulator::new::<C>(isa, &addend, 0b0101_0101);
        let twice = double::<C>(&start);
        let sum = add::<C>(&start, &addend, 0);
        assert_eq!(integers::<C>(isa, &sum.w), [[0; 4]; 8]);
        let later = add::<C>(&double::<C>(&sum), &addend, 0xff);
        assert_eq!(integers::<C>(isa, &later.w), [[0; 4]; 8]);
        assert!(integers::<C>(isa, &add::<C>(&twice, &addend, 0).w).iter().all(|w| *w != [0; 4]));
    }
    let Ok(isa) = Ifma::detect() else { return };
    check::<Sm2>(isa);
    check::<P256>(isa);
}
