//! The two curves: y² = x³ - 3x + b over a 256-bit prime, with a prime number of points.

use crate::limbs::{self, Limbs, adc, sbb, wide_mul};
use crate::modulus::{Modulus, subtract_once};

/// A curve y² = x³ - 3x + b of prime order over a prime p with p ≡ -1 mod 2^64.
pub trait Curve: Copy + Send + Sync + 'static {
    /// Which curve, as data.
    const ID: CurveId;
    /// The field's prime p.
    const P: Modulus;
    /// The group's order n; n < p < 2n on both curves.
    const N: Modulus;
    /// The coefficient b.
    const B: Limbs;
    /// The base point G.
    const G: [Limbs; 2];

    /// t/2^256 mod p, below p, for t < p·2^256.
    fn reduce(t: &[u64; 8]) -> Limbs;

    /// a^((p+1)/4): the square root of a, if it has one, since p ≡ 3 mod 4.
    fn root<T: Power>(a: T) -> T;
}

/// What an addition chain is made of, in whichever field representation.
pub trait Power: Copy {
    /// self^(2^times).
    fn square_times(self, times: usize) -> Self;

    /// self·other.
    fn times(self, other: Self) -> Self;
}

/// a^(2^32 - 1), where both chains begin.
#[inline(always)]
fn ones_32<T: Power>(a: T) -> T {
    let ones2 = a.square_times(1).times(a);
    let ones4 = ones2.square_times(2).times(ones2);
    let ones8 = ones4.square_times(4).times(ones4);
    let ones16 = ones8.square_times(8).times(ones8);
    ones16.square_times(16).times(ones16)
}

/// The curves by number, as they cross the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CurveId {
    /// The recommended curve of GB/T 32918.5 clause 2.
    Sm2 = 0,
    /// P-256 of FIPS 186-5 and SEC 2 (secp256r1).
    P256 = 1,
}

impl CurveId {
    /// Both curves.
    pub const ALL: [CurveId; 2] = [CurveId::Sm2, CurveId::P256];

    /// The curve of a number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(CurveId::Sm2),
            1 => Some(CurveId::P256),
            _ => None,
        }
    }
}

/// GB/T 32918.5 clause 2: p = 2^256 - 2^224 - 2^96 + 2^64 - 1.
#[derive(Clone, Copy, Debug)]
pub struct Sm2;

impl Curve for Sm2 {
    const ID: CurveId = CurveId::Sm2;
    const P: Modulus = Modulus::new([0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff]);
    const N: Modulus = Modulus::new([0x53bbf40939d54123, 0x7203df6b21c6052b, 0xffffffffffffffff, 0xfffffffeffffffff]);
    const B: Limbs = [0xddbcbd414d940e93, 0xf39789f515ab8f92, 0x4d5a9e4bcf6509a7, 0x28e9fa9e9d9f5e34];
    const G: [Limbs; 2] = [
        [0x715a4589334c74c7, 0x8fe30bbff2660be1, 0x5f9904466a39c994, 0x32c4ae2c1f198119],
        [0x02df32e52139f0a0, 0xd0a9877cc62a4740, 0x59bdcee36b692153, 0xbc3736a2f4f6779c],
    ];

    #[inline(always)]
    fn reduce(t: &[u64; 8]) -> Limbs {
        let [mut t0, mut t1, mut t2, mut t3] = [t[0], t[1], t[2], t[3]];
        for _ in 0..4 {
            // p ≡ -1 mod 2^64, so q = t0 and t0 + q·p ends in a zero word; the rest of q·p is
            // q·2^256 - q·2^224 - q·2^96 + q·2^64, from shifts alone.
            let q = t0;
            let (low, high) = (q << 32, q >> 32);
            // Divided by 2^64 it is four words, below 2^256 with what is added.
            let (a0, b) = sbb(q, low, false);
            let (a1, b) = sbb(0, high, b);
            let (a2, b) = sbb(0, low, b);
            let (a3, _) = sbb(q, high, b);
            let (r0, c) = adc(t1, a0, false);
            let (r1, c) = adc(t2, a1, c);
            let (r2, c) = adc(t3, a2, c);
            let r3 = a3 + c as u64;
            (t0, t1, t2, t3) = (r0, r1, r2, r3);
        }
        add_high_half([t0, t1, t2, t3], t, &Self::P.m)
    }

    /// (p + 1)/4 = (2^32 - 1)·(2^160 - 1)·2^62.
    #[inline(always)]
    fn root<T: Power>(a: T) -> T {
        let b = ones_32(a);
        let b2 = b.square_times(1).times(b);
        let b4 = b2.square_times(2).times(b2);
        let b5 = b4.square_times(1).times(b);
        let b10 = b5.square_times(5).times(b5);
        let b20 = b10.square_times(10).times(b10);
        let b40 = b20.square_times(20).times(b20);
        let b80 = b40.square_times(40).times(b40);
        let b160 = b80.square_times(80).times(b80);
        b160.square_times(62)
    }
}

/// FIPS 186-5: p = 2^256 - 2^224 + 2^192 + 2^96 - 1.
#[derive(Clone, Copy, Debug)]
pub struct P256;

impl Curve for P256 {
    const ID: CurveId = CurveId::P256;
    const P: Modulus = Modulus::new([0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001]);
    const N: Modulus = Modulus::new([0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000]);
    const B: Limbs = [0x3bce3c3e27d2604b, 0x651d06b0cc53b0f6, 0xb3ebbd55769886bc, 0x5ac635d8aa3a93e7];
    const G: [Limbs; 2] = [
        [0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247],
        [0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b],
    ];

    #[inline(always)]
    fn reduce(t: &[u64; 8]) -> Limbs {
        let [mut t0, mut t1, mut t2, mut t3] = [t[0], t[1], t[2], t[3]];
        for _ in 0..4 {
            // As for SM2: q = t0, and q·p + q is q·2^96 from shifts plus q times the top word at 2^192.
            let q = t0;
            let (low, high) = wide_mul(q, Self::P.m[3]);
            let (r0, c) = adc(t1, q << 32, false);
            let (r1, c) = adc(t2, q >> 32, c);
            let (r2, c) = adc(t3, low, c);
            let r3 = high + c as u64;
            (t0, t1, t2, t3) = (r0, r1, r2, r3);
        }
        add_high_half([t0, t1, t2, t3], t, &Self::P.m)
    }

    /// (p + 1)/4 = (((2^32 - 1)·2^32 + 1)·2^96 + 1)·2^94.
    #[inline(always)]
    fn root<T: Power>(a: T) -> T {
        ones_32(a).square_times(32).times(a).square_times(96).times(a).square_times(94)
    }
}

/// The reduced low half is at most p, and t < p·2^256, so the sum is below 2p.
#[inline(always)]
fn add_high_half(low: Limbs, t: &[u64; 8], p: &Limbs) -> Limbs {
    let (sum, carry) = limbs::add(&low, &[t[4], t[5], t[6], t[7]]);
    subtract_once(&sum, carry, p)
}
