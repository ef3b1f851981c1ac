/** The mode a stored record was decided in, without decoding it: most were decided live, and few want to know more. */
import type { Mode } from '../../verification.ts';
import { FRAME_BYTES } from './record-frame.ts';
import { MODES } from './record-values.ts';

/** Fields before it (docs/journal-records.md). */
const FIELDS_BEFORE = 11;
/** MessagePack specification: array 16, as records begin. */
const ARRAY_16 = 0xdc;
const ARRAY_16_HEAD_BYTES = 3;

/** Null where the record is laid out in another way than those that are written now: it must be decoded. */
export function storedMode(bytes: Uint8Array): Mode | null {
  if (bytes[FRAME_BYTES] !== ARRAY_16) return null;
  let at = FRAME_BYTES + ARRAY_16_HEAD_BYTES;
  for (let left = FIELDS_BEFORE; left > 0; left -= 1) {
    const length = fieldBytes(bytes, at);
    if (length === 0) return null;
    at += length;
  }
  return MODES[bytes[at] ?? MODES.length] ?? null;
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
