/**
 * The short way to the store: a thread of the engine's language that asks one server without TLS what nearly all taps ask, whether
 * one showing was taken before. Which server, and whether it can be used, the thread of the store says; that is asked all else,
 * and everything while this way is closed.
 */
import type { TakenProfiles } from '../../../config/crypto-settings.ts';
import { profilesInForce } from '../../../crypto/accepted.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { loadAddon, type NativeAddon } from '../../../native/index.ts';
import { type StoreSettings, serverAccess } from '../store/server-access.ts';
import type { StoreEvents } from '../store/store.ts';
import { storeNames } from '../store/store-names.ts';
import { CLOCKS_APART_MS, type Taken, type Wanted } from '../store/taking.ts';
import { readAnswer } from './answer-records.ts';
import { type GivenBack, writeGiveBack, writeTake } from './ask-records.ts';
import { WaitingTaps } from './waiting-taps.ts';

export interface StoreLaneOptions {
  readonly store: StoreSettings;
  readonly cluster: string;
  readonly crypto: TakenProfiles;
  readonly events: StoreEvents;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** As the addon says that the server has let too much go without an answer. */
const OPEN = 2;
/** Bytes of what waits to be asked: a hundred for each of those that may be under way, which is plenty. */
const ASK_BYTES = 100;
/** Asked for together: more go by the other way. */
const TOGETHER_MAX = 512;
const RECORD_BYTES = 65_536;
const LENGTH_BYTES = 4;

/** Null: there is no such thread here, or it is not for these servers. Throws ClusterError `unusable` where a file cannot be read. */
export function openStoreLane(options: StoreLaneOptions): StoreLane | null {
  const { urls } = options.store;
  if (urls.length !== 1 || urls[0]?.startsWith('redis:') !== true) return null;
  const { addon } = loadAddon();
  // An addon built from older sources has none, nor has one for Windows.
  return typeof addon?.startStoreLane === 'function' ? new StoreLane(addon, options) : null;
}

export class StoreLane {
  readonly #addon: NativeAddon;
  readonly #lane: object;
  readonly #options: StoreLaneOptions;
  readonly #waiting: WaitingTaps;
  readonly #record = new RecordWriter();
  readonly #answers = Buffer.alloc(RECORD_BYTES);
  #numbers = 0;
  #isReading = false;

  constructor(addon: NativeAddon, options: StoreLaneOptions) {
    this.#addon = addon;
    this.#options = options;
    const { store, cluster, crypto, events } = options;
    const { username, password } = serverAccess(store);
    const names = storeNames(cluster);
    this.#waiting = new WaitingTaps({
      deadlineMs: store.deadline_ms,
      events,
      collect: () => this.collect(),
    });
    this.#lane = addon.startStoreLane(
      {
        showingPrefix: names.showing(new Uint8Array()),
        look: names.look,
        algorithms: profilesInForce(crypto).map((profile) => algorithmFor('tap-mark', profile)),
        clocksApartMs: CLOCKS_APART_MS,
        deadlineMs: store.deadline_ms,
        breakerFailures: store.breaker_failures,
        breakerOpenMs: store.breaker_open_ms,
        askBytesMax: ASK_BYTES * store.waiting_max,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
      },
      () => this.collect(),
    );
  }

  /** The server has let too much go without an answer: nobody asks it for a while. */
  get isOpen(): boolean {
    return this.#addon.storeLaneState(this.#lane) === OPEN;
  }

  /** Taps that wait. */
  get waiting(): number {
    return this.#waiting.count;
  }

  /** Questions that were asked and have no reply, however late. */
  get underWay(): number {
    return this.#addon.storeLaneUnderWay(this.#lane);
  }

  /** To the server at an address that can be used; null: none. */
  leadTo(place: string | null): void {
    this.#addon.leadStoreLane(this.#lane, place);
  }

  /** False: it is not for these, or cannot be asked now. Else calls back once, never within the call, in order. */
  take(all: readonly Wanted[], onTaken: (taken: readonly Taken[]) => void): boolean {
    if (this.#waiting.isSilent || all.length > TOGETHER_MAX || !all.every(isPlain)) return false;
    const number = (this.#numbers + 1) >>> 0;
    const sinceMs = this.#options.now();
    if (!writeTake(this.#record, number, all, sinceMs) || !this.#ask()) return false;
    this.#numbers = number;
    this.#waiting.add(number, all, onTaken);
    return true;
  }

  /** False: it is not for this, or cannot be told now. */
  giveBack(wanted: Wanted, what: GivenBack): boolean {
    if (!isPlain(wanted) || !what.showing) return false;
    return writeGiveBack(this.#record, wanted, what) && this.#ask();
  }

  /** Calls back for all that was answered meanwhile. */
  collect(): void {
    if (this.#isReading || this.#waiting.count === 0) return;
    this.#isReading = true;
    try {
      this.#readAll();
    } finally {
      this.#isReading = false;
    }
  }

  stop(): void {
    this.#addon.stopStoreLane(this.#lane);
    this.#waiting.end();
  }

  #ask(): boolean {
    return this.#addon.askStoreLane(this.#lane, this.#record.written());
  }

  #readAll(): void {
    const bytes = this.#answers;
    while (true) {
      const count = this.#addon.takeStoreAnswers(this.#lane, bytes);
      if (count === 0) return;
      for (let at = 0; at < count; ) {
        const from = at + LENGTH_BYTES;
        at = from + bytes.readUInt32LE(at);
        readAnswer(bytes, from, this.#onTaken, this.#options.events);
      }
    }
  }

  readonly #onTaken = (number: number, all: readonly Taken[]): void => this.#waiting.answered(number, all);
}

/** One record, as those of a ring are written. */
class RecordWriter {
  readonly bytes = Buffer.alloc(RECORD_BYTES);
  #length = 0;

  open(bytesMax: number): number {
    return bytesMax <= RECORD_BYTES ? 0 : -1;
  }

  close(bytes: number): void {
    this.#length = bytes;
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.#length);
  }
}

function isPlain({ names, card }: Wanted): boolean {
  return names.length === 1 && card === null;
}
