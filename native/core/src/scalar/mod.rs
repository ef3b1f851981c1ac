//! The portable back-end: one job at a time, four 64-bit limbs. It is also the exact path that the vector back-end
//! sends its exceptional lanes to, so its group law is complete.

pub mod field;
pub mod point;
pub mod tables;
pub mod verify;

use crate::backend::{Backend, BaseTables};
use crate::curve::{Curve, CurveId, P256, Sm2};
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::point::Affine;
use crate::sm3::{self, Block, State};
use crate::task::Task;

/// The portable back-end.
#[derive(Debug, Default)]
pub struct ScalarBackend {
    tables: BaseTables,
}

impl Backend for ScalarBackend {
    fn name(&self) -> &'static str {
        "scalar"
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
            CurveId::Sm2 => lift::<Sm2>(xs),
            CurveId::P256 => lift::<P256>(xs),
        }
    }

    /// Hashes are the one thing that is done side by side here too, where the processor can.
    fn sm3(&self, begun: &[State], messages: &[&[Block]]) -> Vec<State> {
        #[cfg(target_arch = "x86_64")]
        if let Some(isa) = crate::avx2::words::Avx2::detect() {
            return crate::avx2::sm3::states(isa, begun, messages);
        }
        begun.iter().zip(messages).map(|(state, blocks)| sm3::absorb(*state, blocks)).collect()
    }

    fn comb(&self, curve: CurveId, key: &[Limbs; 2]) -> Option<Box<[PackedPoint]>> {
        match curve {
            CurveId::Sm2 => comb::<Sm2>(key),
            CurveId::P256 => comb::<P256>(key),
        }
    }

    fn repeated_tables(&self, curve: CurveId, keys: &[[Limbs; 2]]) -> Vec<Option<Box<[PackedPoint]>>> {
        match curve {
            CurveId::Sm2 => keys.iter().map(repeated::<Sm2>).collect(),
            CurveId::P256 => keys.iter().map(repeated::<P256>).collect(),
        }
    }
}

impl ScalarBackend {
    /// Verifies one task on the complete path.
    pub fn verify_one<C: Curve>(&self, task: &Task) -> bool {
        let base = self.tables.of(C::ID).window.get_or_init(|| tables::pack(&verify::base_table::<C>()));
        verify::verify_plain::<C>(base, task)
    }

    fn plain<C: Curve>(&self, tasks: &[Task], verdicts: &mut [bool]) {
        for (task, verdict) in tasks.iter().zip(verdicts) {
            *verdict = self.verify_one::<C>(task);
        }
    }

    fn base_comb<C: Curve>(&self) -> &[PackedPoint] {
        self.tables.of(C::ID).comb.get_or_init(|| tables::pack(&tables::comb::<C>(&Affine::base())))
    }

    fn repeated<C: Curve>(&self, tasks: &[Task], tables: &[&[PackedPoint]], verdicts: &mut [bool]) {
        let base = self.base_comb::<C>();
        for ((task, table), verdict) in tasks.iter().zip(tables).zip(verdicts) {
            *verdict = verify::verify_repeated::<C>(base, table, task, PackedPoint::to_affine);
        }
    }

    fn prepared<C: Curve>(&self, tasks: &[Task], combs: &[&[PackedPoint]], verdicts: &mut [bool]) {
        let base = self.base_comb::<C>();
        for ((task, comb), verdict) in tasks.iter().zip(combs).zip(verdicts) {
            *verdict = verify::verify_prepared::<C>(base, comb, task, PackedPoint::to_affine);
        }
    }
}

fn comb<C: Curve>(key: &[Limbs; 2]) -> Option<Box<[PackedPoint]>> {
    let point = Affine::<C>::from_integers(&key[0], &key[1])?;
    Some(tables::pack(&tables::comb(&point)))
}

fn repeated<C: Curve>(key: &[Limbs; 2]) -> Option<Box<[PackedPoint]>> {
    let point = Affine::<C>::from_integers(&key[0], &key[1])?;
    Some(tables::pack(&tables::repeated(&point)))
}

fn lift<C: Curve>(xs: &[Limbs]) -> Vec<Option<Limbs>> {
    xs.iter().map(|x| Affine::<C>::lift(x).map(|point| point.y.to_integer())).collect()
}
