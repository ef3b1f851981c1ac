/** The list itself: entries of 1, 2, 4 or 8 bits, packed (draft-ietf-oauth-status-list, clause 4). */
import { promisify } from 'node:util';
import { type InputType, inflate, type ZlibOptions } from 'node:zlib';
import { TokenStatusError } from './token-status-error.ts';

export type EntryBits = 1 | 2 | 4 | 8;

/** What `info: true` makes of the answer, which the types of Node do not say. */
interface Inflated {
  readonly buffer: Buffer;
  /** `bytesWritten`: how much of the input belonged to the stream. */
  readonly engine: { readonly bytesWritten: number };
}
const inflateWithInfo = promisify(inflate) as unknown as (
  input: InputType,
  options: ZlibOptions,
) => Promise<Inflated>;

/** Inflates one zlib stream (RFC 1950), in memory of its own. Rejects with TokenStatusError `encoding` or `inflates`. */
export async function inflateEntries(compressed: Uint8Array, maxBytes: number): Promise<SharedArrayBuffer> {
  let inflated: Inflated;
  try {
    inflated = await inflateWithInfo(compressed, { maxOutputLength: maxBytes, info: true });
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw tooLarge
      ? new TokenStatusError('inflates', `the list inflates to more than ${maxBytes} bytes`, { cause })
      : new TokenStatusError('encoding', 'the list is not a whole zlib stream', { cause });
  }
  if (inflated.engine.bytesWritten !== compressed.length) {
    throw new TokenStatusError('encoding', 'something follows the zlib stream');
  }
  const entries = new SharedArrayBuffer(inflated.buffer.length);
  new Uint8Array(entries).set(inflated.buffer);
  return entries;
}

/** Value of an entry, the first in the lowest bits of its byte (clause 4.1); null: there is no such entry. */
export function entryAt(entries: SharedArrayBuffer, bits: number, index: number): number | null {
  if (!Number.isSafeInteger(index) || index < 0) return null;
  const perByte = 8 / bits;
  const byte = new Uint8Array(entries)[Math.floor(index / perByte)];
  return byte === undefined ? null : (byte >> ((index % perByte) * bits)) & (2 ** bits - 1);
}
