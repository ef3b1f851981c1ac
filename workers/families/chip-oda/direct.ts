/**
 * A chip card as most clients send it, packed straight from the bytes of the message. It takes a part of what `readInput`
 * takes, and packs that to the same bytes; anything else it leaves alone.
 */
import { type MsgpackCursor, textBytes } from '../../codecs/msgpack-cursor.ts';
import { MsgpackWriter } from '../../codecs/msgpack-writer.ts';
import type { DirectlyPacked } from '../family.ts';
import { costKey } from './cost-key.ts';
import {
  CHIP_MODES,
  STATIC_DATA_BYTES_MAX,
  TAG_VALUE_BYTES_MAX,
  TAGS_MAX,
  TRANSACTION_DATA_BYTES_MAX,
} from './input.ts';

const TAGS = textBytes('tags');
const TERMINAL = textBytes('terminal');
const STATIC_DATA = textBytes('staticData');
const TRANSACTION_DATA = textBytes('transactionData');
const AMBIGUOUS = textBytes('ambiguous');
const CONTEXT = textBytes('context');
const MODE = textBytes('mode');
const MODES = CHIP_MODES.map(textBytes);
const NO_BIN = Uint8Array.of(0xc4, 0);
const NIL = Uint8Array.of(0xc0);

const EXPONENT_TAG = 0x9f32;

/** A stretch of the message. */
class Range {
  start = 0;
  end = 0;
}

/** The entries of one map of data objects, as they stand in the message. */
class Entries {
  count = 0;
  readonly starts = new Int32Array(TAGS_MAX);
  readonly ends = new Int32Array(TAGS_MAX);
  /** Tags by value; of one to three bytes, no two lengths give one value. */
  readonly tags = new Int32Array(TAGS_MAX);
  /** The name read as a decimal number, by which such names are ordered; -1 for other names. */
  readonly decimals = new Int32Array(TAGS_MAX);

  has(tag: number): boolean {
    for (let i = 0; i < this.count; i += 1) if (this.tags[i] === tag) return true;
    return false;
  }
}

const tags = new Entries();
const terminal = new Entries();
const staticData = new Range();
const transactionData = new Range();
const writer = new MsgpackWriter();

export function packChip(cursor: MsgpackCursor): DirectlyPacked | null {
  const entries = cursor.map();
  if (!cursor.is(TAGS) || !readEntries(cursor, tags)) return null;
  const hasStatic = cursor.is(STATIC_DATA);
  if (hasStatic && !readBin(cursor, staticData, STATIC_DATA_BYTES_MAX)) return null;
  let hasTransaction = cursor.is(TRANSACTION_DATA);
  if (hasTransaction && !readBin(cursor, transactionData, TRANSACTION_DATA_BYTES_MAX)) return null;
  if (entries !== 1 + Number(hasStatic) + Number(hasTransaction) || !cursor.is(CONTEXT)) return null;

  const own = cursor.map();
  const mode = cursor.is(MODE) ? MODES.find((each) => cursor.is(each)) : undefined;
  if (mode === undefined) return null;
  terminal.count = 0;
  const hasTerminal = cursor.is(TERMINAL);
  if (hasTerminal && !readEntries(cursor, terminal)) return null;
  if (own !== 1 + Number(hasTerminal)) {
    // Transaction data from both sides must be compared: not here.
    if (hasTransaction || own !== 2 + Number(hasTerminal) || !cursor.is(TRANSACTION_DATA)) return null;
    if (!readBin(cursor, transactionData, TRANSACTION_DATA_BYTES_MAX)) return null;
    hasTransaction = true;
  }

  // The fields of `ChipOdaInput` in their order.
  const { bytes } = cursor;
  writer.reset().map(6).raw(MODE).raw(mode).raw(TAGS);
  writeEntries(bytes, tags);
  writer.raw(TERMINAL);
  writeEntries(bytes, terminal);
  writer.raw(STATIC_DATA);
  if (hasStatic) writer.rawRange(bytes, staticData.start, staticData.end);
  else writer.raw(NO_BIN);
  writer.raw(TRANSACTION_DATA);
  if (hasTransaction) writer.rawRange(bytes, transactionData.start, transactionData.end);
  else writer.raw(NIL);
  writer.raw(AMBIGUOUS).bool(false);
  return { packedInput: writer.pooled(), costKey: costKey(tags.has(EXPONENT_TAG)) };
}

function readBin(cursor: MsgpackCursor, range: Range, bytesMax: number): boolean {
  range.start = cursor.at;
  const isThere = cursor.bin(bytesMax);
  range.end = cursor.at;
  return isThere;
}

function readEntries(cursor: MsgpackCursor, entries: Entries): boolean {
  const count = cursor.map();
  if (count < 0 || count > TAGS_MAX) return false;
  entries.count = 0;
  for (let i = 0; i < count; i += 1) {
    const start = cursor.at;
    if (!cursor.text() || !readTag(cursor, entries, i)) return false;
    if (!cursor.bin(TAG_VALUE_BYTES_MAX)) return false;
    entries.starts[i] = start;
    entries.ends[i] = cursor.at;
    entries.count = i + 1;
  }
  return true;
}

/** A tag's name in upper case (EMV Book 3, Annex B1), not there yet; true when it was noted. */
function readTag({ bytes, contentAt, at }: MsgpackCursor, entries: Entries, i: number): boolean {
  const units = at - contentAt;
  // A name of up to 31 bytes whose head has two is not in its shortest form.
  if ((units !== 2 && units !== 4 && units !== 6) || bytes[contentAt - 1] !== (0xa0 | units)) return false;
  let tag = 0;
  let decimal = 0;
  for (let j = 0; j < units; j += 1) {
    const unit = bytes[contentAt + j] as number;
    const isDigit = unit >= 0x30 && unit <= 0x39;
    if (!isDigit && (unit < 0x41 || unit > 0x46)) return false;
    tag = (tag << 4) | (isDigit ? unit - 0x30 : unit - 0x37);
    decimal = isDigit && decimal >= 0 ? decimal * 10 + unit - 0x30 : -1;
  }
  if (!isTag(tag, units / 2) || entries.has(tag)) return false;
  entries.tags[i] = tag;
  // A name that begins with 0 is a name like any other.
  entries.decimals[i] = bytes[contentAt] === 0x30 ? -1 : decimal;
  return true;
}

/** As `TAG_NAME_PATTERN`: low five bits all set announce more bytes, each but the last with its high bit set. */
function isTag(tag: number, bytes: number): boolean {
  const first = tag >>> (8 * (bytes - 1));
  if ((first & 0x1f) !== 0x1f) return bytes === 1;
  if (bytes === 1 || (tag & 0x80) !== 0) return false;
  return bytes === 2 || (tag & 0x8000) !== 0;
}

/** Names that are decimal numbers go first, in their order, then the others as they came: so does a plain object. */
function writeEntries(bytes: Uint8Array, { count, starts, ends, decimals }: Entries): void {
  writer.map(count);
  for (
    let i = nextDecimal(decimals, count, -1);
    i >= 0;
    i = nextDecimal(decimals, count, decimals[i] as number)
  ) {
    writer.rawRange(bytes, starts[i] as number, ends[i] as number);
  }
  for (let i = 0; i < count; ) {
    let to = i;
    while (to < count && (decimals[to] as number) < 0) to += 1;
    if (to > i) writer.rawRange(bytes, starts[i] as number, ends[to - 1] as number);
    i = to + 1;
  }
}

/** The entry with the smallest number above `above`; -1 when there is none. */
function nextDecimal(decimals: Int32Array, count: number, above: number): number {
  let next = -1;
  for (let i = 0; i < count; i += 1) {
    const decimal = decimals[i] as number;
    if (decimal > above && (next < 0 || decimal < (decimals[next] as number))) next = i;
  }
  return next;
}
