/** Signatures verified with the one algorithm of their key. */
import { verify } from 'node:crypto';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { sm2Job } from '../../workers/engine/job.ts';
import { SM2_DEFAULT_ID } from '../../workers/engine/sm2-digest.ts';
import { keyObjectOf } from './key-files.ts';
import { SIGNATURE_BYTES, type VerifyingKey } from './keys.ts';

/** A key that is made ready once, for many signatures. */
export interface Verifier {
  readonly publicKey: VerifyingKey;
  /** As `isSigned`. */
  isSigned(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Throws CryptoError `unusable` where the key is none. */
export function verifierOf(publicKey: VerifyingKey): Verifier {
  const key = keyObjectOf(publicKey);
  const { algorithm, bytes } = publicKey;
  const isGood = (message: Uint8Array, signature: Uint8Array) => {
    if (algorithm === 'SM2') return isSm2Signed(bytes, message, signature);
    return algorithm === 'Ed25519'
      ? verify(null, message, key, signature)
      : verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  };
  return {
    publicKey,
    isSigned: (message, signature) => signature.length === SIGNATURE_BYTES && isGood(message, signature),
  };
}

/**
 * SM2 with the distinguishing ID of GM/T 0009 clause 10. False for any signature that is not r ‖ s, or R ‖ S, of 64 bytes: DER
 * is none here. Throws CryptoError `unusable` where the key is none.
 */
export function isSigned(key: VerifyingKey, message: Uint8Array, signature: Uint8Array): boolean {
  return verifierOf(key).isSigned(message, signature);
}

function isSm2Signed(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { engine } = chooseEngine();
  const job = sm2Job(key, SM2_DEFAULT_ID, message, new Uint8Array(signature), undefined, true);
  return engine.verify([job])[0] === 1;
}
