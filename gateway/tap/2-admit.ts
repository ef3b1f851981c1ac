/**
 * Stage 2. Decides what becomes of a tap before any work is spent on it: a decision that exists already is given
 * again, a tap in flight is joined, and what would come too late or too many is refused at once, with a code.
 */
import { LRUCache } from 'lru-cache';
import type { Code } from '../../config/codes.ts';
import type { SceneTable } from '../../config/scenes.ts';
import { equalBytes } from '../../workers/codecs/hex.ts';
import type { Journal } from '../journal/journal.ts';
import type { DecisionRecord } from '../journal/record.ts';
import type { ClassQueues } from './class-queues.ts';
import type { Flight } from './flight.ts';
import type { DeviceClass, IncomingTap, Presentation, TapId } from './tap.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly flight: Flight }
  | { readonly kind: 'joined'; readonly flight: Flight; readonly deadlineMs: number }
  | { readonly kind: 'decided'; readonly record: DecisionRecord }
  | { readonly kind: 'refused'; readonly code: Code; readonly retryAfterMs: number };

export interface AdmitOptions {
  readonly scenes: SceneTable;
  readonly journal: Pick<Journal, 'find' | 'highestSeq'>;
  readonly queues: ClassQueues;
  readonly threads: () => number;
  readonly costOf: (costKey: string) => number;
  readonly digestOf: (presentation: Presentation, scene: string) => Uint8Array;
  readonly deadlineMs: Readonly<Record<DeviceClass, number>>;
  readonly inFlightPerDevice: number;
}

/** Streams whose highest number is kept in memory; others are looked up in the journal again. */
const KNOWN_STREAMS = 100_000;

export class Admit {
  readonly #options: AdmitOptions;
  readonly #inFlight = new Map<string, Flight>();
  readonly #perDevice = new Map<string, number>();
  readonly #highest: LRUCache<string, { seq: number }>;

  constructor(options: AdmitOptions) {
    this.#options = options;
    this.#highest = new LRUCache({ max: KNOWN_STREAMS });
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  admit(tap: IncomingTap, now: number): Admission {
    const { presentation, device } = tap;
    const scene = presentation.scene ?? device.scenes[0];
    const policy = scene === undefined ? null : this.#options.scenes.policyOf(scene);
    if (scene === undefined || policy === null || !device.scenes.includes(scene)) {
      return refused('tap.scene_not_allowed');
    }
    const digest = this.#options.digestOf(presentation, scene);
    const key = keyOf(tap.id);
    const known = this.#known(tap, key, digest);
    if (known) return known;
    const deadlineMs = this.#deadlineMs(presentation, device.class);
    const shed = this.#shed(tap, deadlineMs);
    if (shed) return shed;
    const flight: Flight = {
      tap,
      key,
      class: device.class,
      scene,
      policy,
      digest,
      admittedAt: now,
      deadlineAt: now + deadlineMs,
      costMs: this.#options.costOf(presentation.costKey),
      state: 'waiting',
      replies: [tap.reply],
    };
    this.#inFlight.set(key, flight);
    this.#perDevice.set(device.deviceId, (this.#perDevice.get(device.deviceId) ?? 0) + 1);
    return { kind: 'admitted', flight };
  }

  /** The flight ended, with or without a decision. */
  release(flight: Flight): void {
    if (this.#inFlight.get(flight.key) === flight) this.#inFlight.delete(flight.key);
    const { deviceId } = flight.tap.device;
    const left = (this.#perDevice.get(deviceId) ?? 1) - 1;
    if (left <= 0) this.#perDevice.delete(deviceId);
    else this.#perDevice.set(deviceId, left);
  }

  /** A decision of this tap is in the journal. */
  decided(tap: TapId): void {
    const stream = this.#stream(tap);
    if (tap.seq > stream.seq) stream.seq = tap.seq;
  }

  #known(tap: IncomingTap, key: string, digest: Uint8Array): Admission | null {
    const flight = this.#inFlight.get(key);
    if (flight) {
      if (!equalBytes(flight.digest, digest)) return refused('tap.sequence_conflict');
      flight.replies.push(tap.reply);
      return { kind: 'joined', flight, deadlineMs: this.#deadlineMs(tap.presentation, tap.device.class) };
    }
    if (tap.id.seq > this.#stream(tap.id).seq) return null;
    const record = this.#options.journal.find(tap.id);
    if (!record) return null;
    return equalBytes(record.digest, digest) ? { kind: 'decided', record } : refused('tap.sequence_conflict');
  }

  #stream({ deviceId, stream }: TapId): { seq: number } {
    const name = `${deviceId}/${stream}`;
    let entry = this.#highest.get(name);
    if (!entry) {
      entry = { seq: this.#options.journal.highestSeq(deviceId, stream) };
      this.#highest.set(name, entry);
    }
    return entry;
  }

  /** The device may ask for less time than its class has, never for more. */
  #deadlineMs(presentation: Presentation, deviceClass: DeviceClass): number {
    const most = this.#options.deadlineMs[deviceClass];
    return Math.min(most, presentation.deadlineMs ?? most);
  }

  #shed(tap: IncomingTap, deadlineMs: number): Admission | null {
    const { queues, inFlightPerDevice, threads, costOf } = this.#options;
    const { device, presentation } = tap;
    if ((this.#perDevice.get(device.deviceId) ?? 0) >= inFlightPerDevice) {
      return refused('tap.too_many_in_flight', 50);
    }
    if (queues.isFull(device.class)) return refused('tap.queue_full', 100);
    const waitMs = queues.workAheadMs(device.class) / Math.max(1, threads()) + costOf(presentation.costKey);
    if (waitMs >= deadlineMs) return refused('tap.deadline_unreachable', Math.ceil(waitMs - deadlineMs) + 10);
    return null;
  }
}

function refused(code: Code, retryAfterMs = 0): Admission {
  return { kind: 'refused', code, retryAfterMs };
}

function keyOf(tap: TapId): string {
  return `${tap.deviceId}/${tap.stream}/${tap.seq}`;
}
