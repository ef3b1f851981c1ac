/** The private half of a key of SM2 that something was encrypted to. */
import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';
import { SM2_POINT } from '../../workers/engine/sm2-curve.ts';
import { CryptoError } from '../crypto-error.ts';
import { sm2Scalar } from '../signature/key-files.ts';
import { keyIdOf } from './recipient.ts';
import { sm2Decrypt } from './sm2-encryption.ts';

export interface DecryptionKey {
  /** `keyIdOf` its public half. */
  readonly kid: string;
  /** Throws CryptoError `unreadable`. */
  decrypt(encrypted: Uint8Array): Buffer;
}

/** n-1, which is no key of SM2 (GB/T 32918.1 clause 6.1). */
const LAST = Buffer.from(SM2_POINT.Fn.toBytes(SM2_POINT.Fn.ORDER - 1n));

/** `pem`: PKCS #8, or as SEC 1 has it. Throws CryptoError `unusable`, which never says what the text holds. */
export function decryptionKeyFrom(pem: string | Buffer): DecryptionKey {
  const scalar = sm2Scalar(privateKeyIn(pem));
  if (scalar.equals(LAST)) throw new CryptoError('unusable', 'this number is no private key of SM2');
  const own = createECDH('SM2');
  own.setPrivateKey(scalar);
  return {
    kid: keyIdOf(own.getPublicKey().subarray(1)),
    decrypt: (encrypted) => sm2Decrypt(scalar, encrypted),
  };
}

function privateKeyIn(pem: string | Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CryptoError('unusable', 'this is no private key in PEM, or one under a password', { cause });
  }
}
