//! Frames: a length of 4 bytes, big-endian, and a body.
use std::io::{Error, ErrorKind, Read, Result, Write};

pub const BODY_BYTES_MAX: usize = 65_536;

/// The next body; none where the stream ended between two.
pub fn read(from: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut read = 0;
    while read < length.len() {
        match from.read(&mut length[read..]) {
            Ok(0) if read == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => read += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_be_bytes(length) as usize;
    if length == 0 || length > BODY_BYTES_MAX {
        return Err(Error::new(ErrorKind::InvalidData, format!("a frame of {length} bytes")));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Throws where the body is longer than a frame may be: ours never are.
pub fn write(to: &mut impl Write, body: &[u8]) -> Result<()> {
    assert!(!body.is_empty() && body.len() <= BODY_BYTES_MAX);
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend_from_slice(&(body.len() as u32).to_be_bytes());
    frame.extend_from_slice(body);
    to.write_all(&frame)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"one").unwrap();
        write(&mut bytes, &[7; BODY_BYTES_MAX]).unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from).unwrap().unwrap(), b"one");
        assert_eq!(read(&mut from).unwrap().unwrap().len(), BODY_BYTES_MAX);
        assert!(read(&mut from).unwrap().is_none());
    }

    #[test]
    fn what_is_cut_empty_or_too_long_is_refused() {
        for bytes in [&[0, 0][..], &[0, 0, 0, 5, 1], &[0, 0, 0, 0], &[0, 1, 0, 1, 0]] {
            assert!(read(&mut &bytes[..]).is_err(), "{bytes:?}");
        }
    }
}
