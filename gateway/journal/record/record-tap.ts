/**
 * The tap a stored record belongs to, without decoding the rest: forgetting a record needs no more. Its device, stream
 * and number are the first three fields (docs/journal-records.md).
 */
import { toHex } from '../../../workers/codecs/hex.ts';
import type { TapId } from '../../verification.ts';
import { FRAME_BYTES, frameFault } from './record-frame.ts';

const STREAM_BYTES = 16;

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
