//! The fuzz target's check on a fixed series of inputs.

#[path = "../../fuzz/batch.rs"]
mod batch;
mod support;

use support::random::Random;

/// Scalars that random bytes never hit.
const SPECIAL: [[u8; 32]; 3] = [[0; 32], [0xff; 32], {
    let mut one = [0; 32];
    one[31] = 1;
    one
}];

#[test]
fn fixed_inputs() {
    let engines = batch::engines();
    let mut random = Random(50);
    for length in [0, 1, batch::JOB_BYTES - 1] {
        batch::check(&engines, &vec![0xa5; length]);
    }
    for _ in 0..150 {
        let jobs = 1 + random.below(12);
        let mut data: Vec<u8> = (0..jobs * batch::JOB_BYTES).map(|_| random.word() as u8).collect();
        for job in data.chunks_exact_mut(batch::JOB_BYTES) {
            for field in job[1..].chunks_exact_mut(32) {
                if random.below(4) == 0 {
                    field.copy_from_slice(&SPECIAL[random.below(SPECIAL.len())]);
                }
                // Small scalars, which meet the exceptions of the group law.
                if random.below(3) == 0 {
                    field[..31].fill(0);
                    field[31] &= 31;
                }
            }
        }
        batch::check(&engines, &data);
    }
}
