/** Writes one device into the cluster's bucket where it is newer here, each write following what was there. */
import type { Bucket } from '../../cluster/bus/bucket.ts';
import type { EnrolledDevice } from '../enrolled-device.ts';
import { bucketKey } from './device-bucket.ts';
import { openDevice, type SealSetting, sealDevice } from './sealed-device.ts';
import type { SharedDevices } from './shared-devices.ts';

export interface DevicePublisherOptions {
  readonly sharing: SharedDevices;
  readonly seal: SealSetting;
  readonly bucket: Pick<Bucket, 'get' | 'put'>;
  readonly events: {
    /** Another gateway's knowledge holds here from now on. */
    taken(device: EnrolledDevice): void;
    /** What was enrolled or revoked here gave way to this. */
    gaveWay(to: EnrolledDevice): void;
  };
}

/** Somebody writes the same name all the time: it is tried again with the next look. */
const TRIES = 5;

/**
 * What became of it. `contended`: others write the name all the time. `unknown_key`: the bucket has it sealed with keys that are
 * not known here, and never had it otherwise: either the keys here are wrong, and what is there must stay, or those there.
 */
export type Published = 'published' | 'contended' | 'unknown_key';

export class DevicePublisher {
  readonly #options: DevicePublisherOptions;

  constructor(options: DevicePublisherOptions) {
    this.#options = options;
  }

  /**
   * `published`: the bucket has of the device what is known here, which is what was or what was taken from there. Rejects with
   * what the servers or the storage say.
   */
  async publish(deviceId: string): Promise<Published> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const published = await this.#tried(deviceId);
      if (published !== 'contended') return published;
    }
    return 'contended';
  }

  /** Takes what the bucket has of the device where it is newer. Rejects as `publish`. */
  async learn(deviceId: string): Promise<void> {
    const { bucket, sharing, seal } = this.#options;
    const entry = await bucket.get(bucketKey(deviceId));
    const opened = entry?.value ? openDevice(entry.value, deviceId, seal) : null;
    if (!opened?.ok) return;
    const { newer, gaveWay } = await sharing.compare(opened.device);
    if (newer.kind === 'there') this.#taken(opened.device, gaveWay);
  }

  async #tried(deviceId: string): Promise<Published> {
    const { bucket, sharing, seal } = this.#options;
    const key = bucketKey(deviceId);
    const entry = await bucket.get(key);
    const opened = entry?.value ? openDevice(entry.value, deviceId, seal) : null;
    if (opened?.ok) {
      const { newer, gaveWay } = await sharing.compare(opened.device);
      if (newer.kind === 'there') this.#taken(opened.device, gaveWay);
      if (opened.isCurrent && (newer.kind === 'there' || newer.kind === 'same')) return 'published';
    } else if (opened?.fault === 'unknown_key' && sharing.seen(deviceId) === 0) return 'unknown_key';
    const device = sharing.find(deviceId);
    if (device === null) return 'published';
    const written = await bucket.put(key, sealDevice(device, seal), entry?.sequence ?? 0);
    if (written === null) return 'contended';
    await sharing.published(device);
    return 'published';
  }

  #taken(device: EnrolledDevice, gaveWay: boolean): void {
    this.#options.events.taken(device);
    if (gaveWay) this.#options.events.gaveWay(device);
  }
}
