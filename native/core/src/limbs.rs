//! 256-bit integers as four 64-bit limbs, least significant first.

/// Four 64-bit limbs, least significant first.
pub type Limbs = [u64; 4];

/// Zero.
pub const ZERO: Limbs = [0; 4];

/// a + b + carry, and the carry out. Two overflows joined is the form that compiles to one instruction.
#[inline(always)]
pub const fn adc(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u64);
    (sum, first | second)
}

/// a - b - borrow, and the borrow out.
#[inline(always)]
pub const fn sbb(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow as u64);
    (difference, first | second)
}

/// The low and the high word of a·b.
#[inline(always)]
pub const fn wide_mul(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    (product as u64, (product >> 64) as u64)
}

/// a + b mod 2^256, and the carry out.
#[inline(always)]
pub const fn add(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = adc(a[0], b[0], false);
    let (r1, c) = adc(a[1], b[1], c);
    let (r2, c) = adc(a[2], b[2], c);
    let (r3, c) = adc(a[3], b[3], c);
    ([r0, r1, r2, r3], c)
}

/// a - b mod 2^256, and the borrow out.
#[inline(always)]
pub const fn sub(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = sbb(a[0], b[0], false);
    let (r1, c) = sbb(a[1], b[1], c);
    let (r2, c) = sbb(a[2], b[2], c);
    let (r3, c) = sbb(a[3], b[3], c);
    ([r0, r1, r2, r3], c)
}

/// a·b, exactly. Each row's low words go in with one chain of carries and its high words with another.
#[inline(always)]
pub const fn mul(a: &Limbs, b: &Limbs) -> [u64; 8] {
    let (t0, h0) = wide_mul(a[0], b[0]);
    let (l1, h1) = wide_mul(a[1], b[0]);
    let (l2, h2) = wide_mul(a[2], b[0]);
    let (l3, h3) = wide_mul(a[3], b[0]);
    let (t1, c) = adc(l1, h0, false);
    let (t2, c) = adc(l2, h1, c);
    let (t3, c) = adc(l3, h2, c);
    let mut t = [t0, t1, t2, t3, h3 + c as u64, 0, 0, 0];
    let mut i = 1;
    while i < 4 {
        let (l0, h0) = wide_mul(a[0], b[i]);
        let (l1, h1) = wide_mul(a[1], b[i]);
        let (l2, h2) = wide_mul(a[2], b[i]);
        let (l3, h3) = wide_mul(a[3], b[i]);
        let (t0, c) = adc(t[i], l0, false);
        let (t1, c) = adc(t[i + 1], l1, c);
        let (t2, c) = adc(t[i + 2], l2, c);
        let (t3, c) = adc(t[i + 3], l3, c);
        let t4 = h3 + c as u64;
        let (t1, c) = adc(t1, h0, false);
        let (t2, c) = adc(t2, h1, c);
        let (t3, c) = adc(t3, h2, c);
        (t[i], t[i + 1], t[i + 2], t[i + 3], t[i + 4]) = (t0, t1, t2, t3, t4 + c as u64);
        i += 1;
    }
    t
}

/// a², exactly.
#[inline(always)]
pub const fn square(a: &Limbs) -> [u64; 8] {
    // The products off the diagonal once, ...
    let (t1, h01) = wide_mul(a[0], a[1]);
    let (l02, h02) = wide_mul(a[0], a[2]);
    let (l03, h03) = wide_mul(a[0], a[3]);
    let (l12, h12) = wide_mul(a[1], a[2]);
    let (l13, h13) = wide_mul(a[1], a[3]);
    let (l23, h23) = wide_mul(a[2], a[3]);
    let (t2, c) = adc(l02, h01, false);
    let (t3, c) = adc(l03, h02, c);
    let (t4, c) = adc(l13, h03, c);
    let (t5, c) = adc(l23, h13, c);
    let t6 = h23 + c as u64;
    let (t3, c) = adc(t3, l12, false);
    let (t4, c) = adc(t4, h12, c);
    let (t5, c) = adc(t5, 0, c);
    let t6 = t6 + c as u64;
    // ... then doubled, ...
    let (t1, c) = adc(t1, t1, false);
    let (t2, c) = adc(t2, t2, c);
    let (t3, c) = adc(t3, t3, c);
    let (t4, c) = adc(t4, t4, c);
    let (t5, c) = adc(t5, t5, c);
    let (t6, c) = adc(t6, t6, c);
    let t7 = c as u64;
    // ... and the squares on it.
    let (t0, h0) = wide_mul(a[0], a[0]);
    let (l1, h1) = wide_mul(a[1], a[1]);
    let (l2, h2) = wide_mul(a[2], a[2]);
    let (l3, h3) = wide_mul(a[3], a[3]);
    let (t1, c) = adc(t1, h0, false);
    let (t2, c) = adc(t2, l1, c);
    let (t3, c) = adc(t3, h1, c);
    let (t4, c) = adc(t4, l2, c);
    let (t5, c) = adc(t5, h2, c);
    let (t6, c) = adc(t6, l3, c);
    [t0, t1, t2, t3, t4, t5, t6, t7 + h3 + c as u64]
}

/// Whether a < b.
#[inline(always)]
pub const fn less(a: &Limbs, b: &Limbs) -> bool {
    sub(a, b).1
}

/// Whether a is zero.
#[inline(always)]
pub const fn is_zero(a: &Limbs) -> bool {
    a[0] | a[1] | a[2] | a[3] == 0
}

/// Half of a 256-bit integer, rounded down.
#[inline(always)]
pub const fn halve(a: &Limbs) -> Limbs {
    [a[0] >> 1 | a[1] << 63, a[1] >> 1 | a[2] << 63, a[2] >> 1 | a[3] << 63, a[3] >> 1]
}

/// Reads 32 big-endian bytes.
#[inline(always)]
pub fn from_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = ZERO;
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*chunk);
    }
    limbs
}

/// Writes 32 big-endian bytes.
#[inline(always)]
pub fn to_bytes(limbs: &Limbs) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (limb, chunk) in limbs.iter().rev().zip(bytes.as_chunks_mut::<8>().0) {
        *chunk = limb.to_be_bytes();
    }
    bytes
}
