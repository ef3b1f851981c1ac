/**
 * What is kept or sent so that only who has the key reads it, and nobody changes it unseen: nonce ‖ ciphertext ‖ tag. Which
 * algorithm it is stands beside it, in the format of whoever keeps it, and is authenticated with it.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import { derivedKey } from '../digest.ts';
import {
  CIPHER_KEY_BYTES,
  COUNTER_BYTES,
  encryptThenMac,
  MAC_KEY_BYTES,
  TAG_BYTES,
} from './encrypt-then-mac.ts';

export const SEAL_KEY_BYTES = 32;

const GCM = { cipher: 'aes-256-gcm', nonceBytes: 12, tagBytes: 16 } as const;
const CTR = { nonceBytes: COUNTER_BYTES, tagBytes: TAG_BYTES } as const;

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
  return algorithm === 'AES-256-GCM' ? gcm(key) : ctr(key);
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

/** Encryption and MAC each under a key derived for it. */
function ctr(key: Uint8Array): Sealer {
  const own = encryptThenMac(
    derivedKey('HMAC-SM3', key, 'onecard seal cipher', CIPHER_KEY_BYTES),
    derivedKey('HMAC-SM3', key, 'onecard seal mac', MAC_KEY_BYTES),
  );
  return {
    algorithm: 'SM4-CTR-HMAC-SM3',
    seal: (plain, associated) => own.seal(plain, associated),
    open(sealed, associated) {
      const plain = own.open(sealed, associated);
      if (plain === null) throw unreadable();
      return plain;
    },
    forget: () => own.forget(),
  };
}

function unreadable(cause?: unknown): CryptoError {
  return new CryptoError('unreadable', 'it does not open: it was changed, or sealed under another key', {
    cause,
  });
}
