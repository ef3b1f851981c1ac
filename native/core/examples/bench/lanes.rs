//! The vector field and group operations on their own: time and cycles for all eight lanes, and for one.

use std::hint::black_box;

use onecard_engine::curve::{CurveId, P256, Sm2};
use onecard_engine::ifma8::LANES;
use onecard_engine::ifma8::accumulator::{Accumulator, Addend, add, double};
use onecard_engine::ifma8::field::{Factor, mul, square};
use onecard_engine::ifma8::lanes::{Ifma, Lanes};
use onecard_engine::ifma8::prime::LanePrime;
use serde_json::{Value, json};

use crate::{least_ns, round};

const CALLS: u32 = 10_000;
/// Independent chains of one operation, which show its cost rather than its latency.
const CHAINS: usize = 4;

/// Results for the field and the group of a curve; none where the instructions are missing.
pub fn field_results(curve: CurveId, ghz: f64) -> Vec<Value> {
    let Ok(isa) = Ifma::detect() else { return Vec::new() };
    let results = match curve {
        CurveId::Sm2 => measure::<Sm2>(isa),
        CurveId::P256 => measure::<P256>(isa),
    };
    let report = results.into_iter().map(|(what, nanoseconds)| {
        json!({
            "curve": format!("{curve:?}"), "backend": "ifma8", "what": what,
            "ns": round(nanoseconds), "cycles": round(nanoseconds * ghz),
            "ns_per_lane": round(nanoseconds / LANES as f64), "cycles_per_lane": round(nanoseconds * ghz / LANES as f64),
        })
    });
    report.collect()
}

fn measure<C: LanePrime>(isa: Ifma) -> [(&'static str, f64); 5] {
    let limb = Lanes::splat(isa, black_box(0x3_1234_5678_9abc));
    let factor = Factor([limb; 5]);
    let addend = Addend { x: factor, y: factor };
    let point = Accumulator::new::<C>(isa, &addend, 0);
    // SAFETY: `isa` proves the instructions of the loops below.
    unsafe {
        [
            ("field mul", per_call(CHAINS, || multiply::<C, CHAINS>(black_box(factor)))),
            ("field square", per_call(CHAINS, || square_chains::<C>(black_box(factor)))),
            ("field mul latency", per_call(1, || multiply::<C, 1>(black_box(factor)))),
            ("point double", per_call(1, || doublings::<C>(black_box(point)))),
            ("point add", per_call(1, || additions::<C>(black_box(point), &addend))),
        ]
    }
}

fn per_call<T>(chains: usize, mut call: impl FnMut() -> T) -> f64 {
    let least = least_ns(|| {
        black_box(call());
    });
    least / f64::from(CALLS) / chains as f64
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn multiply<C: LanePrime, const N: usize>(factor: Factor) -> [Factor; N] {
    let mut chains = [factor; N];
    for _ in 0..CALLS {
        for chain in &mut chains {
            *chain = mul::<C>(chain, &factor).carry();
        }
    }
    chains
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn square_chains<C: LanePrime>(factor: Factor) -> [Factor; CHAINS] {
    let mut chains = [factor; CHAINS];
    for _ in 0..CALLS {
        for chain in &mut chains {
            *chain = square::<C>(chain).carry();
        }
    }
    chains
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn doublings<C: LanePrime>(mut point: Accumulator) -> Accumulator {
    for _ in 0..CALLS {
        point = double::<C>(&point);
    }
    point
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn additions<C: LanePrime>(mut point: Accumulator, addend: &Addend) -> Accumulator {
    for _ in 0..CALLS {
        point = add::<C>(&point, addend, 0);
    }
    point
}
