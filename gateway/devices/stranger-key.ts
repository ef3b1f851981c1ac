/**
 * Keys that nobody has the other half of. A token that names a device that is not enrolled is verified with one, so that
 * its refusal takes as long as that of a token which is wrongly signed.
 */
import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { jwkOf } from '../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import type { DeviceJwk } from './device-key.ts';

const strangers = {
  ES256: publicHalf('ES256'),
  Ed25519: publicHalf('Ed25519'),
  SM2: publicHalf('SM2'),
} as const satisfies Readonly<Record<SignatureAlgorithm, DeviceJwk>>;

/** Of this process: made at its start, the private half thrown away. */
export function strangerKey(algorithm: SignatureAlgorithm): DeviceJwk {
  return strangers[algorithm];
}

function publicHalf(algorithm: SignatureAlgorithm): DeviceJwk {
  return jwkOf(makeSigningKey(algorithm).publicKey);
}
