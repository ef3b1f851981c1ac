/**
 * Keys wrapped under a key: RFC 3394 clause 2.2.1 over AES-256, and the same steps over SM4 (GB/T 36624 clause 8). 32 bytes become 40.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { WrapAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import { derivedKey } from '../digest.ts';

const HALF_BYTES = 8;
const ROUNDS = 6;
/** RFC 3394 clause 2.2.3.1: by which a wrong key is told. */
const INITIAL = Buffer.alloc(HALF_BYTES, 0xa6);
const AES_WRAP = 'id-aes256-wrap';
const WRAP_KEY_BYTES = 32;

export interface KeyWrap {
  readonly algorithm: WrapAlgorithm;
  /** `key`: whole halves of 8 bytes, two at least. */
  wrap(key: Uint8Array): Buffer;
  /** Throws CryptoError `unreadable` when it was wrapped under another key, or changed. */
  unwrap(wrapped: Uint8Array): Buffer;
}

/** A key-encryption key wherever it is. Both reject with CryptoError `held_elsewhere` when its holder does not answer. */
export interface HeldKeyWrap {
  readonly algorithm: WrapAlgorithm;
  wrap(key: Uint8Array): Promise<Buffer>;
  unwrap(wrapped: Uint8Array): Promise<Buffer>;
}

/** `key`: 32 bytes, of which the one for SM4 is derived. Throws TypeError on another length. */
export function keyWrap(algorithm: WrapAlgorithm, key: Uint8Array): KeyWrap {
  if (key.length !== WRAP_KEY_BYTES) throw new TypeError(`a wrapping key has ${WRAP_KEY_BYTES} bytes`);
  return algorithm === 'AES-256-KW' ? aesWrap(key) : sm4Wrap(derivedKey('HMAC-SM3', key, 'onecard wrap', 16));
}

function aesWrap(key: Uint8Array): KeyWrap {
  return {
    algorithm: 'AES-256-KW',
    wrap(inner) {
      const cipher = createCipheriv(AES_WRAP, key, INITIAL);
      return Buffer.concat([cipher.update(inner), cipher.final()]);
    },
    unwrap(wrapped) {
      try {
        const decipher = createDecipheriv(AES_WRAP, key, INITIAL);
        return Buffer.concat([decipher.update(wrapped), decipher.final()]);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

/** `key`: 16 bytes. */
function sm4Wrap(key: Uint8Array): KeyWrap {
  const block = (isWrapping: boolean, a: Uint8Array, r: Uint8Array) => {
    const cipher = (isWrapping ? createCipheriv : createDecipheriv)('sm4-ecb', key, null);
    cipher.setAutoPadding(false);
    return cipher.update(Buffer.concat([a, r]));
  };
  return {
    algorithm: 'SM4-KW',
    wrap(inner) {
      assertHalves(inner.length);
      const wrapped = Buffer.concat([INITIAL, inner]);
      for (let t = 1; t <= (ROUNDS * inner.length) / HALF_BYTES; t += 1) {
        const at = halfOf(t, inner.length);
        const out = block(true, wrapped.subarray(0, HALF_BYTES), wrapped.subarray(at, at + HALF_BYTES));
        out.copy(wrapped, at, HALF_BYTES);
        counted(out, t).copy(wrapped, 0, 0, HALF_BYTES);
      }
      return wrapped;
    },
    unwrap(wrapped) {
      const length = wrapped.length - HALF_BYTES;
      if (length < 2 * HALF_BYTES || length % HALF_BYTES !== 0) throw unreadable();
      const inner = Buffer.from(wrapped);
      for (let t = (ROUNDS * length) / HALF_BYTES; t >= 1; t -= 1) {
        const at = halfOf(t, length);
        counted(inner, t);
        const out = block(false, inner.subarray(0, HALF_BYTES), inner.subarray(at, at + HALF_BYTES));
        out.copy(inner, 0, 0, HALF_BYTES);
        out.copy(inner, at, HALF_BYTES);
      }
      if (!inner.subarray(0, HALF_BYTES).equals(INITIAL)) throw unreadable();
      return inner.subarray(HALF_BYTES);
    },
  };
}

/** Where the half of step `t` stands, behind the first. */
function halfOf(t: number, length: number): number {
  return HALF_BYTES + (((t - 1) * HALF_BYTES) % length);
}

/** The first half, and the number of the step over it. */
function counted(bytes: Buffer, t: number): Buffer {
  bytes.writeUInt32BE((bytes.readUInt32BE(4) ^ t) >>> 0, 4);
  return bytes;
}

function assertHalves(length: number): void {
  if (length < 2 * HALF_BYTES || length % HALF_BYTES !== 0) {
    throw new TypeError('what is wrapped has whole halves of 8 bytes, two at least');
  }
}

function unreadable(cause?: unknown): CryptoError {
  return new CryptoError(
    'unreadable',
    'a key cannot be unwrapped: it is damaged, or was wrapped under another key',
    { cause },
  );
}
