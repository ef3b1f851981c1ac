//! The odd multiples Q, 3Q, ... 31Q of the key in each lane, in affine form.
//!
//! Co-Z arithmetic (Meloni, WAIFI 2007; Goundar, Joye and Miyaji, CHES 2010) makes each next multiple for 5
//! multiplications and 2 squares, and leaves the ratios of the successive Z: with the inverse of the last one, which is
//! shared among many vectors, the ratios give all the others.

use crate::avx2::field::{Element, LIMBS, integers, mul, square};
use crate::avx2::lanes::{LANES, Lanes, Row, transpose};
use crate::avx2::point::Addend;
use crate::avx2::prime::LanePrime;
use crate::avx2::words::Avx2;
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::field::{Fp, invert_all};
use crate::scalar::tables::{PART_POINTS, REPEATED_BITS};

/// Bits of the window: fewer bits cost more additions, more bits a longer table. The same as of a repeated key's parts.
pub const KEY_BITS: usize = REPEATED_BITS;
/// Odd multiples kept.
pub const KEY_POINTS: usize = PART_POINTS;

/// The multiples of one key a lane, on the way: only the first is affine.
#[derive(Clone, Debug)]
pub struct Multiples {
    points: [(Element, Element); KEY_POINTS],
    /// ratios[i] is the Z of multiple i over the Z of multiple i - 1, from 2 on.
    ratios: [Element; KEY_POINTS],
    /// The Z of the last multiple. No valid point makes it zero.
    last_z: Element,
}

/// A point whose Z is known from elsewhere. x ≤ 1.05 and y < 1.2, both tight.
#[derive(Clone, Copy)]
struct CoZ {
    x: Element,
    y: Element,
}

impl Multiples {
    /// Makes the multiples of the points (x, y), x and y < 1.1 and strict, in Montgomery form.
    #[inline(always)]
    pub fn new<C: LanePrime>(isa: Avx2, x: &Element, y: &Element) -> Self {
        let (mut twice, mut point, mut z) = double_with_update::<C>(isa, x, y);
        let mut multiples = Self { points: [(*x, *y); _], ratios: [z; _], last_z: z };
        for i in 1..KEY_POINTS {
            let ratio;
            (point, twice, ratio) = add_with_update::<C>(&twice, &point);
            z = mul::<C>(&z, &ratio);
            multiples.points[i] = (point.x, point.y);
            multiples.ratios[i] = ratio;
        }
        multiples.last_z = z;
        multiples
    }

    /// All multiples in affine form, x and y < 1.1 and strict, given the inverse of `last_z`.
    #[inline(always)]
    fn affine<C: LanePrime>(&self, inverse_of_last_z: &Element) -> [(Element, Element); KEY_POINTS] {
        let mut points = self.points;
        let mut inverse = *inverse_of_last_z;
        for i in (1..KEY_POINTS).rev() {
            let (x, y) = points[i];
            let inverse2 = square::<C>(&inverse);
            let inverse3 = mul::<C>(&inverse2, &inverse);
            points[i] = (mul::<C>(&x, &inverse2), mul::<C>(&y, &inverse3));
            inverse = mul::<C>(&inverse, &self.ratios[i]);
        }
        points
    }
}

/// The affine multiples of many vectors of keys, by one inversion for all.
#[inline(always)]
pub fn affine_all<C: LanePrime>(isa: Avx2, multiples: &[Multiples]) -> Vec<[(Element, Element); KEY_POINTS]> {
    let last: Vec<Element> = multiples.iter().map(|multiples| multiples.last_z).collect();
    let mut affine = Vec::with_capacity(multiples.len());
    for (multiples, inverse) in multiples.iter().zip(inverses::<C>(isa, &last)) {
        affine.push(multiples.affine::<C>(&inverse));
    }
    affine
}

/// 1/z of each element, none of which is zero: products along the vectors, then across the lanes.
#[inline(always)]
pub fn inverses<C: LanePrime>(isa: Avx2, elements: &[Element]) -> Vec<Element> {
    let mut before = Vec::with_capacity(elements.len());
    let mut product = Element::splat(isa, &C::ONE);
    for element in elements {
        before.push(product);
        product = mul::<C>(&product, element);
    }
    let mut lanes = integers::<C>(isa, &product).map(|z| Fp::<C>::from_integer(&z));
    invert_all(&mut lanes);
    let inverted: [Limbs; LANES] = lanes.map(|inverse| inverse.to_integer());
    let mut inverse = crate::avx2::field::enter::<C>(isa, &Element::from_integers(isa, &inverted));
    for (before, element) in before.iter_mut().zip(elements).rev() {
        *before = mul::<C>(&inverse, before);
        inverse = mul::<C>(&inverse, element);
    }
    before
}

/// The affine multiples of each lane, below p.
#[inline(always)]
pub fn packed<C: LanePrime>(points: &[(Element, Element); KEY_POINTS]) -> [[PackedPoint; KEY_POINTS]; LANES] {
    let mut packed = [[PackedPoint::default(); KEY_POINTS]; LANES];
    for (i, (x, y)) in points.iter().enumerate() {
        let (x, y) = (x.reduced::<C>(), y.reduced::<C>());
        for (lane, points) in packed.iter_mut().enumerate() {
            points[i] = PackedPoint([x[lane], y[lane]]);
        }
    }
    packed
}

/// A point of one lane as limbs of 32 bits: the first eight of x, those of y, and the ninth of both.
type Narrow = [Row; 3];

/// The multiples lane after lane, as they are read.
pub struct Window([[Narrow; KEY_POINTS]; LANES]);

impl Window {
    /// Lays out affine multiples, strict.
    #[inline(always)]
    pub fn new(points: &[(Element, Element); KEY_POINTS]) -> Self {
        let mut window = [[[Row::default(); 3]; KEY_POINTS]; LANES];
        for (i, (x, y)) in points.iter().enumerate() {
            let zero = x.0[0].like(0);
            let ninth = transpose([x.0[LIMBS - 1].or(y.0[LIMBS - 1].shl::<32>()), zero, zero, zero]);
            for (part, rows) in [narrow(x), narrow(y), ninth].into_iter().enumerate() {
                for (lane, row) in rows.into_iter().enumerate() {
                    row.store(&mut window[lane][i][part]);
                }
            }
        }
        Self(window)
    }

    /// The multiple of each lane's index, each below KEY_POINTS.
    #[inline(always)]
    pub fn addend(&self, isa: Avx2, indices: [usize; LANES]) -> Addend {
        let [i0, i1, i2, i3] = indices;
        let [w0, w1, w2, w3] = &self.0;
        let points = [&w0[i0], &w1[i1], &w2[i2], &w3[i3]];
        let [ninth, ..] = load_part(isa, points, 2);
        Addend { x: wide(load_part(isa, points, 0), ninth), y: wide(load_part(isa, points, 1), ninth.shr::<32>()) }
    }
}

#[inline(always)]
fn load_part(isa: Avx2, [a, b, c, d]: [&Narrow; LANES], part: usize) -> [Lanes; LANES] {
    transpose([
        Lanes::load(isa, &a[part]),
        Lanes::load(isa, &b[part]),
        Lanes::load(isa, &c[part]),
        Lanes::load(isa, &d[part]),
    ])
}

/// Limbs 0 to 7, two by two, a row a lane.
#[inline(always)]
fn narrow(Element([a, b, c, d, e, f, g, h, _]): &Element) -> [Lanes; LANES] {
    transpose([a.or(b.shl::<32>()), c.or(d.shl::<32>()), e.or(f.shl::<32>()), g.or(h.shl::<32>())])
}

/// The limbs again, with rubbish above their 32 bits.
#[inline(always)]
fn wide([a, b, c, d]: [Lanes; LANES], ninth: Lanes) -> Element {
    Element([a, a.shr::<32>(), b, b.shr::<32>(), c, c.shr::<32>(), d, d.shr::<32>(), ninth])
}

/// 2P and P over the same Z = 2y, for an affine P.
#[inline(always)]
fn double_with_update<C: LanePrime>(isa: Avx2, x: &Element, y: &Element) -> (CoZ, CoZ, Element) {
    let y2 = square::<C>(y); // < 1.04
    let s = mul::<C>(x, &y2).double().double().weakly_reduced::<C>();
    let eight_y4 = square::<C>(&y2).double().double().double().weakly_reduced::<C>();
    let slope = square::<C>(x).sub::<C, 2, 1>(&Element::splat(isa, &C::ONE)); // < 3.04, limbs 3
    let m = slope.double().add(&slope).carry(); // < 9.2
    let x3 = square::<C>(&m).sub::<C, 3, 4>(&s.double()).weakly_reduced::<C>(); // the square < 3.7
    let rest = s.sub::<C, 2, 2>(&x3); // < 3.01, limbs 4
    let y3 = mul::<C>(&m, &rest).sub::<C, 2, 2>(&eight_y4).weakly_reduced::<C>(); // the product < 1.9
    (CoZ { x: x3, y: y3 }, CoZ { x: s, y: eight_y4 }, y.double())
}

/// P + Q, and P over the same new Z, and the new Z over the old one.
#[inline(always)]
fn add_with_update<C: LanePrime>(p: &CoZ, q: &CoZ) -> (CoZ, CoZ, Element) {
    let ratio = p.x.sub::<C, 2, 2>(&q.x).carry(); // < 3.1
    let ratio2 = square::<C>(&ratio); // < 1.31
    let w1 = mul::<C>(&p.x, &ratio2); // < 1.05
    let w2 = mul::<C>(&q.x, &ratio2); // < 1.05
    let r = p.y.sub::<C, 2, 2>(&q.y).carry(); // < 3.2
    let a1 = mul::<C>(&p.y, &w1.sub::<C, 2, 1>(&w2)); // < 1.12
    let x = square::<C>(&r).sub::<C, 3, 2>(&w1.add(&w2)).weakly_reduced::<C>();
    let rest = w1.sub::<C, 2, 2>(&x); // < 3.05, limbs 4
    let y = mul::<C>(&r, &rest).sub::<C, 2, 1>(&a1).weakly_reduced::<C>();
    (CoZ { x, y }, CoZ { x: w1, y: a1 }, ratio)
}
