//! The protocol of Redis, version 2 (redis.io, "Redis serialization protocol specification"), as far as this asks: a command goes
//! out as an array of bulk strings, and a simple string, an error, an integer or a bulk string comes back.

use core::fmt;
use std::io::Write;

/// Bytes of one reply: its line, a bulk string, and the ends of both.
pub const REPLY_BYTES_MAX: usize = LINE_BYTES_MAX + BULK_BYTES_MAX + 4;
const LINE_BYTES_MAX: usize = 512;
/// Marks have 20.
const BULK_BYTES_MAX: usize = 64;
/// Digits that surely fit a number.
const DIGITS_MAX: usize = 15;

/// A reply of a server.
#[derive(Debug, PartialEq)]
pub enum Reply<'a> {
    /// A bulk string.
    Bulk(&'a [u8]),
    /// No bulk string.
    Null,
    /// A simple string.
    Simple(&'a [u8]),
    /// A whole number.
    Integer(i64),
    /// The command was refused; the text begins with the kind in capitals.
    Error(&'a [u8]),
}

/// What came is no reply.
#[derive(Debug, PartialEq)]
pub struct NoReply(pub &'static str);

impl fmt::Display for NoReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Writes a command.
pub fn write_command(into: &mut Vec<u8>, words: &[&[u8]]) {
    // Writing to memory does not fail.
    let _ = write!(into, "*{}\r\n", words.len());
    for word in words {
        let _ = write!(into, "${}\r\n", word.len());
        into.extend(*word);
        into.extend(b"\r\n");
    }
}

/// The first reply and its bytes; none: its end has not come.
pub fn read_reply(bytes: &[u8]) -> Result<Option<(Reply<'_>, usize)>, NoReply> {
    let Some(end) = line_end(bytes)? else { return Ok(None) };
    let (Some(kind), next) = (bytes.first(), end + 2) else { return Ok(None) };
    let line = bytes.get(1..end).ok_or(NoReply("a reply is of no known kind"))?;
    let reply = match kind {
        b'$' => match integer(line)? {
            -1 => Reply::Null,
            length => return bulk(bytes, next, length),
        },
        b':' => Reply::Integer(integer(line)?),
        b'+' => Reply::Simple(line),
        b'-' => Reply::Error(line),
        _ => return Err(NoReply("a reply is of no known kind")),
    };
    Ok(Some((reply, next)))
}

fn bulk(bytes: &[u8], from: usize, length: i64) -> Result<Option<(Reply<'_>, usize)>, NoReply> {
    let length = usize::try_from(length).ok().filter(|&length| length <= BULK_BYTES_MAX);
    let to = from + length.ok_or(NoReply("a reply is too large"))?;
    match bytes.get(to..to + 2) {
        None => Ok(None),
        Some(b"\r\n") => Ok(Some((Reply::Bulk(&bytes[from..to]), to + 2))),
        Some(_) => Err(NoReply("a reply has no end")),
    }
}

/// Where CR LF begins; none: it has not come.
fn line_end(bytes: &[u8]) -> Result<Option<usize>, NoReply> {
    let line = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let Some(end) = line.iter().position(|&byte| byte == b'\r') else {
        return if line.len() < LINE_BYTES_MAX { Ok(None) } else { Err(NoReply("a reply is too large")) };
    };
    match bytes.get(end + 1) {
        None => Ok(None),
        Some(b'\n') => Ok(Some(end)),
        Some(_) => Err(NoReply("a reply has no end")),
    }
}

fn integer(line: &[u8]) -> Result<i64, NoReply> {
    let (sign, digits) = line.strip_prefix(b"-").map_or((1, line), |digits| (-1, digits));
    if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NoReply("a reply is no number"));
    }
    Ok(sign * digits.iter().fold(0, |value, digit| 10 * value + i64::from(digit - b'0')))
}
