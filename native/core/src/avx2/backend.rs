//! The vector back-end behind the common interface.

use crate::avx2::lanes::LANES;
use crate::avx2::prime::LanePrime;
use crate::avx2::verify::Outcome;
use crate::avx2::words::Avx2;
use crate::avx2::{lift, plain, prepared, repeated, sm3, tables};
use crate::backend::{Backend, BaseTables};
use crate::curve::{CurveId, P256, Sm2};
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::ScalarBackend;
use crate::scalar::point::Affine;
use crate::scalar::verify::{verify_prepared, verify_repeated};
use crate::sm3::{Block, State};
use crate::task::Task;

/// Four jobs at a time, and the complete scalar path for lanes with an exception.
#[derive(Debug)]
pub struct Avx2Backend {
    isa: Avx2,
    tables: BaseTables,
    complete: ScalarBackend,
}

impl Avx2Backend {
    /// Takes the proof that the processor has the instructions.
    pub fn new(isa: Avx2) -> Self {
        Self { isa, tables: BaseTables::default(), complete: ScalarBackend::default() }
    }

    fn plain<C: LanePrime>(&self, tasks: &[Task], verdicts: &mut [bool]) {
        let base = self.tables.of(C::ID).window.get_or_init(tables::base_table::<C>);
        let full = in_vectors(tasks.len());
        let outcomes = plain::verify::<C>(self.isa, base, &tasks[..full]);
        self.decide::<C>(&outcomes, &tasks[..full], &mut verdicts[..full]);
        self.complete.verify_plain(C::ID, &tasks[full..], &mut verdicts[full..]);
    }

    fn prepared<C: LanePrime>(&self, tasks: &[Task], combs: &[&[PackedPoint]], verdicts: &mut [bool]) {
        let base = self.base_comb::<C>();
        let full = in_vectors(tasks.len());
        let outcomes = prepared::verify::<C>(self.isa, base, &tasks[..full], &combs[..full]);
        self.decide::<C>(&outcomes, &tasks[..full], &mut verdicts[..full]);
        for i in full..tasks.len() {
            verdicts[i] = verify_prepared::<C>(base, combs[i], &tasks[i], tables::read);
        }
    }

    fn repeated<C: LanePrime>(&self, tasks: &[Task], tables: &[&[PackedPoint]], verdicts: &mut [bool]) {
        let base = self.base_comb::<C>();
        let full = in_vectors(tasks.len());
        let outcomes = repeated::verify::<C>(self.isa, base, &tasks[..full], &tables[..full]);
        self.decide::<C>(&outcomes, &tasks[..full], &mut verdicts[..full]);
        for i in full..tasks.len() {
            verdicts[i] = verify_repeated::<C>(base, tables[i], &tasks[i], tables::read);
        }
    }

    fn base_comb<C: LanePrime>(&self) -> &[PackedPoint] {
        self.tables.of(C::ID).comb.get_or_init(|| tables::comb_table::<C>(&Affine::base()))
    }

    /// Masks to verdicts. A signature made to run into an exception costs a scalar verification: that is all an attacker
    /// gains by it.
    fn decide<C: LanePrime>(&self, outcomes: &[Outcome], tasks: &[Task], verdicts: &mut [bool]) {
        for (i, (task, verdict)) in tasks.iter().zip(verdicts).enumerate() {
            let (outcome, lane) = (&outcomes[i / LANES], i % LANES);
            let has = |mask: u8| mask >> lane & 1 == 1;
            // An x at or above n has a second coordinate to compare with; about one job in 2^128 comes here for it.
            let undecided = has(outcome.exceptional) || !has(outcome.agrees) && task.second_x::<C>().is_some();
            *verdict = !has(outcome.off_curve)
                && if undecided { self.complete.verify_one::<C>(task) } else { has(outcome.agrees) };
        }
    }
}

/// How many of so many tasks go into vectors. One that would be alone there takes the scalar path, which is faster for it;
/// two take a vector's time.
fn in_vectors(tasks: usize) -> usize {
    tasks - usize::from(tasks % LANES == 1)
}

impl Backend for Avx2Backend {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn verify_plain(&self, curve: CurveId, tasks: &[Task], verdicts: &mut [bool]) {
        match curve {
            CurveId::Sm2 => self.plain::<Sm2>(tasks, verdicts),
            CurveId::P256 => self.plain::<P256>(tasks, verdicts),
        }
    }

    fn verify_prepared(&self, curve: CurveId, tasks: &[Task], combs: &[&[PackedPoint]], verdicts: &mut [bool]) {
        match curve {
            CurveId::Sm2 => self.prepared::<Sm2>(tasks, combs, verdicts),
            CurveId::P256 => self.prepared::<P256>(tasks, combs, verdicts),
        }
    }

    fn verify_repeated(&self, curve: CurveId, tasks: &[Task], tables: &[&[PackedPoint]], verdicts: &mut [bool]) {
        match curve {
            CurveId::Sm2 => self.repeated::<Sm2>(tasks, tables, verdicts),
            CurveId::P256 => self.repeated::<P256>(tasks, tables, verdicts),
        }
    }

    fn lift(&self, curve: CurveId, xs: &[Limbs]) -> Vec<Option<Limbs>> {
        match curve {
            CurveId::Sm2 => lift::lift::<Sm2>(self.isa, xs),
            CurveId::P256 => lift::lift::<P256>(self.isa, xs),
        }
    }

    fn sm3(&self, begun: &[State], messages: &[&[Block]]) -> Vec<State> {
        sm3::states(self.isa, begun, messages)
    }

    fn comb(&self, curve: CurveId, key: &[Limbs; 2]) -> Option<Box<[PackedPoint]>> {
        match curve {
            CurveId::Sm2 => comb::<Sm2>(key),
            CurveId::P256 => comb::<P256>(key),
        }
    }

    fn repeated_tables(&self, curve: CurveId, keys: &[[Limbs; 2]]) -> Vec<Option<Box<[PackedPoint]>>> {
        match curve {
            CurveId::Sm2 => repeated::tables::<Sm2>(self.isa, keys),
            CurveId::P256 => repeated::tables::<P256>(self.isa, keys),
        }
    }
}

fn comb<C: LanePrime>(key: &[Limbs; 2]) -> Option<Box<[PackedPoint]>> {
    Some(tables::comb_table(&Affine::<C>::from_integers(&key[0], &key[1])?))
}
