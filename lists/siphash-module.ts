/**
 * The rounds of SipHash as a WebAssembly module, which has the 64-bit integers that JavaScript lacks: 40 ns of a card's
 * key where words of 32 bits take 200.
 *
 * One memory (`memory`) and one function (`run`): it takes in the blocks from MESSAGE_AT up to `end`, and then writes the
 * state to RESULT_AT, or, where `last` is not 0, the 128 bits of the hash. The state it begins with lies at STATE_AT.
 * Opcodes: WebAssembly Core Specification 2.0, section 5.4.
 */

/** Four words of 64 bits. */
const STATE_AT = 0;
export const RESULT_AT = 32;
/** Blocks of 8 bytes. */
export const MESSAGE_AT = 64;

const I32 = 0x7f;
const I64 = 0x7e;
const NO_RESULT = 0x40;
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const END = 0x0b;
const BRANCH = 0x0c;
const BRANCH_IF = 0x0d;
const RETURN = 0x0f;
const I32_EQUAL = 0x46;
const I32_EQUAL_ZERO = 0x45;
const I32_ADD = 0x6a;
const I64_ADD = 0x7c;
const I64_XOR = 0x85;
const I64_ROTATE_LEFT = 0x89;
/** Addresses are multiples of 2^3. */
const ALIGNED = 3;

const [PARAMETER_END, PARAMETER_LAST, AT, WORD] = [0, 1, 2, 7];
/** Locals that hold v0 to v3. */
const V = [3, 4, 5, 6] as const;
type Lane = 0 | 1 | 2 | 3;

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const i32 = (value: number) => [0x41, ...signed(value)];
const i64 = (value: number) => [0x42, ...signed(value)];
const load = (offset: number) => [0x29, ALIGNED, offset];
const store = (offset: number) => [0x37, ALIGNED, offset];
const lane = (of: Lane) => get(V[of]);
const rotate = (of: Lane, bits: number) => [...lane(of), ...i64(bits), I64_ROTATE_LEFT, ...set(V[of])];
const xor = (of: Lane, value: number[]) => [...lane(of), ...value, I64_XOR, ...set(V[of])];

/** va += vb; vb = (vb <<< bits) ^ va. */
const mix = (a: Lane, b: Lane, bits: number) => [
  ...[...lane(a), ...lane(b), I64_ADD, ...set(V[a])],
  ...[...lane(b), ...i64(bits), I64_ROTATE_LEFT, ...lane(a), I64_XOR, ...set(V[b])],
];

/** SipRound (SipHash paper, section 2.2). */
const ROUND = [
  ...[...mix(0, 1, 13), ...rotate(0, 32), ...mix(2, 3, 16)],
  ...[...mix(0, 3, 21), ...mix(2, 1, 17), ...rotate(2, 32)],
];
const rounds = (count: number) => Array.from({ length: count }, () => ROUND).flat();

const LANES = [0, 1, 2, 3] as const;
const ALL_LANES = [...[...lane(0), ...lane(1), I64_XOR], ...[...lane(2), I64_XOR, ...lane(3), I64_XOR]];

const BODY = [
  ...LANES.flatMap((of) => [...i32(STATE_AT), ...load(8 * of), ...set(V[of])]),
  ...[...i32(MESSAGE_AT), ...set(AT)],
  ...[BLOCK, NO_RESULT, LOOP, NO_RESULT],
  ...[...get(AT), ...get(PARAMETER_END), I32_EQUAL, BRANCH_IF, 1],
  ...[...get(AT), ...load(0), ...set(WORD), ...xor(3, get(WORD))],
  ...[...rounds(2), ...xor(0, get(WORD))],
  ...[...get(AT), ...i32(8), I32_ADD, ...set(AT), BRANCH, 0],
  ...[END, END],
  ...[...get(PARAMETER_LAST), I32_EQUAL_ZERO, IF, NO_RESULT],
  ...LANES.flatMap((of) => [...i32(RESULT_AT), ...lane(of), ...store(8 * of)]),
  ...[RETURN, END],
  // The 128-bit variant of the authors' reference code.
  ...[...xor(2, i64(0xee)), ...rounds(4), ...i32(RESULT_AT), ...ALL_LANES, ...store(0)],
  ...[...xor(1, i64(0xdd)), ...rounds(4), ...i32(RESULT_AT), ...ALL_LANES, ...store(8)],
  END,
];
/** Beside the two parameters: one address, five words. */
const FUNCTION = [2, 1, I32, 5, I64, ...BODY];

/** The module's bytes. */
export function sipHashModule(): Uint8Array {
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // Types, functions, one memory of at least one page.
    ...section(1, [1, 0x60, 2, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('run'), 0, 0]),
    ...section(10, [1, ...unsigned(FUNCTION.length), ...FUNCTION]),
  );
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

/** LEB128 (section 5.2.2), as is `signed`: of numbers from 0 to 2^31 - 1. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
