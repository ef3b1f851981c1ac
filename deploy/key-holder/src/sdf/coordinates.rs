//! Numbers of 256 bits in the structures of SDF: of 64 bytes, filled up in front, or of 32 where the library is of an earlier
//! standard. A library does not say which; what it writes does.

const NUMBER_BYTES: usize = 32;
/// Bits of the key, in front of an ECCrefPublicKey.
const BITS_BYTES: usize = 4;
const KEY_BITS: u32 = 256;
/// ECCrefPublicKey with coordinates of 64 bytes, and of more than any library has.
pub const BUFFER_BYTES: usize = 512;
/// What no coordinate is filled up with.
const UNTOUCHED: u8 = 0xa5;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    Bytes32 = 32,
    Bytes64 = 64,
}

pub fn untouched() -> [u8; BUFFER_BYTES] {
    [UNTOUCHED; BUFFER_BYTES]
}

/// X ‖ Y of an ECCrefPublicKey that was written over untouched bytes; none where it is of no key of 256 bits.
pub fn public_key(written: &[u8; BUFFER_BYTES]) -> Option<(Width, Vec<u8>)> {
    let (bits, numbers) = written.split_at(BITS_BYTES);
    if u32::from_ne_bytes(bits.try_into().ok()?) != KEY_BITS {
        return None;
    }
    let width = if is_untouched(&numbers[2 * NUMBER_BYTES..]) { Width::Bytes32 } else { Width::Bytes64 };
    Some((width, pair(width, numbers)?))
}

/// r ‖ s of an ECCSignature.
pub fn pair(width: Width, numbers: &[u8]) -> Option<Vec<u8>> {
    let width = width as usize;
    let (first, second) = (numbers.get(..width)?, numbers.get(width..2 * width)?);
    let filled = width - NUMBER_BYTES;
    if first[..filled].iter().chain(&second[..filled]).any(|&byte| byte != 0) {
        return None;
    }
    Some([&first[filled..], &second[filled..]].concat())
}

fn is_untouched(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == UNTOUCHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize) -> [u8; BUFFER_BYTES] {
        let mut bytes = untouched();
        bytes[..4].copy_from_slice(&256u32.to_ne_bytes());
        bytes[4..4 + 2 * width].fill(0);
        bytes[4 + width - 32..4 + width].fill(1);
        bytes[4 + 2 * width - 32..4 + 2 * width].fill(2);
        bytes
    }

    #[test]
    fn both_widths_are_told_apart() {
        let key = [[1; 32], [2; 32]].concat();
        assert_eq!(public_key(&written(64)), Some((Width::Bytes64, key.clone())));
        assert_eq!(public_key(&written(32)), Some((Width::Bytes32, key.clone())));
        assert_eq!(pair(Width::Bytes32, &written(32)[4..]), Some(key.clone()));
        assert_eq!(pair(Width::Bytes64, &written(64)[4..]), Some(key));
    }

    #[test]
    fn what_is_no_key_of_256_bits_is_none() {
        assert_eq!(public_key(&untouched()), None);
        let mut other = written(64);
        other[..4].copy_from_slice(&512u32.to_ne_bytes());
        assert_eq!(public_key(&other), None);
        let mut longer = written(64);
        longer[4] = 1;
        assert_eq!(public_key(&longer), None);
    }
}
