/** A device with a key of its own, the same at each call. */
import type { EnrolledDevice } from '../../../../../gateway/devices/enrolled-device.ts';
import { deviceKeys } from '../../../../device-keys.rig.ts';

const { publicKeyJwk } = deviceKeys('Ed25519');

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
