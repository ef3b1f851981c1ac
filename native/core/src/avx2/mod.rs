//! The back-end for processors that have AVX2 and not what `ifma8` needs: four jobs in the four 64-bit lanes of a register.
//!
//! The kernels in `plain`, `prepared`, `repeated`, `lift` and `sm3` carry `#[target_feature]`; all below them is
//! `#[inline(always)]`, so that the whole computation is compiled with these instructions.

pub mod backend;
pub mod field;
pub mod lanes;
pub mod lift;
pub mod plain;
pub mod point;
pub mod prepared;
pub mod prime;
pub mod repeated;
pub mod sm3;
pub mod tables;
pub mod verify;
pub mod window;
pub mod words;
