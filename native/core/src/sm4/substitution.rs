//! The substitution S of SM4 (GB/T 32907 clause 6.2 a) as a circuit, for as many bytes at once as a plane has bits.
//!
//! S(x) = A(A(x) ⊕ c)⁻¹ ⊕ c, the inverse in GF(2^8) modulo x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1. It is taken in the tower
//! GF(2^8) = GF(2^4)[z]/(z² + z + ν), GF(2^4) = GF(2^2)[y]/(y² + y + w), GF(2^2) = GF(2)[w]/(w² + w + 1) with ν = w·y + 1;
//! `into_tower` and `out_of_tower` are A together with the way there and back.

use core::ops::{BitAnd, BitXor, Not};

/// The same bit of many bytes.
pub trait Plane: Copy + BitXor<Output = Self> + BitAnd<Output = Self> + Not<Output = Self> {}

impl<W: Copy + BitXor<Output = Self> + BitAnd<Output = Self> + Not<Output = Self>> Plane for W {}

/// Elements of the fields, the lowest coefficient first.
type Of4<W> = [W; 2];
type Of16<W> = [Of4<W>; 2];
type Of256<W> = [Of16<W>; 2];

/// S of bytes, given and returned as planes, the lowest bit first.
#[inline(always)]
pub fn substituted<W: Plane>(bits: [W; 8]) -> [W; 8] {
    out_of_tower(inverse(into_tower(bits)))
}

#[inline(always)]
fn into_tower<W: Plane>(x: [W; 8]) -> Of256<W> {
    let t8 = x[1] ^ x[2];
    let t9 = x[4] ^ x[6];
    let t10 = x[0] ^ t8;
    let t11 = x[2] ^ x[7];
    let t12 = x[5] ^ t9;
    let t13 = x[1] ^ t12;
    let t15 = x[3] ^ t10;
    let low = [[x[5] ^ t8, !t13], [x[5] ^ t11, !(x[3] ^ x[4])]];
    let high = [[t9 ^ t10, !x[6]], [!t11, !(t12 ^ t15)]];
    [low, high]
}

#[inline(always)]
fn out_of_tower<W: Plane>([low, high]: Of256<W>) -> [W; 8] {
    let y = [low[0][0], low[0][1], low[1][0], low[1][1], high[0][0], high[0][1], high[1][0], high[1][1]];
    let t8 = y[0] ^ y[6];
    let t9 = y[1] ^ y[5];
    let t10 = y[2] ^ y[4];
    let t11 = y[3] ^ t9;
    let t13 = y[0] ^ y[2];
    let t14 = y[1] ^ y[3];
    let t15 = y[4] ^ y[7];
    let t16 = y[6] ^ t9;
    [!(t8 ^ t10), !t8, t10 ^ t16, t8 ^ t15, !(y[7] ^ t14), t11, !(y[0] ^ y[1]), !(t11 ^ t13)]
}

/// (h·z + l)⁻¹ = (h·z + h + l) / (ν·h² + h·l + l²); the inverse of 0 is 0.
#[inline(always)]
fn inverse<W: Plane>([l, h]: Of256<W>) -> Of256<W> {
    let norm = add16(add16(times_nu(square16(h)), multiply16(h, l)), square16(l));
    let of_norm = inverse16(norm);
    [multiply16(add16(h, l), of_norm), multiply16(h, of_norm)]
}

#[inline(always)]
fn inverse16<W: Plane>([l, h]: Of16<W>) -> Of16<W> {
    let norm = add4(add4(times_w(square4(h)), multiply4(h, l)), square4(l));
    // d³ = 1: the inverse is the square.
    let of_norm = square4(norm);
    [multiply4(add4(h, l), of_norm), multiply4(h, of_norm)]
}

#[inline(always)]
fn multiply16<W: Plane>([al, ah]: Of16<W>, [bl, bh]: Of16<W>) -> Of16<W> {
    let low = multiply4(al, bl);
    let high = multiply4(ah, bh);
    let sums = multiply4(add4(ah, al), add4(bh, bl));
    [add4(low, times_w(high)), add4(sums, low)]
}

#[inline(always)]
fn square16<W: Plane>([l, h]: Of16<W>) -> Of16<W> {
    let high = square4(h);
    [add4(square4(l), times_w(high)), high]
}

/// (h·y + l)·(w·y + 1).
#[inline(always)]
fn times_nu<W: Plane>([l, h]: Of16<W>) -> Of16<W> {
    let high = times_w(h);
    [add4(l, times_w(high)), add4(add4(high, h), times_w(l))]
}

#[inline(always)]
fn add16<W: Plane>([al, ah]: Of16<W>, [bl, bh]: Of16<W>) -> Of16<W> {
    [add4(al, bl), add4(ah, bh)]
}

#[inline(always)]
fn multiply4<W: Plane>([al, ah]: Of4<W>, [bl, bh]: Of4<W>) -> Of4<W> {
    let low = al & bl;
    [low ^ (ah & bh), ((ah ^ al) & (bh ^ bl)) ^ low]
}

#[inline(always)]
fn square4<W: Plane>([l, h]: Of4<W>) -> Of4<W> {
    [l ^ h, h]
}

#[inline(always)]
fn times_w<W: Plane>([l, h]: Of4<W>) -> Of4<W> {
    [h, h ^ l]
}

#[inline(always)]
fn add4<W: Plane>([al, ah]: Of4<W>, [bl, bh]: Of4<W>) -> Of4<W> {
    [al ^ bl, ah ^ bh]
}
