/**
 * Everything the reference platform makes is drawn from one seed text, by label and index, so that any card can be
 * made on its own and a second run makes the same bytes. Never a source of real keys.
 */
import { createHmac } from 'node:crypto';

/** Bytes per HMAC-SHA-256 block. */
const BLOCK_BYTES = 32;

/**
 * `length` bytes for (seed, label, index): HMAC-SHA-256 in counter mode (NIST SP 800-108r1, clause 4.1), so that a
 * longer draw begins with the shorter one. `index` is an integer from 0 to 2^48.
 */
export function seeded(seed: string, label: string, index: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError('index must be a whole number from 0');
  const out = new Uint8Array(length);
  for (let offset = 0, counter = 1; offset < length; offset += BLOCK_BYTES, counter += 1) {
    const block = createHmac('sha256', seed).update(`${counter}\0${label}\0${index}`).digest();
    out.set(block.subarray(0, Math.min(BLOCK_BYTES, length - offset)), offset);
  }
  return out;
}

/** A whole number from 0 to `below` - 1; `below` up to 2^32. The bias of the reduction is below 2^-16. */
export function seededInteger(seed: string, label: string, index: number, below: number): number {
  const view = Buffer.from(seeded(seed, label, index, 6));
  return view.readUIntBE(0, 6) % below;
}
