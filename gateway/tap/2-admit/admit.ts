/**
 * Stage 2. Decides what becomes of a tap before any work is spent on it: a decision that exists already is given
 * again, a tap in flight is joined, and what would come too late or too many is refused at once, with a code.
 */
import type { Code } from '../../../config/codes.ts';
import type { SceneTable } from '../../../config/scenes.ts';
import { equalBytes } from '../../../workers/codecs/hex.ts';
import type { NameAlgorithm } from '../../../workers/names/keyed-digest.ts';
import type { Journal } from '../../journal/journal.ts';
import { type DecisionRecord, namesOf } from '../../journal/record/record.ts';
import type { DeviceClass, IncomingTap, Presentation } from '../../verification.ts';
import { type Flight, type TapStream, TapStreams } from '../flights.ts';
import type { Challenges } from './challenges.ts';
import type { ClassQueues } from './class-queues.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly flight: Flight }
  | { readonly kind: 'joined'; readonly flight: Flight; readonly deadlineMs: number }
  | { readonly kind: 'decided'; readonly record: DecisionRecord }
  | { readonly kind: 'refused'; readonly code: Code; readonly retryAfterMs: number };

export interface AdmitOptions {
  readonly scenes: SceneTable;
  /** Null: there are none, and none is asked for. */
  readonly challenges: Pick<Challenges, 'check'> | null;
  readonly journal: Pick<Journal, 'find' | 'highestSeq'>;
  readonly queues: ClassQueues;
  readonly threads: () => number;
  /** Expected milliseconds on a thread; `coldness`: how likely its chain is one that no thread remembers. */
  readonly costOf: (costKey: string, coldness: number) => number;
  /** Keyed digest of a presentation, 16 bytes; asked for only where a tap under its number was decided before. */
  /** The name of a presentation, made with an algorithm; null: there is no key to make it so. */
  readonly digestOf: (
    presentation: Presentation,
    scene: string,
    algorithm: NameAlgorithm,
  ) => Uint8Array | null;
  readonly deadlineMs: Readonly<Record<DeviceClass, number>>;
  readonly inFlightPerDevice: number;
  /** Of those, as far as can be told beforehand, taps of cards whose chain no thread remembers. */
  readonly coldInFlightPerDevice: number;
}

export class Admit {
  readonly #options: AdmitOptions;
  readonly #streams: TapStreams;

  constructor(options: AdmitOptions) {
    this.#options = options;
    this.#streams = new TapStreams(options.journal);
  }

  get inFlight(): number {
    return this.#streams.inFlight;
  }

  admit(tap: IncomingTap, now: number): Admission {
    const { presentation, device } = tap;
    const scene = presentation.scene ?? device.scenes[0];
    const policy = scene === undefined ? null : this.#options.scenes.policyOf(scene);
    if (scene === undefined || policy === null || !device.scenes.includes(scene)) {
      return refused('tap.scene_not_allowed');
    }
    const stream = this.#streams.of(tap.id, tap.drawnStream);
    const known = this.#known(tap, scene, stream);
    if (known) return known;
    const deadlineMs = this.#deadlineMs(presentation, device.class);
    const costMs = this.#options.costOf(presentation.costKey, stream.device.coldness);
    const shed = this.#shed(device.class, stream, deadlineMs, costMs);
    if (shed) return shed;
    const challenge = this.#options.challenges?.check(tap, scene, policy) ?? null;
    if (typeof challenge === 'string') return refused(challenge);
    const flight: Flight = {
      tap,
      stream,
      class: device.class,
      scene,
      policy,
      policyRevision: this.#options.scenes.revision,
      challenge,
      admittedAt: now,
      deadlineAt: now + deadlineMs,
      deadlineTick: null,
      deadlineSlot: 0,
      costMs,
      giveBack: null,
      behind: null,
      state: 'waiting',
      replies: [tap.reply],
    };
    this.#streams.add(flight);
    return { kind: 'admitted', flight };
  }

  /** The flight ended, with or without a decision. */
  release(flight: Flight): void {
    this.#streams.remove(flight);
  }

  /** A decision of this tap is in the journal. */
  decided({ stream, tap }: Flight): void {
    if (tap.id.seq > stream.highestSeq) stream.highestSeq = tap.id.seq;
  }

  #known(tap: IncomingTap, scene: string, stream: TapStream): Admission | null {
    const flight = stream.flights.get(tap.id.seq);
    if (flight) {
      if (!isSamePresentation(flight, tap.presentation, scene)) return refused('tap.sequence_conflict');
      flight.replies.push(tap.reply);
      return { kind: 'joined', flight, deadlineMs: this.#deadlineMs(tap.presentation, tap.device.class) };
    }
    if (tap.id.seq > stream.highestSeq) return null;
    const record = this.#options.journal.find(tap.id);
    if (!record) return null;
    const digest = this.#options.digestOf(tap.presentation, scene, namesOf(record.v));
    const isSame = digest !== null && equalBytes(record.digest, digest);
    return isSame ? { kind: 'decided', record } : refused('tap.sequence_conflict');
  }

  /** The device may ask for less time than its class has, never for more. */
  #deadlineMs(presentation: Presentation, deviceClass: DeviceClass): number {
    const most = this.#options.deadlineMs[deviceClass];
    return Math.min(most, presentation.deadlineMs ?? most);
  }

  #shed(
    deviceClass: DeviceClass,
    { device }: TapStream,
    deadlineMs: number,
    costMs: number,
  ): Admission | null {
    const { queues, inFlightPerDevice, coldInFlightPerDevice, threads } = this.#options;
    const { inFlight, coldness } = device;
    if (inFlight >= inFlightPerDevice || inFlight * coldness >= coldInFlightPerDevice) {
      return refused('tap.too_many_in_flight', 50);
    }
    if (!queues.hasRoom(deviceClass, device)) return refused('tap.queue_full', 100);
    const waitMs = queues.workAheadMs(deviceClass, device, costMs) / Math.max(1, threads()) + costMs;
    if (waitMs >= deadlineMs) return refused('tap.deadline_unreachable', Math.ceil(waitMs - deadlineMs) + 10);
    return null;
  }
}

function refused(code: Code, retryAfterMs = 0): Admission {
  return { kind: 'refused', code, retryAfterMs };
}

/** As the name of a decided one would be the same. The deadline may differ when a tap is sent again. */
function isSamePresentation(flight: Flight, { family, packedInput }: Presentation, scene: string): boolean {
  const { presentation } = flight.tap;
  return (
    flight.scene === scene &&
    presentation.family === family &&
    equalBytes(presentation.packedInput, packedInput)
  );
}
