/**
 * SipHash-2-4 with 128-bit output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, and the 128-bit
 * variant of its authors' reference code). Each thread has one place where messages are laid out, and hashes from there.
 */
import { endianness } from 'node:os';
import { MESSAGE_AT, RESULT_AT, sipHashModule } from './siphash-module.ts';

/** State: v0 low, v0 high, v1 low, … v3 high. */
export type SipState = Int32Array;

const BLOCK_BYTES = 8;
const PAGE_BYTES = 65_536;
const STATE_WORDS = 8;
const RESULT_WORD = RESULT_AT / 4;

interface SipExports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => void };
  readonly run: (end: number, last: number) => void;
}

/** What is used of it: its types come with a browser's, which are not at hand. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: SipExports };
};

const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(sipHashModule())).exports;
let words = new Int32Array(memory.buffer);
let message = new Uint8Array(memory.buffer, MESSAGE_AT);

/**
 * State before the first block. `key`: 16 bytes. Throws RangeError on another length, and where words are not stored
 * low byte first, as everything in a list is.
 */
export function sipInit(key: Uint8Array): SipState {
  if (key.length !== 16) throw new RangeError('a SipHash key has 16 bytes');
  if (endianness() !== 'LE') throw new RangeError('lists need a little-endian machine');
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

/** Where the thread's next message is laid out, with room for at least so many bytes; good until this is asked again. */
export function sipMessage(bytes: number): Uint8Array {
  if (bytes > message.length) {
    memory.grow(Math.ceil((bytes - message.length) / PAGE_BYTES));
    words = new Int32Array(memory.buffer);
    message = new Uint8Array(memory.buffer, MESSAGE_AT);
  }
  return message;
}

/** Takes in `blocks` blocks of 8 bytes of the message; `state` is left as it is, `next` is the state after them. */
export function sipAbsorb(state: SipState, blocks: number, next: SipState): void {
  begin(state);
  run(MESSAGE_AT + BLOCK_BYTES * blocks, 0);
  for (let i = 0; i < STATE_WORDS; i += 1) next[i] = words[RESULT_WORD + i] as number;
}

/**
 * Takes in the last `blocks` blocks, whose very last byte is the message's length modulo 256, and writes the 128 bits
 * as four words, low ones first.
 */
export function sipFinish(state: SipState, blocks: number, out: Uint32Array): void {
  begin(state);
  run(MESSAGE_AT + BLOCK_BYTES * blocks, 1);
  out[0] = words[RESULT_WORD] as number;
  out[1] = words[RESULT_WORD + 1] as number;
  out[2] = words[RESULT_WORD + 2] as number;
  out[3] = words[RESULT_WORD + 3] as number;
}

/** Calling `set` of a typed array takes longer than eight words do. */
function begin(state: SipState): void {
  for (let i = 0; i < STATE_WORDS; i += 1) words[i] = state[i] as number;
}
