//! SM3 of eight messages side by side.

use crate::avx2::words::{Avx2, WORDS, WordRow, Words};
use crate::sm3::{self, Block, State};

/// The state of each message after its last block, `begun` before its first. A message alone takes the scalar path, which is
/// as fast.
pub fn states(isa: Avx2, begun: &[State], messages: &[&[Block]]) -> Vec<State> {
    let mut states = Vec::with_capacity(messages.len());
    for (begun, group) in begun.chunks(WORDS).zip(messages.chunks(WORDS)) {
        if let ([state], [alone]) = (begun, group) {
            states.push(sm3::absorb(*state, alone));
            continue;
        }
        // SAFETY: `isa` proves the kernel's instructions.
        let ended = unsafe { absorb(isa, begun, group) };
        states.extend_from_slice(&ended[..group.len()]);
    }
    states
}

/// The state of a lane is taken when its message ends; what the lane does after that is not looked at.
#[target_feature(enable = "avx2")]
fn absorb(isa: Avx2, begun: &[State], group: &[&[Block]]) -> [State; WORDS] {
    let mut ended = [sm3::INITIAL; WORDS];
    ended[..begun.len()].copy_from_slice(begun);
    let mut state: [Words; 8] =
        core::array::from_fn(|i| Words::load(isa, &WordRow(core::array::from_fn(|lane| ended[lane][i]))));
    let mut rows = [WordRow::default(); 16];
    let longest = group.iter().map(|blocks| blocks.len()).max().unwrap_or(0);
    for at in 0..longest {
        for (lane, blocks) in group.iter().enumerate() {
            let Some(block) = blocks.get(at) else { continue };
            for (i, row) in rows.iter_mut().enumerate() {
                row.0[lane] = sm3::word(block, i);
            }
        }
        state = sm3::compress(&state, &core::array::from_fn(|i| Words::load(isa, &rows[i])));
        if group.iter().any(|blocks| blocks.len() == at + 1) {
            let words = state.map(|words| {
                let mut row = WordRow::default();
                words.store(&mut row);
                row
            });
            for (lane, _) in group.iter().enumerate().filter(|(_, blocks)| blocks.len() == at + 1) {
                ended[lane] = words.map(|row| row.0[lane]);
            }
        }
    }
    ended
}
