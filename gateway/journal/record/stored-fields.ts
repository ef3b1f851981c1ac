/**
 * Single fields of a stored record, read without decoding the rest: its tap, which forgetting a record needs, and its
 * mode. The fields stand in a fixed order (docs/journal-records.md).
 */
import { toHex } from '../../../workers/codecs/hex.ts';
import type { Mode, TapId } from '../../verification.ts';
import { FRAME_BYTES, frameFault } from './record-frame.ts';
import { MODES } from './record-values.ts';

const STREAM_BYTES = 16;
/** Fields before the mode. */
const FIELDS_BEFORE_MODE = 11;
/** MessagePack specification: array 16, as records begin. */
const ARRAY_16 = 0xdc;
const ARRAY_16_HEAD_BYTES = 3;

/** Null when the bytes are not a record of that position, or do not begin like one. */
export function storedTap(position: number, bytes: Buffer): TapId | null {
  if (frameFault(position, bytes)) return null;
  let at = FRAME_BYTES + arrayHeaderBytes(bytes[FRAME_BYTES]);
  const device = textAt(bytes, at);
  if (at === FRAME_BYTES || !device) return null;
  at = device.end;
  if (bytes[at] !== 0xc4 || bytes[at + 1] !== STREAM_BYTES) return null;
  const stream = toHex(bytes.subarray(at + 2, at + 2 + STREAM_BYTES));
  const seq = numberAt(bytes, at + 2 + STREAM_BYTES);
  return seq === null ? null : { deviceId: device.text, stream, seq };
}

/** Null where the record is laid out in another way than those that are written now: it must be decoded. */
export function storedMode(bytes: Uint8Array): Mode | null {
  if (bytes[FRAME_BYTES] !== ARRAY_16) return null;
  let at = FRAME_BYTES + ARRAY_16_HEAD_BYTES;
  for (let left = FIELDS_BEFORE_MODE; left > 0; left -= 1) {
    const length = fieldBytes(bytes, at);
    if (length === 0) return null;
    at += length;
  }
  return MODES[bytes[at] ?? MODES.length] ?? null;
}

/** MessagePack specification: fixarray and array 16. */
function arrayHeaderBytes(first: number | undefined): number {
  if (first === 0xdc) return 3;
  return first !== undefined && first >= 0x90 && first <= 0x9f ? 1 : 0;
}

/** MessagePack specification: fixstr and str 8, which device names fit in. */
function textAt(bytes: Buffer, at: number): { readonly text: string; readonly end: number } | null {
  const first = bytes[at] ?? 0;
  const isFixed = first >= 0xa0 && first <= 0xbf;
  if (!isFixed && first !== 0xd9) return null;
  const start = isFixed ? at + 1 : at + 2;
  const end = start + (isFixed ? first & 0x1f : (bytes[at + 1] ?? 0));
  return end > bytes.length ? null : { text: bytes.toString('utf8', start, end), end };
}

/** MessagePack specification: positive fixint, uint 8 to 32, and float 64, which larger ones are kept as. */
function numberAt(bytes: Buffer, at: number): number | null {
  const first = bytes[at] ?? 0xc1;
  if (first <= 0x7f) return first;
  if (first === 0xcc && at + 2 <= bytes.length) return bytes.readUInt8(at + 1);
  if (first === 0xcd && at + 3 <= bytes.length) return bytes.readUInt16BE(at + 1);
  if (first === 0xce && at + 5 <= bytes.length) return bytes.readUInt32BE(at + 1);
  if (first === 0xcb && at + 9 <= bytes.length) return bytes.readDoubleBE(at + 1);
  return null;
}

/** Length of a text, bytes or number (MessagePack specification, "Formats"); 0 for anything else. */
function fieldBytes(bytes: Uint8Array, at: number): number {
  const head = bytes[at] ?? 0xc1;
  if (head < 0x80 || head >= 0xe0) return 1;
  if (head >= 0xa0 && head < 0xc0) return 1 + (head & 0x1f);
  switch (head) {
    case 0xc4:
    case 0xd9:
      return 2 + (bytes[at + 1] ?? 0);
    case 0xcc:
    case 0xd0:
      return 2;
    case 0xcd:
    case 0xd1:
      return 3;
    case 0xce:
    case 0xd2:
      return 5;
    case 0xcb:
      return 9;
    default:
      return 0;
  }
}
