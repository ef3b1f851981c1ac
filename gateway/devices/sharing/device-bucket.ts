/** The bucket that the gateways of a cluster keep their devices in: of each, the last eight values. */
import { Bucket } from '../../cluster/bus/bucket.ts';
import type { BusSession } from '../../cluster/bus/connect.ts';
import { SEALED_BYTES_MAX } from './sealed-device.ts';

const HISTORY = 8;

/** Rejects with what the servers say. */
export function openDeviceBucket(session: BusSession, name: string): Promise<Bucket> {
  return Bucket.open(session, { name, history: HISTORY, valueBytesMax: 2 * SEALED_BYTES_MAX });
}

/** What a device's value is kept under: its name may have dots anywhere, a key may not, and no name has `=`. */
export function bucketKey(deviceId: string): string {
  return deviceId.replaceAll('.', '=');
}

/** What a key says it is of; it may be no name of a device. */
export function deviceIdOf(key: string): string {
  return key.replaceAll('=', '.');
}
