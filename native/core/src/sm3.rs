//! SM3 (GB/T 32905), written once for one message at a time and for many side by side.

/// The chaining value V.
pub type State = [u32; 8];
/// The message in blocks of 512 bits.
pub type Block = [u8; 64];
/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 32;

/// Clause 4.1.
pub const INITIAL: State =
    [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

/// T_j <<< (j mod 32), clauses 4.2 and 5.3.3.
const ROUND: [u32; 64] = {
    let mut round = [0; 64];
    let mut j = 0;
    while j < 64 {
        let t: u32 = if j < 16 { 0x79cc4519 } else { 0x7a879d8a };
        round[j] = t.rotate_left(j as u32 % 32);
        j += 1;
    }
    round
};

/// A word of 32 bits, or one of each of several messages.
pub trait Word: Copy {
    /// The same word for every message.
    fn like(self, word: u32) -> Self;
    /// Modulo 2^32.
    fn add(self, other: Self) -> Self;
    /// a ⊕ b ⊕ c; FF_j and GG_j below 16.
    fn xor3(self, b: Self, c: Self) -> Self;
    /// (a ∧ b) ∨ (a ∧ c) ∨ (b ∧ c); FF_j from 16.
    fn majority(self, b: Self, c: Self) -> Self;
    /// (a ∧ b) ∨ (¬a ∧ c); GG_j from 16.
    fn choose(self, b: Self, c: Self) -> Self;
    /// a ⊕ b.
    fn xor(self, b: Self) -> Self;
    /// To the left.
    fn rotate<const BITS: i32>(self) -> Self;
    /// To the left by a byte.
    #[inline(always)]
    fn rotate8(self) -> Self {
        self.rotate::<8>()
    }
}

impl Word for u32 {
    #[inline(always)]
    fn like(self, word: u32) -> Self {
        word
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self ^ b ^ c
    }

    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        (self & b) | (self & c) | (b & c)
    }

    #[inline(always)]
    fn choose(self, b: Self, c: Self) -> Self {
        (self & b) | (!self & c)
    }

    #[inline(always)]
    fn xor(self, b: Self) -> Self {
        self ^ b
    }

    #[inline(always)]
    fn rotate<const BITS: i32>(self) -> Self {
        self.rotate_left(BITS as u32)
    }
}

/// The compression function CF, clause 5.3.3. `block`: B as words. Each round is written out: which word has which part then
/// costs nothing, and the sixteen words of the message that are needed next take each other's places.
#[inline(always)]
pub fn compress<W: Word>(state: &[W; 8], block: &[W; 16]) -> [W; 8] {
    let mut v = *state;
    let mut words = *block;
    macro_rules! rounds {
        ($($j:literal)+) => { $(
            if $j >= 12 {
                words[($j + 4) % 16] = expanded::<W, $j>(&words);
            }
            v = round::<W, $j>(v, words[$j % 16], words[($j + 4) % 16]);
        )+ };
    }
    rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    rounds!(32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
    core::array::from_fn(|i| v[i].xor(state[i]))
}

/// W_{J+4}, clause 5.3.2. `words`: W_{J-12} to W_{J+3}, each at its number modulo 16.
#[inline(always)]
fn expanded<W: Word, const J: usize>(words: &[W; 16]) -> W {
    let before = |count: usize| words[(J + 4 + 16 - count) % 16];
    let x = before(16).xor3(before(9), before(3).rotate::<15>());
    let x15 = x.rotate::<15>();
    x.xor3(x15, x15.rotate8()).xor3(before(13).rotate::<7>(), before(6))
}

#[inline(always)]
fn round<W: Word, const J: usize>([a, b, c, d, e, f, g, h]: [W; 8], word: W, word4: W) -> [W; 8] {
    let (ff, gg) = if J < 16 { (a.xor3(b, c), e.xor3(f, g)) } else { (a.majority(b, c), e.choose(f, g)) };
    let a12 = a.rotate::<12>();
    let ss1 = a12.add(e.add(a.like(const { ROUND[J] }))).rotate::<7>();
    let tt1 = ff.add(d.add(word.xor(word4))).add(ss1.xor(a12));
    let tt2 = gg.add(h.add(word)).add(ss1);
    let tt2_9 = tt2.rotate::<9>();
    let p0 = tt2.xor3(tt2_9, tt2_9.rotate8());
    [tt1, a, b.rotate::<9>(), c, p0, e, f.rotate::<19>(), g]
}

/// The state after more blocks of one message.
pub fn absorb(mut state: State, blocks: &[Block]) -> State {
    for block in blocks {
        state = compress(&state, &core::array::from_fn(|i| word(block, i)));
    }
    state
}

/// Word number `i` of a block.
#[inline(always)]
pub fn word(block: &Block, i: usize) -> u32 {
    u32::from_be_bytes(block.as_chunks::<4>().0[i])
}

/// The digest, once every block is absorbed.
pub fn digest(state: &State) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// Padded messages, each in blocks of its own.
#[derive(Debug, Default)]
pub struct Padded {
    blocks: Vec<Block>,
    ends: Vec<usize>,
}

impl Padded {
    /// Room for so many messages of so many bytes together.
    pub fn with_room(count: usize, bytes: usize) -> Self {
        // Padding is at least nine bytes, and fills a block.
        Self { blocks: Vec::with_capacity((bytes + 9 * count) / 64 + count), ends: Vec::with_capacity(count) }
    }

    /// Adds the message made of the parts, with its padding (clause 5.2).
    pub fn push(&mut self, parts: &[&[u8]]) {
        self.push_behind(0, parts);
    }

    /// Adds the end of a message that has so many bytes, in whole blocks, before the parts; with the padding of all of it.
    pub fn push_behind(&mut self, before: usize, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        // A bit that is 1, zeros, and the length in 64 bits.
        let from = self.blocks.len();
        self.blocks.resize(from + (length + 9).div_ceil(64), [0; 64]);
        let bytes = self.blocks[from..].as_flattened_mut();
        let mut at = 0;
        for part in parts {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        bytes[at] = 0x80;
        let end = bytes.len();
        bytes[end - 8..].copy_from_slice(&(8 * (before + length) as u64).to_be_bytes());
        self.ends.push(self.blocks.len());
    }

    /// The blocks of each message.
    pub fn messages(&self) -> Vec<&[Block]> {
        let starts = core::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, &end)| &self.blocks[from..end]).collect()
    }
}
