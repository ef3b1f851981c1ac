/**
 * Keys that nobody has the other half of. A token that names a device that is not enrolled is verified with one, so that
 * its refusal takes as long as that of a token which is wrongly signed.
 */
import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { jwkOf } from '../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import type { DeviceJwk } from './device-key.ts';

const strangers = new Map<SignatureAlgorithm, DeviceJwk>();

/** Of this process: made when the first token of the algorithm comes, the private half thrown away. */
export function strangerKey(algorithm: SignatureAlgorithm): DeviceJwk {
  const known = strangers.get(algorithm) ?? jwkOf(makeSigningKey(algorithm).publicKey);
  strangers.set(algorithm, known);
  return known;
}
