//! What is answered, as bytes: records of `gateway/cluster/store-thread/answer-records.ts`, each behind its length in four bytes.

/// How a showing was; the numbers are those of the records.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub enum Showing {
    /// Taken now.
    First = 0,
    /// The same tap has it already.
    Same = 1,
    /// Another tap has it.
    Seen = 2,
    /// Nobody said in time, or what was said is no answer.
    NoAnswer = 3,
}

/// How the store answered; the numbers are those of the records.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub enum Event {
    /// All of one write, in time.
    Answered = 0,
    /// The deadline passed first.
    Late = 1,
    /// An error came back, or the connection ended.
    Failed = 2,
}

const TAKEN: u8 = 1;
const EVENT: u8 = 2;
const HEAD_BYTES: usize = 8;
const TAKEN_BYTES: usize = 5;
const EVENT_BYTES: usize = HEAD_BYTES + 12;
const NOT_COUNTED: i32 = -1;

/// What was asked under a number has these showings.
pub fn write_taken(into: &mut Vec<u8>, number: u32, all: &[Showing]) {
    into.extend(((HEAD_BYTES + TAKEN_BYTES * all.len()) as u32).to_le_bytes());
    let count = (all.len() as u16).to_le_bytes();
    into.extend([TAKEN, 0, count[0], count[1]]);
    into.extend(number.to_le_bytes());
    for &showing in all {
        into.push(showing as u8);
        into.extend(NOT_COUNTED.to_le_bytes());
    }
}

/// So many questions were answered so, after a time.
pub fn write_event(into: &mut Vec<u8>, event: Event, count: u32, elapsed_ms: f64) {
    into.extend((EVENT_BYTES as u32).to_le_bytes());
    into.extend([EVENT, event as u8, 0, 0, 0, 0, 0, 0]);
    into.extend(count.to_le_bytes());
    into.extend(elapsed_ms.to_le_bytes());
}

/// Bytes at the beginning that are whole records, and at most `max`.
pub fn whole(bytes: &[u8], max: usize) -> usize {
    let mut end = 0;
    while let Some((length, _)) = bytes[end..].split_first_chunk::<4>() {
        let next = end + 4 + u32::from_le_bytes(*length) as usize;
        if next > max {
            break;
        }
        end = next;
    }
    end
}
