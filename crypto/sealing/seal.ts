/**
 * What is kept or sent so that only who has the key reads it, and nobody changes it unseen: nonce ‖ ciphertext ‖ tag. Which
 * algorithm it is stands beside it, in the format of whoever keeps it, and is authenticated with it.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SealAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import { derivedKey } from '../digest.ts';

export const SEAL_KEY_BYTES = 32;

const GCM = { cipher: 'aes-256-gcm', nonceBytes: 12, tagBytes: 16 } as const;
const CTR = { cipher: 'sm4-ctr', nonceBytes: 16, tagBytes: 32, keyBytes: 16 } as const;

/** Where its parts are: nonce in front, tag behind. */
export const SEAL_PARTS = {
  'AES-256-GCM': GCM,
  'SM4-CTR-HMAC-SM3': CTR,
} as const satisfies Record<SealAlgorithm, { readonly nonceBytes: number; readonly tagBytes: number }>;

/** Bytes that a seal adds: nonce and tag. */
export const SEAL_BYTES = {
  'AES-256-GCM': GCM.nonceBytes + GCM.tagBytes,
  'SM4-CTR-HMAC-SM3': CTR.nonceBytes + CTR.tagBytes,
} as const satisfies Record<SealAlgorithm, number>;

/** Seals and opens under one key. */
export interface Sealer {
  readonly algorithm: SealAlgorithm;
  /** `associated`: what is authenticated with it, such as where it belongs. */
  seal(plain: Uint8Array, associated: Uint8Array): Buffer;
  /** Throws CryptoError `unreadable` on whatever this key and `associated` did not seal. */
  open(sealed: Uint8Array, associated: Uint8Array): Buffer;
  /** Keys that were derived for it are no longer in memory; it seals and opens nothing from then on. */
  forget(): void;
}

/** `key`: 32 bytes. Throws TypeError on another length. */
export function sealer(algorithm: SealAlgorithm, key: Uint8Array): Sealer {
  if (key.length !== SEAL_KEY_BYTES) throw new TypeError(`a sealing key has ${SEAL_KEY_BYTES} bytes`);
  return algorithm === 'AES-256-GCM' ? gcm(key) : encryptThenMac(key);
}

/** NIST SP 800-38D, a random nonce for each. */
function gcm(key: Uint8Array): Sealer {
  const { cipher: name, nonceBytes, tagBytes: authTagLength } = GCM;
  return {
    algorithm: 'AES-256-GCM',
    seal(plain, associated) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(name, key, nonce, { authTagLength });
      cipher.setAAD(associated);
      const body = cipher.update(plain);
      cipher.final();
      return Buffer.concat([nonce, body, cipher.getAuthTag()]);
    },
    open(sealed, associated) {
      const end = sealed.length - authTagLength;
      if (end < nonceBytes) throw unreadable();
      const decipher = createDecipheriv(name, key, sealed.subarray(0, nonceBytes), { authTagLength });
      decipher.setAAD(associated);
      decipher.setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(nonceBytes, end));
      try {
        decipher.final();
      } catch (cause) {
        throw unreadable(cause);
      }
      return plain;
    },
    // The one key is whoever's gave it.
    forget() {},
  };
}

/**
 * GB/T 36624 clause 10, encrypt-then-MAC: SM4 in counter mode (GB/T 17964 clause 9) and HMAC-SM3 over the length of what is
 * associated, itself, nonce and ciphertext; each under a key derived for it.
 */
function encryptThenMac(key: Uint8Array): Sealer {
  const { cipher: name, nonceBytes, tagBytes, keyBytes } = CTR;
  const cipherKey = derivedKey('HMAC-SM3', key, 'onecard seal cipher', keyBytes);
  const macKey = derivedKey('HMAC-SM3', key, 'onecard seal mac', SEAL_KEY_BYTES);
  const tagOf = (associated: Uint8Array, nonceAndBody: Uint8Array) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(associated.length));
    return createHmac('sm3', macKey).update(length).update(associated).update(nonceAndBody).digest();
  };
  return {
    algorithm: 'SM4-CTR-HMAC-SM3',
    seal(plain, associated) {
      const nonce = randomBytes(nonceBytes);
      const sealed = Buffer.concat([nonce, createCipheriv(name, cipherKey, nonce).update(plain)]);
      return Buffer.concat([sealed, tagOf(associated, sealed)]);
    },
    open(sealed, associated) {
      const end = sealed.length - tagBytes;
      if (end < nonceBytes) throw unreadable();
      const nonceAndBody = sealed.subarray(0, end);
      if (!timingSafeEqual(tagOf(associated, nonceAndBody), sealed.subarray(end))) throw unreadable();
      const nonce = sealed.subarray(0, nonceBytes);
      return createDecipheriv(name, cipherKey, nonce).update(sealed.subarray(nonceBytes, end));
    },
    forget() {
      cipherKey.fill(0);
      macKey.fill(0);
    },
  };
}

function unreadable(cause?: unknown): CryptoError {
  return new CryptoError('unreadable', 'it does not open: it was changed, or sealed under another key', {
    cause,
  });
}
