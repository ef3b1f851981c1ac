/** A device with a key of its own, the same at each call. */
import { generateKeyPairSync } from 'node:crypto';
import { checkDeviceJwk } from '../../../../../gateway/devices/device-key.ts';
import type { EnrolledDevice } from '../../../../../gateway/devices/enrolled-device.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const publicKeyJwk = checkDeviceJwk(publicKey.export({ format: 'jwk' }));

export function sampleDevice(more: Partial<EnrolledDevice> = {}): EnrolledDevice {
  return {
    deviceId: 'gate-1',
    class: 'gate',
    scenes: ['29/entry'],
    publicKeyJwk,
    enrolledAtMs: 1,
    revokedAtMs: null,
    revision: 1,
    ...more,
  };
}
