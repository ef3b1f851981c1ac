//! What a back-end does, and the list of them, the fastest first.

use std::sync::OnceLock;

use crate::curve::CurveId;
use crate::limbs::Limbs;
use crate::packed::PackedPoint;
use crate::scalar::ScalarBackend;
use crate::sm3::{Block, State};
use crate::task::Task;

/// Verifies tasks of one curve. Verdicts are in the order of the tasks, and one bad task fails alone.
pub trait Backend: Send + Sync {
    /// The name it is chosen by.
    fn name(&self) -> &'static str;

    /// Verifies with keys as they came; they are checked here.
    fn verify_plain(&self, curve: CurveId, tasks: &[Task], verdicts: &mut [bool]);

    /// Verifies each task with a comb that this back-end made of the task's key.
    fn verify_prepared(&self, curve: CurveId, tasks: &[Task], combs: &[&[PackedPoint]], verdicts: &mut [bool]);

    /// Verifies each task with a table that this back-end made of the task's key.
    fn verify_repeated(&self, curve: CurveId, tasks: &[Task], tables: &[&[PackedPoint]], verdicts: &mut [bool]);

    /// For each x below p, the y of one of its two points, or nothing where it has none.
    fn lift(&self, curve: CurveId, xs: &[Limbs]) -> Vec<Option<Limbs>>;

    /// For each message in padded blocks, the state of SM3 after the last of them, `begun` before the first.
    fn sm3(&self, begun: &[State], messages: &[&[Block]]) -> Vec<State>;

    /// Makes the comb of a key, or nothing where the key is not a point of the curve.
    fn comb(&self, curve: CurveId, key: &[Limbs; 2]) -> Option<Box<[PackedPoint]>>;

    /// Makes the tables for `verify_repeated`, 4 KiB each; nothing for a key that is not a point of the curve.
    fn repeated_tables(&self, curve: CurveId, keys: &[[Limbs; 2]]) -> Vec<Option<Box<[PackedPoint]>>>;
}

/// Makes a back-end, or says why it cannot run here.
pub type Constructor = fn() -> Result<Box<dyn Backend>, &'static str>;

/// Every back-end by name, the fastest first.
pub const BACKENDS: [(&str, Constructor); 3] = [("ifma8", ifma8), ("avx2", avx2), ("scalar", scalar)];

#[cfg(target_arch = "x86_64")]
fn ifma8() -> Result<Box<dyn Backend>, &'static str> {
    let isa = crate::ifma8::lanes::Ifma::detect()?;
    Ok(Box::new(crate::ifma8::backend::Ifma8Backend::new(isa)))
}

#[cfg(not(target_arch = "x86_64"))]
fn ifma8() -> Result<Box<dyn Backend>, &'static str> {
    Err("AVX512_IFMA is of x86-64 processors only")
}

#[cfg(target_arch = "x86_64")]
fn avx2() -> Result<Box<dyn Backend>, &'static str> {
    let isa = crate::avx2::words::Avx2::detect().ok_or("the processor or the system has no AVX2")?;
    Ok(Box::new(crate::avx2::backend::Avx2Backend::new(isa)))
}

#[cfg(not(target_arch = "x86_64"))]
fn avx2() -> Result<Box<dyn Backend>, &'static str> {
    Err("AVX2 is of x86-64 processors only")
}

fn scalar() -> Result<Box<dyn Backend>, &'static str> {
    Ok(Box::new(ScalarBackend::default()))
}

/// The tables of the base points, made when first used.
#[derive(Debug, Default)]
pub struct BaseTables([CurveTables; CurveId::ALL.len()]);

/// The tables of one base point.
#[derive(Debug, Default)]
pub struct CurveTables {
    /// The odd multiples for plain verification.
    pub window: OnceLock<Box<[PackedPoint]>>,
    /// The comb for verification with prepared keys.
    pub comb: OnceLock<Box<[PackedPoint]>>,
}

impl BaseTables {
    /// The tables of a curve.
    pub fn of(&self, curve: CurveId) -> &CurveTables {
        &self.0[curve as usize]
    }
}
