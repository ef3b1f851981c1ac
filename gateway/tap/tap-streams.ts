/** The streams of taps that are known: what is in flight of each, and how far each has come. */
import type { Journal } from '../journal/journal.ts';
import type { TapId } from '../verification.ts';
import type { DeviceTurn } from './2-admit/fair-queue.ts';
import type { Flight } from './flight.ts';
import { FlightTable } from './flight-table.ts';

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

/** Streams of one device that are remembered while nothing of theirs is in flight; others are read in the journal. */
const IDLE_STREAMS_PER_DEVICE = 64;
/** Devices that are remembered while nothing of theirs is in flight. */
const IDLE_DEVICES = 100_000;

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

/** Makes room for one more: forgets the oldest that is idle, where there is one. */
function forgetIdle<T>(entries: Map<string, T>, max: number, isIdle: (entry: T) => boolean): void {
  if (entries.size < max) return;
  for (const [name, entry] of entries) {
    if (!isIdle(entry)) continue;
    entries.delete(name);
    return;
  }
}
