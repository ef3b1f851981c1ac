//! The vector back-end behind the common interface.

use crate::backend::{Backend, BaseTables};
use crate::curve::{CurveId, P256, Sm2};
use crate::ifma8::lanes::Ifma;
use crate::ifma8::prime::LanePrime;
use crate::ifma8::{LANES, Outcome, lift, plain, prepared, repeated, sm3, tables};
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::ScalarBackend;
use crate::scalar::point::Affine;
use crate::sm3::{Block, State};
use crate::task::Task;

/// Eight jobs at a time, and the complete scalar path for lanes with an exception.
#[derive(Debug)]
pub struct Ifma8Backend {
    isa: Ifma,
    tables: BaseTables,
    complete: ScalarBackend,
}

impl Ifma8Backend {
    /// Takes the proof that the processor has the instructions.
    pub fn new(isa: Ifma) -> Self {
        Self { isa, tables: BaseTables::default(), complete: ScalarBackend::default() }
    }

    /// A task alone in a vector takes the scalar path: measured, 40 µs against 48 µs; two tasks take the vector's time.
    fn plain<C: LanePrime>(&self, tasks: &[Task], verdicts: &mut [bool]) {
        let base = self.tables.of(C::ID).window.get_or_init(tables::base_table::<C>);
        let alone = usize::from(tasks.len() % LANES == 1);
        let (vectors, rest) = tasks.split_at(tasks.len() - alone);
        let (vector_verdicts, rest_verdicts) = verdicts.split_at_mut(vectors.len());
        self.decide::<C>(&plain::verify::<C>(self.isa, base, vectors), vectors, vector_verdicts);
        self.complete.verify_plain(C::ID, rest, rest_verdicts);
    }

    fn prepared<C: LanePrime>(&self, tasks: &[Task], combs: &[&[PackedPoint]], verdicts: &mut [bool]) {
        let base = self.base_comb::<C>();
        self.decide::<C>(&prepared::verify::<C>(self.isa, base, tasks, combs), tasks, verdicts);
    }

    fn repeated<C: LanePrime>(&self, tasks: &[Task], tables: &[&[PackedPoint]], verdicts: &mut [bool]) {
        let base = self.base_comb::<C>();
        self.decide::<C>(&repeated::verify::<C>(self.isa, base, tasks, tables), tasks, verdicts);
    }

    fn base_comb<C: LanePrime>(&self) -> &[PackedPoint] {
        self.tables.of(C::ID).comb.get_or_init(|| tables::comb_table::<C>(&Affine::base()))
    }

    /// Masks to verdicts. A signature made to run into an exception costs a scalar verification, seven times a lane's
    /// time: that is all an attacker gains by it.
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

impl Backend for Ifma8Backend {
    fn name(&self) -> &'static str {
        "ifma8"
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
