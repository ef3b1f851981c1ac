//! SM3 of sixteen messages side by side.

use crate::ifma8::lanes::Ifma;
use crate::ifma8::words::{WORDS, WordRow, Words};
use crate::sm3::{self, Block, State};

/// The state of each message after its last block, `begun` before its first. A message alone takes the scalar path, which is
/// as fast.
pub fn states(isa: Ifma, begun: &[State], messages: &[&[Block]]) -> Vec<State> {
    let mut states = Vec::with_capacity(messages.len());
    for (begun, group) in begun.chunks(WORDS).zip(messages.chunks(WORDS)) {
        if let ([state], [alone]) = (begun, group) {
            states.push(sm3::absorb(*state, alone));
            continue;
        }
        // SAFETY: `isa` proves the kernel's instructions.
        let rows = unsafe { absorb(isa, begun, group) };
        states.extend((0..group.len()).map(|lane| rows.map(|row| row.0[lane])));
    }
    states
}

/// Row i has word i of every state. Lanes whose message has ended keep theirs.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn absorb(isa: Ifma, begun: &[State], group: &[&[Block]]) -> [WordRow; 8] {
    let mut begun_rows = [WordRow::default(); 8];
    for (lane, words) in begun.iter().enumerate() {
        for (row, word) in begun_rows.iter_mut().zip(words) {
            row.0[lane] = *word;
        }
    }
    let mut state = begun_rows.map(|row| Words::load(isa, &row));
    let mut rows = [WordRow::default(); WORDS];
    let longest = group.iter().map(|blocks| blocks.len()).max().unwrap_or(0);
    for at in 0..longest {
        let mut unfinished = 0;
        for (lane, blocks) in group.iter().enumerate() {
            let Some(block) = blocks.get(at) else { continue };
            unfinished |= 1 << lane;
            for (i, row) in rows.iter_mut().enumerate() {
                row.0[lane] = sm3::word(block, i);
            }
        }
        let next = sm3::compress(&state, &rows.map(|row| Words::load(isa, &row)));
        state = core::array::from_fn(|i| state[i].select(unfinished, next[i]));
    }
    state.map(|words| {
        let mut row = WordRow::default();
        words.store(&mut row);
        row
    })
}
