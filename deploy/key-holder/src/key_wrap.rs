//! The steps of RFC 3394 clause 2.2 over any block cipher of 16 bytes; GB/T 36624 clause 8 has the same over SM4.
use crate::device::DeviceError;

const HALF_BYTES: usize = 8;
const ROUNDS: usize = 6;
const KEY_BYTES_MAX: usize = 64;
/// RFC 3394 clause 2.2.3.1: by which a wrong key is told.
const INITIAL: [u8; HALF_BYTES] = [0xa6; HALF_BYTES];

/// Whole halves, two at least.
pub fn is_key(key: &[u8]) -> bool {
    (2 * HALF_BYTES..=KEY_BYTES_MAX).contains(&key.len()) && key.len().is_multiple_of(HALF_BYTES)
}

type Block = [u8; 2 * HALF_BYTES];

/// `encrypt`: one block in ECB mode, in place.
pub fn wrap(
    key: &[u8],
    mut encrypt: impl FnMut(&mut Block) -> Result<(), DeviceError>,
) -> Result<Vec<u8>, DeviceError> {
    let mut wrapped = INITIAL.to_vec();
    wrapped.extend_from_slice(key);
    let halves = key.len() / HALF_BYTES;
    for step in 1..=ROUNDS * halves {
        let at = HALF_BYTES * (1 + (step - 1) % halves);
        let mut block = joined(&wrapped, at);
        encrypt(&mut block)?;
        wrapped[at..at + HALF_BYTES].copy_from_slice(&block[HALF_BYTES..]);
        wrapped[..HALF_BYTES].copy_from_slice(&block[..HALF_BYTES]);
        count(&mut wrapped, step);
    }
    Ok(wrapped)
}

/// `decrypt`: one block in ECB mode, in place.
pub fn unwrap(
    wrapped: &[u8],
    mut decrypt: impl FnMut(&mut Block) -> Result<(), DeviceError>,
) -> Result<Vec<u8>, DeviceError> {
    let unreadable = || DeviceError::Unreadable("it is damaged, or was wrapped under another key".into());
    if wrapped.len() < HALF_BYTES || !is_key(&wrapped[HALF_BYTES..]) {
        return Err(unreadable());
    }
    let mut key = wrapped.to_vec();
    let halves = wrapped.len() / HALF_BYTES - 1;
    for step in (1..=ROUNDS * halves).rev() {
        let at = HALF_BYTES * (1 + (step - 1) % halves);
        count(&mut key, step);
        let mut block = joined(&key, at);
        decrypt(&mut block)?;
        key[..HALF_BYTES].copy_from_slice(&block[..HALF_BYTES]);
        key[at..at + HALF_BYTES].copy_from_slice(&block[HALF_BYTES..]);
    }
    if key[..HALF_BYTES] != INITIAL {
        return Err(unreadable());
    }
    Ok(key.split_off(HALF_BYTES))
}

fn joined(bytes: &[u8], at: usize) -> Block {
    let mut block = [0; 2 * HALF_BYTES];
    block[..HALF_BYTES].copy_from_slice(&bytes[..HALF_BYTES]);
    block[HALF_BYTES..].copy_from_slice(&bytes[at..at + HALF_BYTES]);
    block
}

/// The first half, and the number of the step over it.
fn count(bytes: &mut [u8], step: usize) {
    for (byte, of_step) in bytes[..HALF_BYTES].iter_mut().zip((step as u64).to_be_bytes()) {
        *byte ^= of_step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No cipher, but a permutation that lets every bit reach every other: what is tested here are the steps around one.
    fn turned(block: &mut Block) -> Result<(), DeviceError> {
        let [mut left, mut right] = halves(block);
        for round in 0..4 {
            (left, right) = (right, left ^ mixed(right ^ round));
        }
        *block = both(left, right);
        Ok(())
    }

    fn back(block: &mut Block) -> Result<(), DeviceError> {
        let [mut left, mut right] = halves(block);
        for round in (0..4).rev() {
            (left, right) = (right ^ mixed(left ^ round), left);
        }
        *block = both(left, right);
        Ok(())
    }

    fn mixed(value: u64) -> u64 {
        let value = (value ^ (value >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (value ^ (value >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(23)
    }

    fn halves(block: &Block) -> [u64; 2] {
        [0, HALF_BYTES].map(|at| u64::from_be_bytes(block[at..at + HALF_BYTES].try_into().unwrap()))
    }

    fn both(left: u64, right: u64) -> Block {
        [left.to_be_bytes(), right.to_be_bytes()].concat().try_into().unwrap()
    }

    #[test]
    fn what_is_wrapped_is_unwrapped() {
        for bytes in [16, 24, 32, 64] {
            let key: Vec<u8> = (0..bytes).collect();
            let wrapped = wrap(&key, turned).unwrap();
            assert_eq!(wrapped.len(), key.len() + 8);
            assert_eq!(unwrap(&wrapped, back).unwrap(), key);
        }
    }

    #[test]
    fn what_was_changed_or_cut_is_not() {
        let wrapped = wrap(&[5; 32], turned).unwrap();
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert!(matches!(unwrap(&changed, back), Err(DeviceError::Unreadable(_))), "{at}");
        }
        for length in [0, 7, 8, 16, 23, 39] {
            assert!(matches!(unwrap(&wrapped[..length], back), Err(DeviceError::Unreadable(_))), "{length}");
        }
    }
}
