/** Keyed digests of many messages in one call: in the native addon where it is there, else one after the other. */
import { loadAddon, type NativeAddon } from '../../native/index.ts';
import { KEYED_DIGEST_BYTES, keyedDigest, type NameAlgorithm } from './keyed-digest.ts';

/**
 * Message i is `messages` from `ends[i - 1]` (0 for the first) to `ends[i]`, keyed with key `kinds[i]` of `keys`, 32
 * bytes each. `digests` receives 16 bytes for each.
 */
export type DigestBatch = (
  keys: Uint8Array,
  kinds: Uint8Array,
  messages: Uint8Array,
  ends: Uint32Array,
  digests: Uint8Array,
) => void;

const KEY_BYTES = 32;
/** Room at first; both grow. */
const MESSAGE_BYTES = 65_536;
const MESSAGES = 256;
const UTF8_PER_UNIT = 3;
const LENGTH_BYTES = 4;

/** `addon`: null where there is none. Default: the one that was built. */
export function chooseDigestBatch(
  algorithm: NameAlgorithm,
  addon: NativeAddon | null = loadAddon().addon,
): DigestBatch {
  if (addon === null) return oneByOne(algorithm);
  return algorithm === 'HMAC-SM3'
    ? (keys, kinds, messages, ends, digests) => addon.keyedDigestsSm3(keys, kinds, messages, ends, digests)
    : (keys, kinds, messages, ends, digests) => addon.keyedDigests(keys, kinds, messages, ends, digests);
}

function oneByOne(algorithm: NameAlgorithm): DigestBatch {
  let known: Uint8Array | null = null;
  let of: ((message: Uint8Array) => Uint8Array)[] = [];
  return (keys, kinds, messages, ends, digests) => {
    if (keys !== known) {
      of = [];
      for (let at = 0; at < keys.length; at += KEY_BYTES)
        of.push(keyedDigest(keys.subarray(at, at + KEY_BYTES), algorithm));
      known = keys;
    }
    let from = 0;
    for (const [i, end] of ends.entries()) {
      const digest = of[kinds[i] as number]?.(messages.subarray(from, end));
      if (digest === undefined) throw new RangeError('a message is keyed with a key that is there');
      digests.set(digest, i * KEYED_DIGEST_BYTES);
      from = end;
    }
  };
}

/** The messages of one batch, written one behind the other into memory that is used again. */
export class DigestRequest {
  readonly #keys: Uint8Array;
  readonly #digestBatch: DigestBatch;
  #messages = Buffer.allocUnsafeSlow(MESSAGE_BYTES);
  #kinds = new Uint8Array(MESSAGES);
  #ends = new Uint32Array(MESSAGES);
  #digests = new Uint8Array(MESSAGES * KEYED_DIGEST_BYTES);
  #at = 0;
  #count = 0;

  /** Throws RangeError unless each key has 32 bytes. */
  constructor(keys: readonly Uint8Array[], digestBatch: DigestBatch) {
    if (keys.some(({ length }) => length !== KEY_BYTES)) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
    this.#keys = new Uint8Array(Buffer.concat(keys));
    this.#digestBatch = digestBatch;
  }

  /** Starts over. */
  begin(): this {
    this.#at = 0;
    this.#count = 0;
    return this;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#messages[this.#at++] = byte;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#messages.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** As UTF-8. */
  text(text: string): void {
    const units = text.length;
    this.#reserve(units * UTF8_PER_UNIT);
    const messages = this.#messages;
    const start = this.#at;
    for (let i = 0; i < units; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.#at = start + messages.write(text, start, 'utf8');
        return;
      }
      messages[start + i] = unit;
    }
    this.#at = start + units;
  }

  /** As UTF-8, behind its length in bytes (32 bits, big-endian). */
  textWithLength(text: string): void {
    this.#reserve(LENGTH_BYTES);
    const start = this.#at;
    this.#at += LENGTH_BYTES;
    this.text(text);
    this.#messages.writeUInt32BE(this.#at - start - LENGTH_BYTES, start);
  }

  /** Ends a message that is keyed with one of the keys. */
  end(key: number): void {
    if (this.#count === this.#kinds.length) this.#moreMessages();
    this.#kinds[this.#count] = key;
    this.#ends[this.#count] = this.#at;
    this.#count += 1;
  }

  /** 16 bytes for each message, in order, good until they are made again. */
  digests(): Uint8Array {
    const count = this.#count;
    const digests = this.#digests.subarray(0, count * KEYED_DIGEST_BYTES);
    if (count === 0) return digests;
    this.#digestBatch(
      this.#keys,
      this.#kinds.subarray(0, count),
      this.#messages.subarray(0, this.#at),
      this.#ends.subarray(0, count),
      digests,
    );
    return digests;
  }

  #moreMessages(): void {
    const count = this.#count * 2;
    const kinds = new Uint8Array(count);
    kinds.set(this.#kinds);
    const ends = new Uint32Array(count);
    ends.set(this.#ends);
    this.#kinds = kinds;
    this.#ends = ends;
    this.#digests = new Uint8Array(count * KEYED_DIGEST_BYTES);
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#messages.length) return;
    const grown = Buffer.allocUnsafeSlow(needed * 2);
    grown.set(this.#messages.subarray(0, this.#at));
    this.#messages = grown;
  }
}
