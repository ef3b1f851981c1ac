//! SM3 of many messages in lanes: a lane whose message has ended takes the next one.

use crate::sm3::{self, Block, State};

/// The state of each message after its last block, `begun` before its first. `absorb` takes a state and blocks for each lane,
/// and how many of them to absorb; what comes of lanes without a message is not looked at. Messages that come first should not
/// be the shortest: the last ones to end leave lanes empty, and one alone is not worth them.
pub fn states<const LANES: usize>(
    begun: &[State],
    messages: &[&[Block]],
    absorb: impl Fn(&mut [State; LANES], &[&[Block]; LANES], usize),
) -> Vec<State> {
    let mut ended = begun.to_vec();
    let mut waiting = (0..messages.len()).filter(|&i| !messages[i].is_empty());
    // Which message is in each of the lanes in use, and what is left of it.
    let mut lanes: Vec<(usize, &[Block])> = waiting.by_ref().take(LANES).map(|i| (i, messages[i])).collect();
    while lanes.len() > 1 {
        let count = lanes.iter().map(|(_, rest)| rest.len()).min().unwrap_or(0);
        let mut states = [sm3::INITIAL; LANES];
        let mut blocks = [lanes[0].1; LANES];
        for (lane, &(i, rest)) in lanes.iter().enumerate() {
            states[lane] = ended[i];
            blocks[lane] = rest;
        }
        absorb(&mut states, &blocks, count);
        for ((i, rest), state) in lanes.iter_mut().zip(&states) {
            ended[*i] = *state;
            *rest = &rest[count..];
            if rest.is_empty()
                && let Some(next) = waiting.next()
            {
                (*i, *rest) = (next, messages[next]);
            }
        }
        lanes.retain(|(_, rest)| !rest.is_empty());
    }
    if let [(i, rest)] = lanes[..] {
        ended[i] = sm3::absorb(ended[i], rest);
    }
    ended
}
