//! SM3 of eight messages side by side, for processors that have AVX2 and not what `ifma8` needs.

pub mod sm3;
pub mod words;
