/**
 * Keeps the devices of this folder and those of the cluster's bucket alike, both ways: what is newer here is published, what
 * is newer there is taken. Which is which, `whose-is-newer.ts` says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bucket, BucketEntry } from '../../cluster/bus/bucket.ts';
import type { BusSession, Follower } from '../../cluster/bus/connect.ts';
import { type EnrolledDevice, isDeviceId } from '../enrolled-device.ts';
import { deviceIdOf, openDeviceBucket } from './device-bucket.ts';
import { DevicePublisher } from './device-publisher.ts';
import { openDevice, type SealFault, type SealSetting } from './sealed-device.ts';
import type { SharedDevices } from './shared-devices.ts';

/** Why what the bucket has of a device is not taken. */
export type DeviceFault = SealFault | 'rolled_back';

export interface DeviceSyncEvents {
  /** Another gateway's knowledge holds here from now on. */
  taken(device: EnrolledDevice): void;
  /** What was enrolled or revoked here gave way to this. */
  gaveWay(to: EnrolledDevice): void;
  /** What the bucket has under this name is not taken; empty: no device can have the name. */
  refused(deviceId: string, fault: DeviceFault): void;
  fault(error: unknown): void;
}

export interface DeviceSyncOptions {
  readonly sharing: SharedDevices;
  readonly seal: SealSetting;
  /** Name of the bucket. */
  readonly bucket: string;
  readonly events: DeviceSyncEvents;
}

/** Between two looks for what the command line, or this gateway, has changed. */
const LOOK_MS = 200;
/** Between two looks whether the bucket is there, and tries to put right what is wrong in it. */
const MEND_MS = 5_000;
const RETRY_MS = 1_000;
/** Compared or published at once: what is stored of them is one commit. */
const AT_ONCE = 64;
const MENDED_MAX = 1_024;

export class DeviceSync implements Follower {
  readonly #options: DeviceSyncOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isCaughtUp = false;
  #round: Round | null = null;
  /** Of the last write that was looked at. */
  #sequence: number | null = null;

  constructor(options: DeviceSyncOptions) {
    this.#options = options;
  }

  get stream(): string {
    return this.#options.bucket;
  }

  /** How far this gateway is, as of any stream that it follows. */
  get state(): Follower['state'] {
    const sequence = this.#round?.sequence ?? this.#sequence;
    const place = sequence === null ? null : { sequence };
    return { place, pending: this.#round?.arrivals.pending ?? 0, follows: this.#isCaughtUp };
  }

  /** Whether all that the bucket has is known here, as of the last that was heard of it. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** At the begin of each session with the bus. */
  attend(session: BusSession): void {
    this.#running = this.#running.then(() => this.#serve(session));
  }

  /** After the session has ended, or while it goes on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #serve(session: BusSession): Promise<void> {
    const signal = AbortSignal.any([session.signal, this.#stopping.signal]);
    while (!signal.aborted) {
      try {
        await this.#follow(session, signal);
      } catch (error) {
        if (!signal.aborted) this.#options.events.fault(error);
      }
      this.#isCaughtUp = false;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Until the session is over, or the bucket is another. */
  async #follow(session: BusSession, signal: AbortSignal): Promise<void> {
    const bucket = await openDeviceBucket(session, this.#options.bucket);
    const round = new Round(this.#options, bucket);
    this.#round = round;
    const watch = await bucket.watch(round.arrivals);
    let mendAt = performance.now() + MEND_MS;
    try {
      while (!signal.aborted && !round.arrivals.isEnded) {
        await round.takeArrived();
        if (round.arrivals.isCaughtUp && !this.#isCaughtUp) {
          await round.publishMissing();
          this.#isCaughtUp = true;
        }
        await round.publishChanged();
        if (performance.now() >= mendAt) {
          if (!(await bucket.isThere())) return;
          await round.mend();
          mendAt = performance.now() + MEND_MS;
        }
        await round.arrivals.next(LOOK_MS, signal);
      }
    } finally {
      watch.stop();
      this.#sequence = round.sequence ?? this.#sequence;
      this.#round = null;
    }
  }
}

/** What has come and was not looked at. */
class Arrivals {
  readonly #entries: BucketEntry[] = [];
  #wake: () => void = () => {};
  isCaughtUp = false;
  isEnded = false;

  entry(entry: BucketEntry): void {
    this.#entries.push(entry);
    this.#wake();
  }

  caughtUp(): void {
    // Those before it must be looked at first: `takeArrived` takes all that is there.
    this.isCaughtUp = true;
    this.#wake();
  }

  ended(): void {
    this.isEnded = true;
    this.#wake();
  }

  get pending(): number {
    return this.#entries.length;
  }

  /** Of one name one alone: what comes later is compared with what came before. */
  take(): BucketEntry[] {
    const keys = new Set<string>();
    for (const { key } of this.#entries) {
      if (keys.has(key) || keys.size === AT_ONCE) break;
      keys.add(key);
    }
    return this.#entries.splice(0, keys.size);
  }

  /** Resolves when something has come, or after a time. */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#entries.length > 0) return;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([woken, sleep(ms, undefined, { signal: either }).catch(() => {})]);
    over.abort();
  }
}

/** From one opening of the bucket to the next. */
class Round {
  readonly #options: DeviceSyncOptions;
  readonly #publisher: DevicePublisher;
  readonly #bucket: Bucket;
  /** Names that were among what came first; null: all of that was looked at. */
  #told: Set<string> | null = new Set();
  readonly #toMend = new Set<string>();
  readonly arrivals = new Arrivals();
  /** Of the last write that was looked at. */
  sequence: number | null = null;

  constructor(options: DeviceSyncOptions, bucket: Bucket) {
    this.#options = options;
    this.#bucket = bucket;
    this.#publisher = new DevicePublisher({ ...options, bucket });
  }

  async takeArrived(): Promise<void> {
    for (let some = this.arrivals.take(); some.length > 0; some = this.arrivals.take()) {
      await Promise.all(some.map((entry) => this.#take(entry)));
      this.sequence = some.at(-1)?.sequence ?? this.sequence;
    }
  }

  /** What is known here and was not among what came first. */
  async publishMissing(): Promise<void> {
    const told = this.#told;
    this.#told = null;
    if (told === null) return;
    const missing = this.#options.sharing.names().filter((deviceId) => !told.has(deviceId));
    while (missing.length > 0) await this.#publishAll(missing.splice(0, AT_ONCE));
  }

  async publishChanged(): Promise<void> {
    await this.#publishAll(this.#options.sharing.unshared(AT_ONCE));
  }

  /** What was refused is put right by who knows better; slowly, so that two who disagree do not do so all the time. */
  async mend(): Promise<void> {
    const names = [...this.#toMend];
    this.#toMend.clear();
    while (names.length > 0) await this.#publishAll(names.splice(0, AT_ONCE));
  }

  async #publishAll(deviceIds: readonly string[]): Promise<void> {
    await Promise.all(deviceIds.map((deviceId) => this.#publisher.publish(deviceId)));
  }

  async #take({ key, value, sequence }: BucketEntry): Promise<void> {
    const { sharing, seal, events } = this.#options;
    const deviceId = deviceIdOf(key);
    if (!isDeviceId(deviceId)) {
      events.refused('', 'misplaced');
      return;
    }
    this.#told?.add(deviceId);
    if (value === null) {
      this.#mendLater(deviceId);
      return;
    }
    const opened = openDevice(value, deviceId, seal);
    if (!opened.ok) {
      events.refused(deviceId, opened.fault);
      this.#mendLater(deviceId);
      return;
    }
    const { newer, gaveWay } = await sharing.compare(opened.device);
    if (newer.kind === 'there') {
      events.taken(opened.device);
      if (gaveWay) events.gaveWay(opened.device);
    } else if (newer.kind === 'rolled_back') {
      // On its way while a newer one was written, by this gateway or a command beside it: no fault of anybody.
      if (((await this.#bucket.get(key))?.sequence ?? 0) > sequence) return;
      events.refused(deviceId, 'rolled_back');
      this.#mendLater(deviceId);
    }
    const isBehind = newer.kind === 'here' || !opened.isCurrent;
    if (isBehind && newer.kind !== 'rolled_back') await this.#publisher.publish(deviceId);
  }

  #mendLater(deviceId: string): void {
    if (this.#toMend.size < MENDED_MAX) this.#toMend.add(deviceId);
  }
}
