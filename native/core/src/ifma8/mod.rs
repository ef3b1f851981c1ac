//! The vector back-end: eight jobs in the eight 64-bit lanes of AVX-512 registers, with the 52-bit multiply-add of
//! AVX512_IFMA.
//!
//! The kernels in `plain`, `prepared`, `repeated`, `lift` and `sm3` carry `#[target_feature]`; all below them is `#[inline(always)]`, so
//! that the whole computation is compiled with these instructions.

pub mod accumulator;
pub mod backend;
pub mod digits;
pub mod field;
pub mod lanes;
pub mod lift;
pub mod plain;
pub mod prepared;
pub mod prime;
pub mod repeated;
pub mod sm3;
pub mod tables;
pub mod window;
pub mod words;

use crate::ifma8::lanes::LaneMask;

/// Jobs side by side.
pub const LANES: usize = 8;

/// What a kernel says of its eight lanes.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The x coordinate agreed.
    pub agrees: LaneMask,
    /// An exceptional addition, or infinity as the sum: `agrees` means nothing, the complete path has to decide.
    pub exceptional: LaneMask,
    /// The key was not a point of the curve: refused, whatever the other masks say.
    pub off_curve: LaneMask,
}

/// Eight items from one to eight: the last one fills the lanes that are left.
pub fn fill<T: Copy>(items: &[T]) -> [T; LANES] {
    core::array::from_fn(|lane| items[lane.min(items.len() - 1)])
}
