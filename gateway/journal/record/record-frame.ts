/**
 * The frame of a stored record (docs/journal-records.md): whether the bytes are whole, and in their place, without
 * reading what they say.
 */
import { crc32 } from 'node:zlib';
import { JournalError } from '../journal-error.ts';

/** Version byte and CRC-32. */
export const FRAME_BYTES = 5;
const U32 = 0x1_0000_0000;
/** ISO 3309, bits in reverse order. */
const POLYNOMIAL = 0xedb8_8320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32 (ISO 3309) of a record's position, 8 bytes, and its body. */
export function frameChecksum(position: number, body: Uint8Array): number {
  return crc32(body, positionChecksum(position));
}

/** Why the bytes are not the record of a position, or null. The version is the platform's to judge. */
export function frameFault(position: number, bytes: Uint8Array): JournalError | null {
  if (bytes.length < FRAME_BYTES) return damaged(position, 'it is cut off');
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[1], bytes[2], bytes[3], bytes[4]];
  const kept = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  if (kept === frameChecksum(position, bytes.subarray(FRAME_BYTES))) return null;
  return damaged(position, 'its checksum is wrong');
}

/** CRC-32 of eight bytes, big-endian: fewer than the call that computes it for more. */
function positionChecksum(position: number): number {
  if (!Number.isSafeInteger(position) || position < 0) throw new RangeError('not a whole number');
  return ~addWord(addWord(~0, Math.floor(position / U32)), position >>> 0) >>> 0;
}

function addWord(crc: number, word: number): number {
  let sum = crc;
  for (let shift = 24; shift >= 0; shift -= 8) {
    sum = (TABLE[(sum ^ (word >>> shift)) & 0xff] ?? 0) ^ (sum >>> 8);
  }
  return sum;
}

function damaged(position: number, why: string): JournalError {
  return new JournalError('corrupt', `the record at position ${position} is damaged: ${why}`);
}
