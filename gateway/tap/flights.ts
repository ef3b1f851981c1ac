/**
 * Taps between their admission and their answer: what is known of one, the table of one stream's, and the streams and
 * devices that are remembered, with how far each has come.
 */
import type { Policy } from '../../config/scenes.ts';
import type { Journal } from '../journal/journal.ts';
import type { Expiring } from '../scheduling/deadline-wheel.ts';
import type { Answer, DeviceClass, IncomingTap, TapId } from '../verification.ts';
import type { UsedChallenge } from './2-admit/challenges.ts';
import type { DeviceTurn } from './2-admit/fair-queue.ts';

/** Slots of a table at rest: there is one for every stream that is remembered. A power of two, as all sizes are. */
const SLOTS_AT_REST = 8;
/** An empty table that grew beyond this is given back. */
const SLOTS_KEPT = 64;
/** Streams of one device that are remembered while nothing of theirs is in flight; others are read in the journal. */
const IDLE_STREAMS_PER_DEVICE = 64;
/** Devices that are remembered while nothing of theirs is in flight. */
const IDLE_DEVICES = 100_000;

/** A tap between its admission and its answer. */
export interface Flight extends Expiring {
  readonly tap: IncomingTap;
  /** Where it counts as in flight. */
  readonly stream: TapStream;
  readonly class: DeviceClass;
  readonly scene: string;
  readonly policy: Policy;
  /** Of the scenes that the policy is from: others may be in force when the tap is decided. */
  readonly policyRevision: string;
  /** The challenge of the gateway that it carries; null where none is asked for. */
  readonly challenge: UsedChallenge | null;
  /** Monotonic clock, milliseconds. */
  readonly admittedAt: number;
  deadlineAt: number;
  /** Expected work on a thread when it was admitted, milliseconds. */
  readonly costMs: number;
  /** Gives back what an answer from elsewhere took for it; null where there is nothing, or the decision stands. */
  giveBack: (() => void) | null;
  /** The next tap of its device in the same queue. */
  behind: Flight | null;
  /**
   * - `waiting`: in a queue; - `proving`: on a thread; - `asking`: proven, and others are asked: the platform for its status, the store of all
   *   gateways whether it was used up;
   * - `recording`: decided, waits to be durable; - `over`: answered or given up.
   */
  state: 'waiting' | 'proving' | 'asking' | 'recording' | 'over';
  /**
   * Who waits for the answer; a tap resent while in flight adds itself. Empty once the deadline passed while the
   * decision was being recorded: those were refused, and the decision waits for the tap to be sent again.
   */
  readonly replies: ((answer: Answer) => void)[];
}

/** Taps of one device. */
export interface TapDevice {
  readonly streams: Map<string, TapStream>;
  inFlight: number;
  /** What it has waiting; null before its first tap. */
  turn: DeviceTurn | null;
  /** Which part of its latest taps, 0 to 1, was of cards whose chain no thread remembered. */
  coldness: number;
}

/** Taps that one client numbers. */
export interface TapStream {
  readonly device: TapDevice;
  readonly flights: FlightTable;
  /** Highest number that was decided; -1 when none was. */
  highestSeq: number;
}

/**
 * Taps of one stream that are in flight, by number.
 *
 * A Map is not used because of nepotism: when V8 rehashes a Map, the old table points to the new one. Once an old table is
 * promoted to the old generation, it keeps every later table, and every flight in them, alive until the next mark-sweep.
 * A scavenge then took 4 ms in place of 1.4, ten times per second (measured at 20,000 taps/s).
 */
export class FlightTable {
  /** Open addressing, linear probing: a flight is at the low bits of its number, or behind with no gap in between. */
  #slots: (Flight | null)[] = atRest();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(seq: number): Flight | undefined {
    return this.#slots[this.#find(seq)] ?? undefined;
  }

  /** Adds a flight whose number is not there. */
  add(flight: Flight): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#grow();
    this.#slots[this.#find(flight.tap.id.seq)] = flight;
    this.#size += 1;
  }

  /** Takes away the flight of a number that is there. */
  remove(seq: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#find(seq);
    this.#size -= 1;
    if (this.#size === 0 && slots.length > SLOTS_KEPT) {
      this.#slots = atRest();
      return;
    }
    // Backward-shift deletion: a search ends at the first gap, so those behind move up.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const flight = slots[at];
      if (!flight) break;
      const home = flight.tap.id.seq & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = flight;
      hole = at;
    }
    slots[hole] = null;
  }

  /** Where the flight of a number is, or would be put. */
  #find(seq: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = seq & mask;
    for (let flight = slots[at]; flight && flight.tap.id.seq !== seq; flight = slots[at])
      at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Array<Flight | null>(2 * before.length).fill(null);
    for (const flight of before) if (flight) this.#slots[this.#find(flight.tap.id.seq)] = flight;
  }
}

export class TapStreams {
  readonly #journal: Pick<Journal, 'highestSeq'>;
  readonly #devices = new Map<string, TapDevice>();
  #inFlight = 0;

  constructor(journal: Pick<Journal, 'highestSeq'>) {
    this.#journal = journal;
  }

  /** Taps in flight of all devices. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** `drawn`: the gateway drew it for this very request, so there is nothing of it in the journal to look for. */
  of({ deviceId, stream }: TapId, drawn = false): TapStream {
    const device = this.#devices.get(deviceId) ?? this.#newDevice(deviceId);
    const known = device.streams.get(stream);
    if (known !== undefined) return known;
    return this.#newStream(device, stream, drawn ? -1 : this.#journal.highestSeq(deviceId, stream));
  }

  /** A tap is in flight from now on. */
  add(flight: Flight): void {
    const { stream } = flight;
    stream.flights.add(flight);
    stream.device.inFlight += 1;
    this.#inFlight += 1;
  }

  /** It no longer is. */
  remove({ stream, tap }: Flight): void {
    stream.flights.remove(tap.id.seq);
    stream.device.inFlight -= 1;
    this.#inFlight -= 1;
  }

  #newDevice(deviceId: string): TapDevice {
    forgetIdle(this.#devices, IDLE_DEVICES, ({ inFlight }) => inFlight === 0);
    const device: TapDevice = { streams: new Map(), inFlight: 0, turn: null, coldness: 0 };
    this.#devices.set(deviceId, device);
    return device;
  }

  #newStream(device: TapDevice, name: string, highestSeq: number): TapStream {
    forgetIdle(device.streams, IDLE_STREAMS_PER_DEVICE, ({ flights }) => flights.size === 0);
    const stream: TapStream = { device, flights: new FlightTable(), highestSeq };
    device.streams.set(name, stream);
    return stream;
  }
}

function atRest(): (Flight | null)[] {
  return new Array<Flight | null>(SLOTS_AT_REST).fill(null);
}

/** Makes room for one more: forgets the oldest that is idle, where there is one. */
function forgetIdle<T>(entries: Map<string, T>, max: number, isIdle: (entry: T) => boolean): void {
  if (entries.size < max) return;
  for (const [name, entry] of entries) {
    if (!isIdle(entry)) continue;
    entries.delete(name);
    return;
  }
}
