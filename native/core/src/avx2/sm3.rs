//! SM3 of eight messages side by side.

use crate::avx2::words::{Avx2, WORDS, Words};
use crate::sm3::{self, Block, State};
use crate::sm3_lanes;

/// The state of each message after its last block, `begun` before its first.
pub fn states(isa: Avx2, begun: &[State], messages: &[&[Block]]) -> Vec<State> {
    // SAFETY: `isa` proves the kernel's instructions.
    sm3_lanes::states(begun, messages, |states, blocks, count| unsafe { absorb(isa, states, blocks, count) })
}

/// `count` blocks of each message; panics where one has fewer.
#[target_feature(enable = "avx2")]
fn absorb(isa: Avx2, states: &mut [State; WORDS], blocks: &[&[Block]; WORDS], count: usize) {
    let mut state = Words::transposed(core::array::from_fn(|lane| Words::load_row(isa, &states[lane])));
    for at in 0..count {
        let blocks = blocks.map(|blocks| &blocks[at]);
        let half = |number: usize| {
            Words::transposed(core::array::from_fn(|lane| {
                Words::load_big_endian(isa, &blocks[lane].as_chunks().0[number])
            }))
        };
        let [first, second] = [half(0), half(1)];
        let block = core::array::from_fn(|i| if i < WORDS { first[i] } else { second[i - WORDS] });
        state = sm3::compress(&state, &block);
    }
    for (words, state) in Words::transposed(state).into_iter().zip(states) {
        words.store_row(state);
    }
}
