/** Signatures verified with the one algorithm of their key. */
import { verify } from 'node:crypto';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { sm2Job } from '../../workers/engine/job.ts';
import { SM2_DEFAULT_ID } from '../../workers/engine/sm2-digest.ts';
import { keyObjectOf } from './key-files.ts';
import { SIGNATURE_BYTES, type VerifyingKey } from './keys.ts';

/**
 * SM2 with the distinguishing ID of GM/T 0009 clause 10. False for any signature that is not r ‖ s, or R ‖ S, of 64 bytes: DER
 * is none here. Throws CryptoError `unusable` where the key is none.
 */
export function isSigned(key: VerifyingKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  if (key.algorithm === 'SM2') {
    const { engine } = chooseEngine();
    const job = sm2Job(key.bytes, SM2_DEFAULT_ID, message, new Uint8Array(signature));
    return engine.verify([job])[0] === 1;
  }
  const publicKey = keyObjectOf(key);
  return key.algorithm === 'Ed25519'
    ? verify(null, message, publicKey, signature)
    : verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}
