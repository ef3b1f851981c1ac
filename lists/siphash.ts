/**
 * SipHash-2-4 with 128-bit output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, and the 128-bit
 * variant of its authors' reference code), over 32-bit halves: JavaScript has no fast 64-bit integers.
 */
import { endianness } from 'node:os';

/** State: v0 low, v0 high, v1 low, … v3 high. */
export type SipState = Int32Array;

const LITTLE_ENDIAN = endianness() === 'LE';

/**
 * State before the first block. `key`: 16 bytes. Throws RangeError on another length, and where words are not stored
 * low byte first, as everything in a list is.
 */
export function sipInit(key: Uint8Array): SipState {
  if (key.length !== 16) throw new RangeError('a SipHash key has 16 bytes');
  if (!LITTLE_ENDIAN) throw new RangeError('lists need a little-endian machine');
  const k = new Int32Array(Uint8Array.from(key).buffer);
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = k;
  // "somepseudorandomlygeneratedbytes"; 0xee says that 128 bits are wanted.
  return Int32Array.of(
    k0 ^ 0x70736575,
    k1 ^ 0x736f6d65,
    k2 ^ 0x6e646f6d ^ 0xee,
    k3 ^ 0x646f7261,
    k0 ^ 0x6e657261,
    k1 ^ 0x6c796765,
    k2 ^ 0x79746573,
    k3 ^ 0x74656462,
  );
}

/** Takes in `blocks` blocks of 8 bytes (two words each); `state` is left as it is, `next` is the state after them. */
export function sipAbsorb(state: SipState, words: Int32Array, blocks: number, next: SipState): void {
  run(state, words, blocks, 2 * blocks, next);
}

/**
 * Takes in the last `blocks` blocks, whose very last byte is the message's length modulo 256, and writes the 128 bits
 * as four words, low ones first.
 */
export function sipFinish(state: SipState, words: Int32Array, blocks: number, out: Uint32Array): void {
  run(state, words, blocks, 2 * blocks + 8, null, out);
}

/**
 * One loop over all rounds, so that the round is written once and all of the state stays in registers. Carries come from
 * bits, not from comparing: which way a branch on random numbers goes cannot be foreseen.
 */
function run(
  state: SipState,
  words: Int32Array,
  blocks: number,
  rounds: number,
  next: SipState | null,
  out?: Uint32Array,
): void {
  let a = state[0] as number;
  let A = state[1] as number;
  let b = state[2] as number;
  let B = state[3] as number;
  let c = state[4] as number;
  let C = state[5] as number;
  let d = state[6] as number;
  let D = state[7] as number;
  const compressing = 2 * blocks;
  let low = 0;
  let high = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round < compressing) {
      if ((round & 1) === 0) {
        low = words[round] as number;
        high = words[round + 1] as number;
        d ^= low;
        D ^= high;
      }
    } else if (round === compressing) {
      c ^= 0xee;
    } else if (round === compressing + 4 && out) {
      out[0] = a ^ b ^ c ^ d;
      out[1] = A ^ B ^ C ^ D;
      b ^= 0xdd;
    }
    let t = 0;
    // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
    t = (a + b) | 0;
    A = (A + B + (((a & b) | ((a | b) & ~t)) >>> 31)) | 0;
    a = t;
    t = ((b << 13) | (B >>> 19)) ^ a;
    B = ((B << 13) | (b >>> 19)) ^ A;
    b = t;
    t = a;
    a = A;
    A = t;
    // v2 += v3; v3 <<<= 16; v3 ^= v2
    t = (c + d) | 0;
    C = (C + D + (((c & d) | ((c | d) & ~t)) >>> 31)) | 0;
    c = t;
    t = ((d << 16) | (D >>> 16)) ^ c;
    D = ((D << 16) | (d >>> 16)) ^ C;
    d = t;
    // v0 += v3; v3 <<<= 21; v3 ^= v0
    t = (a + d) | 0;
    A = (A + D + (((a & d) | ((a | d) & ~t)) >>> 31)) | 0;
    a = t;
    t = ((d << 21) | (D >>> 11)) ^ a;
    D = ((D << 21) | (d >>> 11)) ^ A;
    d = t;
    // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
    t = (c + b) | 0;
    C = (C + B + (((c & b) | ((c | b) & ~t)) >>> 31)) | 0;
    c = t;
    t = ((b << 17) | (B >>> 15)) ^ c;
    B = ((B << 17) | (b >>> 15)) ^ C;
    b = t;
    t = c;
    c = C;
    C = t;
    if (round < compressing && (round & 1) === 1) {
      a ^= low;
      A ^= high;
    }
  }
  if (out) {
    out[2] = a ^ b ^ c ^ d;
    out[3] = A ^ B ^ C ^ D;
  }
  if (next) {
    next[0] = a;
    next[1] = A;
    next[2] = b;
    next[3] = B;
    next[4] = c;
    next[5] = C;
    next[6] = d;
    next[7] = D;
  }
}
