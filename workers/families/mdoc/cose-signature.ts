/** Puts a COSE signature on the list of checks: to the engine where it knows the curve, else after the engine's round. */
import type { Code } from '../../../config/codes.ts';
import type { CoseAlgorithm } from '../../cose/algorithms.ts';
import type { CoseKey } from '../../cose/key.ts';
import { type Sign1, signedBytes, signedDigest } from '../../cose/sign1.ts';
import { slowKind, verifySlowly } from '../../cose/slow-signature.ts';
import type { CheckList } from '../check-list.ts';

export interface ToVerify {
  readonly sign1: Sign1;
  readonly key: CoseKey;
  readonly algorithm: CoseAlgorithm;
  readonly payload: Uint8Array;
  /** As in a Job. */
  readonly keyRepeats?: boolean;
}

/** False when the algorithm is not one of the key, or the signature not of its length; the list then says so. */
export function addSignature(
  list: CheckList,
  { check, code }: { readonly check: string; readonly code: Code },
  { sign1, key, algorithm, payload, keyRepeats = false }: ToVerify,
): boolean {
  const { curve, publicKey } = key;
  const { protectedBytes, signature } = sign1;
  const isFor =
    algorithm.curves.includes(curve) && (key.algorithm === null || key.algorithm === sign1.algorithm);
  if (!list.require(`${check}.key_algorithm`, 'key.algorithm_mismatch', isFor)) return false;
  const width = curve === 'ed25519' ? 64 : publicKey.length;
  if (!list.require(`${check}.signature_form`, 'signature.encoding', signature.length === width))
    return false;
  if (curve === 'p256') {
    const digest = signedDigest(protectedBytes, payload);
    list.verify(`${check}.signature`, code, { curve, publicKey, digest, signature, keyRepeats });
    return true;
  }
  // Put together now: the payload may lie in memory that is written again before this is verified.
  const message = Uint8Array.from(signedBytes(protectedBytes, payload));
  list.verifySlowly(`${check}.signature`, code, {
    algorithm: slowKind(curve),
    verify: () => verifySlowly(key, algorithm, message, signature),
  });
  return true;
}
