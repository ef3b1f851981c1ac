//! Modular inversion by the division steps of Bernstein and Yang, "Fast constant-time gcd computation and modular
//! inversion" (2019), in variable time: 62 steps at once on the low words give a 2×2 matrix, applied then to the full
//! numbers. Three times as fast as Fermat's little theorem.

use crate::limbs::{self, Limbs};
use crate::modulus::Modulus;

const BATCH: u32 = 62;
const MASK: u64 = u64::MAX >> 2;

/// A signed number in radix 2^62; only the top limb carries the sign.
type Signed62 = [i64; 5];

/// 2^62·(f', g') = [[u, v], [q, r]]·(f, g) for the batch of steps just made.
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// a^-1 mod m for a < m, and zero for zero. Not in Montgomery form, on either side.
pub fn invert(modulus: &Modulus, a: &Limbs) -> Limbs {
    let m = split(&modulus.m);
    let (mut f, mut g) = (m, split(a));
    // d·a ≡ f and e·a ≡ g modulo m, up to the power of two that every batch takes away again.
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    // The negative of the paper's delta.
    let mut eta = -1;
    while g != [0; 5] {
        let matrix = steps(&mut eta, f[0] as u64, g[0] as u64);
        update_coefficients(&matrix, &mut d, &mut e, &m, modulus.inverse64);
        update_pair(&matrix, &mut f, &mut g);
    }
    // f is now plus or minus the greatest common divisor; its sign is that of the inverse.
    canonical(&d, f[4] < 0, &modulus.m)
}

/// Makes 62 division steps on the low words of f and g. Runs of halvings go by trailing zeros, and when f stays put,
/// up to six low bits of g are cleared by one multiple of it.
fn steps(eta: &mut i32, f0: u64, g0: u64) -> Matrix {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let (mut f, mut g) = (f0, g0);
    let mut left = BATCH;
    loop {
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= zeros as i32;
        left -= zeros;
        if left == 0 {
            break;
        }
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        let bits = left.min(*eta as u32 + 1).min(6);
        // f is its own inverse modulo 8, so f·(2 - f²) is its inverse modulo 64.
        let f_inverse = f.wrapping_mul(2u64.wrapping_sub(f.wrapping_mul(f)));
        let w = g.wrapping_mul(f_inverse).wrapping_neg() & (u64::MAX >> (64 - bits));
        g = g.wrapping_add(f.wrapping_mul(w));
        q = q.wrapping_add(u.wrapping_mul(w));
        r = r.wrapping_add(v.wrapping_mul(w));
    }
    Matrix { u: u as i64, v: v as i64, q: q as i64, r: r as i64 }
}

/// (f, g) becomes matrix·(f, g)/2^62, which is exact.
fn update_pair(t: &Matrix, f: &mut Signed62, g: &mut Signed62) {
    let mut cf = product(t.u, f[0]) + product(t.v, g[0]);
    let mut cg = product(t.q, f[0]) + product(t.r, g[0]);
    for i in 1..5 {
        cf = (cf >> BATCH) + product(t.u, f[i]) + product(t.v, g[i]);
        cg = (cg >> BATCH) + product(t.q, f[i]) + product(t.r, g[i]);
        f[i - 1] = (cf as u64 & MASK) as i64;
        g[i - 1] = (cg as u64 & MASK) as i64;
    }
    f[4] = (cf >> BATCH) as i64;
    g[4] = (cg >> BATCH) as i64;
}

/// (d, e) becomes matrix·(d, e)/2^62 modulo m: a multiple of m makes the division exact. Both stay in (-2m, m).
fn update_coefficients(t: &Matrix, d: &mut Signed62, e: &mut Signed62, m: &Signed62, inverse64: u64) {
    // Adding m to what is negative first keeps the range.
    let (d_negative, e_negative) = (d[4] >> 63, e[4] >> 63);
    let mut md = (t.u & d_negative) + (t.v & e_negative);
    let mut me = (t.q & d_negative) + (t.r & e_negative);
    let mut cd = product(t.u, d[0]) + product(t.v, e[0]);
    let mut ce = product(t.q, d[0]) + product(t.r, e[0]);
    md = exact_multiple(md, cd as u64, inverse64);
    me = exact_multiple(me, ce as u64, inverse64);
    cd += product(m[0], md);
    ce += product(m[0], me);
    for i in 1..5 {
        cd = (cd >> BATCH) + product(t.u, d[i]) + product(t.v, e[i]) + product(m[i], md);
        ce = (ce >> BATCH) + product(t.q, d[i]) + product(t.r, e[i]) + product(m[i], me);
        d[i - 1] = (cd as u64 & MASK) as i64;
        e[i - 1] = (ce as u64 & MASK) as i64;
    }
    d[4] = (cd >> BATCH) as i64;
    e[4] = (ce >> BATCH) as i64;
}

/// The multiple of m, at most 2^62 below `start`, that clears the low 62 bits of `low` + multiple·m.
fn exact_multiple(start: i64, low: u64, inverse64: u64) -> i64 {
    start - (inverse64.wrapping_mul(low).wrapping_add(start as u64) & MASK) as i64
}

fn product(a: i64, b: i64) -> i128 {
    a as i128 * b as i128
}

fn split(a: &Limbs) -> Signed62 {
    [
        (a[0] & MASK) as i64,
        ((a[0] >> 62 | a[1] << 2) & MASK) as i64,
        ((a[1] >> 60 | a[2] << 4) & MASK) as i64,
        ((a[2] >> 58 | a[3] << 6) & MASK) as i64,
        (a[3] >> 56) as i64,
    ]
}

/// ±d, which is in (-2m, 2m), brought under m and out of radix 2^62.
fn canonical(d: &Signed62, negate: bool, m: &Limbs) -> Limbs {
    let mut carry = 0i64;
    let mut limbs62 = [0u64; 5];
    for (limb, &signed) in limbs62.iter_mut().zip(d) {
        let value = if negate { -signed } else { signed } + carry;
        *limb = value as u64 & MASK;
        carry = value >> BATCH;
    }
    let mut value = [
        limbs62[0] | limbs62[1] << 62,
        limbs62[1] >> 2 | limbs62[2] << 60,
        limbs62[2] >> 4 | limbs62[3] << 58,
        limbs62[3] >> 6 | limbs62[4] << 56,
    ];
    // The bits above 2^256, two's complement.
    let mut high = (limbs62[4] << 2) as i64 >> 10;
    while high < 0 {
        let (sum, carry) = limbs::add(&value, m);
        value = sum;
        high += i64::from(carry);
    }
    while high > 0 || !limbs::less(&value, m) {
        let (difference, borrow) = limbs::sub(&value, m);
        value = difference;
        high -= i64::from(borrow);
    }
    value
}
