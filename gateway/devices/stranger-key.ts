/**
 * Keys that nobody has the other half of. A token that names a device that is not enrolled is verified with one, so that
 * its refusal takes as long as that of a token which is wrongly signed.
 */
import { generateKeyPairSync } from 'node:crypto';
import { checkDeviceJwk, type DeviceAlgorithm, type DeviceJwk } from './device-key.ts';

const keys: Readonly<Record<DeviceAlgorithm, DeviceJwk>> = {
  ES256: publicHalf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  EdDSA: publicHalf(generateKeyPairSync('ed25519')),
};

/** Of this process: made at its start, the private half thrown away. */
export function strangerKey(algorithm: DeviceAlgorithm): DeviceJwk {
  return keys[algorithm];
}

function publicHalf({ publicKey }: ReturnType<typeof generateKeyPairSync>): DeviceJwk {
  return checkDeviceJwk(publicKey.export({ format: 'jwk' }));
}
