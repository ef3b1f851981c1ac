//! Scalars and points at the edges, in every lane, plain and prepared, on every back-end: each verdict is the
//! independent implementation's, and the jobs beside it keep theirs.

mod support;

use onecard_engine::curve::{Curve, CurveId, P256, Sm2};
use onecard_engine::engine::Engine;
use onecard_engine::limbs::{Limbs, from_bytes, to_bytes};
use onecard_engine::public_key;
use onecard_engine::scalar::field::Fp;
use onecard_engine::scalar::point::{Affine, Jacobian, normalise_all};
use support::random::Random;
use support::reference::{Reference, reference};
use support::{OwnedJob, engines, halves, join, small, verify_plain, verify_prepared, verify_repeated};

fn order(curve: CurveId) -> Limbs {
    match curve {
        CurveId::Sm2 => Sm2::N.m,
        CurveId::P256 => P256::N.m,
    }
}

fn prime(curve: CurveId) -> Limbs {
    match curve {
        CurveId::Sm2 => Sm2::P.m,
        CurveId::P256 => P256::P.m,
    }
}

fn base(curve: CurveId) -> [u8; 64] {
    let [x, y] = match curve {
        CurveId::Sm2 => Sm2::G,
        CurveId::P256 => P256::G,
    };
    join(&to_bytes(&x), &to_bytes(&y))
}

/// a + b for a small signed b, modulo 2^256.
fn plus(a: &Limbs, b: i64) -> [u8; 32] {
    let wide = i128::from(b);
    let words = [wide as u64, (wide >> 64) as u64, (wide >> 64) as u64, (wide >> 64) as u64];
    to_bytes(&onecard_engine::limbs::add(a, &words).0)
}

type Verify = fn(&Engine, &[OwnedJob]) -> Vec<bool>;

/// Checks jobs among good ones, so that every one is in every lane once.
fn check(reference: &Reference, jobs: &[OwnedJob]) {
    let expected: Vec<bool> = jobs.iter().map(reference.verify).collect();
    check_expected(reference, jobs, &expected);
}

fn check_expected(reference: &Reference, jobs: &[OwnedJob], expected: &[bool]) {
    let mut random = Random(7);
    let good = reference.random_job(&mut random);
    for engine in engines() {
        for (job, expected) in jobs.iter().zip(expected) {
            for lane in 0..8 {
                let mut batch = [good; 8];
                batch[lane] = *job;
                let mut verdicts = [true; 8];
                verdicts[lane] = *expected;
                assert_eq!(verify_plain(&engine, &batch), verdicts, "{} plain, lane {lane}: {job:x?}", engine.name());
            }
        }
        for (jobs, expected) in jobs.chunks(24).zip(expected.chunks(24)) {
            for shift in [0, 3] {
                let mut batch = vec![good; shift];
                batch.extend(jobs);
                for (kind, verify) in [("prepared", verify_prepared as Verify), ("repeated", verify_repeated)] {
                    let verdicts = verify(&engine, &batch);
                    for ((job, verdict), expected) in jobs.iter().zip(&verdicts[shift..]).zip(expected) {
                        assert_eq!(verdict, expected, "{} {kind}: {job:x?}", engine.name());
                    }
                    assert_eq!(verdicts[..shift], [true; 3][..shift]);
                }
            }
        }
    }
}

#[test]
fn signature_scalars_out_of_range() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let good = reference.random_job(&mut Random(1));
        let (r, s) = halves(&good.signature);
        let (n, p) = (order(curve), prime(curve));
        let mut values = vec![small(0), small(1), small(2), [0xff; 32]];
        values.extend((-2..=2).flat_map(|delta| [plus(&n, delta), plus(&p, delta)]));
        let mut jobs = vec![good];
        for value in &values {
            jobs.push(good.with_signature(value, &s));
            jobs.push(good.with_signature(&r, value));
            jobs.extend(values.iter().map(|other| good.with_signature(value, other)));
        }
        check(&reference, &jobs);
    }
}

#[test]
fn sm2_with_t_zero() {
    let reference = reference(CurveId::Sm2);
    let good = reference.random_job(&mut Random(2));
    let (r, _) = halves(&good.signature);
    // t = r + s = 0 (GB/T 32918.2 clause 7.1 step B5), also with the digest that s·G alone would verify.
    let minus_r = (reference.neg)(&r);
    let (x, _) = halves(&(reference.public_key)(&minus_r).unwrap());
    let digest = (reference.mul_add)(&(reference.neg)(&x), &small(1), &r);
    let jobs = [good.with_signature(&r, &minus_r), OwnedJob { digest, ..good.with_signature(&r, &minus_r) }];
    check_expected(&reference, &jobs, &[false, false]);
    check(&reference, &jobs);
}

/// Keys that are small multiples of G with small scalars make additions meet equal and opposite points on the way, and
/// infinity at the end.
#[test]
fn doubling_and_infinity_inside_additions() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let n = order(curve);
        let mut jobs = Vec::new();
        let mut random = Random(3);
        let near = |delta: i64| if delta > 0 { small(delta as u64) } else { plus(&n, delta) };
        let scalars: Vec<[u8; 32]> =
            [-33, -32, -31, -17, -16, -3, -2, -1, 1, 2, 3, 15, 16, 17, 31, 32, 33].map(near).into();
        for key_scalar in [1, 2, 3, 31, 32, -1, -2, -32] {
            let key = (reference.public_key)(&near(key_scalar)).unwrap();
            for _ in 0..40 {
                let u1 = scalars[random.below(scalars.len())];
                let u2 = scalars[random.below(scalars.len())];
                // At infinity there is no x: whatever is claimed must be refused.
                let sum = (reference.combine)(&u1, &u2, &key);
                let x = sum.map_or([0x11; 32], |sum| halves(&sum).0);
                jobs.extend(reference.job_of_scalars(&key, &u1, &u2, &x));
            }
            // u1 = -key·u2: the sum is at infinity.
            for u2 in [small(1), small(5), random.bytes(), random.bytes()] {
                let u1 = (reference.neg)(&(reference.mul_add)(&near(key_scalar), &u2, &small(0)));
                assert_eq!((reference.combine)(&u1, &u2, &key), None);
                jobs.extend(reference.job_of_scalars(&key, &u1, &u2, &random.bytes()));
            }
        }
        assert!(jobs.len() > 300);
        check(&reference, &jobs);
    }
}

#[test]
fn base_scalar_zero_and_one() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let mut random = Random(4);
        let key = (reference.public_key)(&random.bytes()).unwrap();
        let mut jobs = Vec::new();
        for u1 in [small(0), small(1), plus(&order(curve), -1)] {
            for u2 in [small(1), small(2), plus(&order(curve), -1), random.bytes()] {
                let (x, _) = halves(&(reference.combine)(&u1, &u2, &key).unwrap());
                jobs.extend(reference.job_of_scalars(&key, &u1, &u2, &x));
            }
        }
        check(&reference, &jobs);
    }
}

/// Coordinates in [n, p) and below p - n: only about one in 2^128 points has one, so they are searched for upward from
/// the ends, and the key is solved for.
#[test]
fn x_of_the_sum_at_or_above_n_and_near_zero() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let n = order(curve);
        let mut random = Random(5);
        let mut jobs = Vec::new();
        for start in [plus(&n, 0), small(0)] {
            let mut found = 0;
            for delta in 1u64.. {
                let x = (reference_add)(&start, delta);
                let mut compressed = [2; 33];
                compressed[1..].copy_from_slice(&x);
                let Some(sum) = (reference.decompress)(&compressed) else { continue };
                let (u1, u2): ([u8; 32], [u8; 32]) = (random.bytes(), random.bytes());
                // Q = u2^-1·R - (u1/u2)·G.
                let inverse = (reference.invert)(&u2);
                let minus_ratio = (reference.neg)(&(reference.mul_add)(&u1, &inverse, &small(0)));
                let key = (reference.combine)(&minus_ratio, &inverse, &sum).unwrap();
                assert_eq!((reference.combine)(&u1, &u2, &key).map(|sum| halves(&sum).0), Some(x));
                let job = reference.job_of_scalars(&key, &u1, &u2, &x).unwrap();
                // The same claim about a sum that has another x.
                let wrong = reference.job_of_scalars(&key, &random.bytes(), &u2, &x).unwrap();
                jobs.extend([job, wrong]);
                found += 1;
                if found == 6 {
                    break;
                }
            }
        }
        let expected: Vec<bool> = (0..jobs.len()).map(|i| i % 2 == 0).collect();
        check_expected(&reference, &jobs, &expected);
        check(&reference, &jobs);
    }
}

fn reference_add(start: &[u8; 32], delta: u64) -> [u8; 32] {
    plus(&from_bytes(start), delta as i64)
}

#[test]
fn keys_that_are_none() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let good = reference.random_job(&mut Random(6));
        let (x, y) = halves(&good.key);
        let p = prime(curve);
        let mut keys = vec![[0; 64], [0xff; 64], join(&y, &x), join(&x, &small(0)), join(&small(0), &y)];
        for delta in -1..=1 {
            keys.push(join(&plus(&p, delta), &y));
            keys.push(join(&x, &plus(&p, delta)));
        }
        for bit in [0, 7, 100, 255, 256, 300, 511] {
            let mut key = good.key;
            key[bit / 8] ^= 1 << (bit % 8);
            keys.push(key);
        }
        // A point of the curve with x + p instead of x: the same modulo p, yet no encoding of a point.
        let small_point = (1u64..).find_map(|x| {
            let mut compressed = [3; 33];
            compressed[1..].copy_from_slice(&small(x));
            (reference.decompress)(&compressed)
        });
        let (small_x, small_y) = halves(&small_point.unwrap());
        keys.push(join(&plus(&p, i64::from(small_x[31])), &small_y));

        let jobs: Vec<OwnedJob> = keys.iter().map(|key| OwnedJob { key: *key, ..good }).collect();
        check_expected(&reference, &jobs, &vec![false; jobs.len()]);
        check(&reference, &jobs);
        for key in &keys {
            assert!(!public_key::is_on_curve(curve, key), "{key:x?}");
        }
        for key in [good.key, base(curve), join(&small_x, &small_y)] {
            assert!(public_key::is_on_curve(curve, &key));
        }
    }
}

#[test]
fn decompression() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let mut random = Random(8);
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let mut points = 0;
        let engines = engines();
        for i in 0..400 {
            let mut compressed: [u8; 33] = random.bytes();
            compressed[0] = 2 + (i % 2) as u8;
            if i >= 380 {
                compressed[1..].copy_from_slice(&plus(&prime(curve), i64::from(i) - 390));
            }
            let expected = (reference.decompress)(&compressed);
            points += usize::from(expected.is_some());
            assert_eq!(public_key::decompress(curve, &compressed), expected, "{compressed:x?}");
            inputs.push((curve, compressed));
            outputs.push(expected);
        }
        // In batches of every size to 19, with prefixes that are none among them.
        inputs[200].1[0] = 4;
        outputs[200] = None;
        let mut start = 0;
        for size in 0..20 {
            let batch: Vec<_> = inputs[start..start + size].iter().map(|(curve, bytes)| (*curve, bytes)).collect();
            for engine in &engines {
                assert_eq!(engine.decompress(&batch), outputs[start..start + size], "{}", engine.name());
            }
            start += size;
        }
        let whole: Vec<_> = inputs.iter().map(|(curve, bytes)| (*curve, bytes)).collect();
        for engine in &engines {
            assert_eq!(engine.decompress(&whole), outputs, "{}", engine.name());
        }
        assert!((150..250).contains(&points));
        let mut compressed = [0; 33];
        compressed[1..].copy_from_slice(&base(curve)[..32]);
        for prefix in (0..=255).filter(|prefix| !matches!(prefix, 2 | 3)) {
            compressed[0] = prefix;
            assert_eq!(public_key::decompress(curve, &compressed), None);
        }
    }
}

/// Keys that would verify if nobody looked at them: the same point written with x + p, and a point of another curve with
/// the same a, on which the group law works just as well.
#[test]
fn keys_that_are_none_with_signatures_that_fit() {
    for curve in CurveId::ALL {
        let reference = reference(curve);
        let mut random = Random(9);
        let mut jobs = Vec::new();
        let (u1, u2): ([u8; 32], [u8; 32]) = (random.bytes(), random.bytes());
        for x in 1u64..20 {
            let mut compressed = [2; 33];
            compressed[1..].copy_from_slice(&small(x));
            let Some(key) = (reference.decompress)(&compressed) else { continue };
            let (sum_x, _) = halves(&(reference.combine)(&u1, &u2, &key).unwrap());
            let good = reference.job_of_scalars(&key, &u1, &u2, &sum_x).unwrap();
            check_expected(&reference, &[good], &[true]);
            let (_, y) = halves(&key);
            jobs.push(OwnedJob { key: join(&plus(&prime(curve), x as i64), &y), ..good });
        }
        assert!(jobs.len() >= 4);
        let key = join(&small(5), &small(7));
        assert!(!public_key::is_on_curve(curve, &key));
        let sum_x = match curve {
            CurveId::Sm2 => sum_off_curve::<Sm2>(&u1, &u2, &key),
            CurveId::P256 => sum_off_curve::<P256>(&u1, &u2, &key),
        };
        jobs.push(reference.job_of_scalars(&key, &u1, &u2, &sum_x).unwrap());
        check_expected(&reference, &jobs, &vec![false; jobs.len()]);
        check(&reference, &jobs);
    }
}

/// The x coordinate that u1·G + u2·Q comes to for a Q on no curve in particular; scalars modulo n.
fn sum_off_curve<C: Curve>(u1: &[u8; 32], u2: &[u8; 32], key: &[u8; 64]) -> [u8; 32] {
    let [x, y] = onecard_engine::task::coordinates(key).map(|coordinate| Fp::<C>::from_integer(&coordinate));
    let (u1, u2) = (C::N.reduce(&from_bytes(u1)), C::N.reduce(&from_bytes(u2)));
    let mut sum = Jacobian::<C>::INFINITY;
    for bit in (0..256).rev() {
        sum = sum.double();
        for (scalar, point) in [(&u1, Affine::<C>::base()), (&u2, Affine { x, y })] {
            if scalar[bit / 64] >> (bit % 64) & 1 == 1 {
                sum = sum.add_affine(&point);
            }
        }
    }
    to_bytes(&normalise_all(&[sum])[0].x.to_integer())
}
