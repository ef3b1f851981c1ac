//! Sizes and curve numbers, checked where they enter.

use napi::{Error, Result, Status};
use onecard_engine::curve::CurveId;

/// An error the caller made.
pub fn misuse(message: String) -> Error {
    Error::new(Status::InvalidArg, message)
}

/// Refuses an array that has not `count` items of `width`.
pub fn check_length(name: &str, length: usize, count: usize, width: usize) -> Result<()> {
    if count.checked_mul(width) == Some(length) {
        return Ok(());
    }
    Err(misuse(format!("{name} has length {length}, {count} × {width} was expected")))
}

/// The one item of an array of fixed length.
pub fn exactly<'a, const N: usize>(name: &str, array: &'a [u8]) -> Result<&'a [u8; N]> {
    array.try_into().map_err(|_| misuse(format!("{name} has length {}, {N} was expected", array.len())))
}

/// The curve of a number.
pub fn curve(number: u32) -> Result<CurveId> {
    let known = u8::try_from(number).ok().and_then(CurveId::from_number);
    known.ok_or_else(|| misuse(format!("there is no curve {number}")))
}
