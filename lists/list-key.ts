/**
 * The key of a card on a list: SipHash-2-4-128 under the generation's key of
 *
 *   length of the issuer in bytes (2 bytes, low first) ‖ issuer ‖ zeros up to a multiple of 8 ‖ credential id
 *
 * both in UTF-8. No two cards make the same message, and what the issuer leaves behind is computed once.
 */
import { LIST_KEY_BYTES } from './list-handle.ts';
import { type SipState, sipAbsorb, sipFinish, sipInit, sipMessage } from './siphash.ts';

export { LIST_KEY_BYTES };

/** Words (32 bits, low byte first) in a card's key. */
export const LIST_KEY_WORDS = LIST_KEY_BYTES / 4;

/** Writes the key of a card as four words; as bytes, those of the words' buffer. */
export type ListKeyHash = (issuer: string, credentialId: string, out: Uint32Array) => void;

interface IssuerState {
  readonly state: SipState;
  readonly bytes: number;
}

/** A list covers few issuers; more are only ever asked for to fill memory. */
const MAX_ISSUERS_KEPT = 256;
const MAX_UTF8_BYTES_PER_UNIT = 3;

/** `hashKey`: 16 bytes. The function is not to be shared by threads (it keeps what issuers leave behind). */
export function listKeyHash(hashKey: Uint8Array): ListKeyHash {
  const start = sipInit(hashKey);
  const issuers = new Map<string, IssuerState>();
  let lastIssuer = '';
  let last: IssuerState | null = null;
  return (issuer, credentialId, out) => {
    if (last === null || issuer !== lastIssuer) {
      last = issuers.get(issuer) ?? null;
      if (last === null) {
        last = issuerState(start, issuer);
        if (issuers.size >= MAX_ISSUERS_KEPT) issuers.clear();
        issuers.set(issuer, last);
      }
      lastIssuer = issuer;
    }
    const message = roomFor(credentialId);
    const length = encode(credentialId, message, 0);
    // The last block ends with the length of the whole message (SipHash paper, section 2.1).
    const blocks = (length >>> 3) + 1;
    zero(message, length, 8 * blocks);
    message[8 * blocks - 1] = last.bytes + length;
    sipFinish(last.state, blocks, out);
  };
}

function issuerState(start: SipState, issuer: string): IssuerState {
  const message = roomFor(issuer);
  const length = encode(issuer, message, 2);
  if (length - 2 > 0xffff) throw new RangeError('an issuer has at most 65535 bytes');
  const blocks = (length + 7) >>> 3;
  zero(message, length, 8 * blocks);
  message[0] = length - 2;
  message[1] = (length - 2) >>> 8;
  const state = new Int32Array(8);
  sipAbsorb(start, blocks, state);
  return { state, bytes: 8 * blocks };
}

/** For a text in UTF-8, the length before it, and a last block. */
function roomFor(text: string): Uint8Array {
  return sipMessage(text.length * MAX_UTF8_BYTES_PER_UNIT + 16);
}

/** A handful of bytes at most: calling `fill` takes longer. */
function zero(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i += 1) bytes[i] = 0;
}

/** Writes text from `at` on in UTF-8; where it ends. Half a surrogate pair becomes its own three bytes. */
function encode(text: string, bytes: Uint8Array, at: number): number {
  let end = at;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encodeFrom(text, i, bytes, end);
    bytes[end] = unit;
    end += 1;
  }
  return end;
}

function encodeFrom(text: string, from: number, bytes: Uint8Array, at: number): number {
  let end = at;
  for (let i = from; i < text.length; i += 1) {
    const point = text.codePointAt(i) ?? 0;
    if (point < 0x80) {
      bytes[end++] = point;
    } else if (point < 0x800) {
      bytes[end++] = 0xc0 | (point >>> 6);
      bytes[end++] = 0x80 | (point & 0x3f);
    } else if (point < 0x1_0000) {
      bytes[end++] = 0xe0 | (point >>> 12);
      bytes[end++] = 0x80 | ((point >>> 6) & 0x3f);
      bytes[end++] = 0x80 | (point & 0x3f);
    } else {
      bytes[end++] = 0xf0 | (point >>> 18);
      bytes[end++] = 0x80 | ((point >>> 12) & 0x3f);
      bytes[end++] = 0x80 | ((point >>> 6) & 0x3f);
      bytes[end++] = 0x80 | (point & 0x3f);
      i += 1;
    }
  }
  return end;
}
