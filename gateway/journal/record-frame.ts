/**
 * The frame of a stored record (docs/journal-records.md): whether the bytes are whole, and in their place, without
 * reading what they say.
 */
import { crc32 } from 'node:zlib';
import { JournalError } from './journal-error.ts';
import { positionKey } from './record-keys.ts';

/** Version byte and CRC-32. */
export const FRAME_BYTES = 5;

/** CRC-32 (ISO 3309) of a record's position, 8 bytes, and its body. */
export function frameChecksum(position: number, body: Uint8Array): number {
  return crc32(body, crc32(positionKey(position)));
}

/** Why the bytes are not the record of a position, or null. The version is the platform's to judge. */
export function frameFault(position: number, bytes: Uint8Array): JournalError | null {
  if (bytes.length < FRAME_BYTES) return damaged(position, 'it is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(1) === frameChecksum(position, bytes.subarray(FRAME_BYTES))) return null;
  return damaged(position, 'its checksum is wrong');
}

function damaged(position: number, why: string): JournalError {
  return new JournalError('corrupt', `the record at position ${position} is damaged: ${why}`);
}
