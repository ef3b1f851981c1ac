/**
 * Presentations already used, so that none is used twice. Keys are pseudonyms of (credential, nonce), never signature
 * bytes: an ECDSA or SM2 signature can be altered and stay valid.
 *
 * Expiry by a calendar of one-second slices. What expired counts no more at once; its memory is freed a little with
 * every key that is looked for, so that the end of a slice stalls nothing. Until then it counts for its device.
 */
import { NONE, ReplayEntries } from './replay-entries.ts';
import { ReplayOwners } from './replay-owners.ts';

const SLICE_MS = 1_000;
const KEY_BYTES = 16;
/** Slices are kept in 32 bits: until the year 2106. */
const LAST_SLICE = 0xffff_ffff;
const FREED_WITH_EACH = 4;

/** `full`: of all devices there are as many as may be. `device_full`: this one has its share of what room there is. */
export type Remembering = 'remembered' | 'full' | 'device_full';

interface Slice {
  first: number;
  entries: number;
}

export class ReplayWindow {
  readonly #entries: ReplayEntries;
  readonly #calendar = new Map<number, Slice>();
  readonly #maxEntries: number;
  readonly #maxPerDevice: number;
  readonly #owners = new ReplayOwners();
  /** First entries of slices that are over, whose memory is still to be freed. */
  readonly #over: number[] = [];
  #size = 0;
  #purgedSlice: number;

  constructor(maxEntries: number, nowMs: number, maxPerDevice = maxEntries) {
    this.#maxEntries = maxEntries;
    this.#maxPerDevice = maxPerDevice;
    this.#entries = new ReplayEntries(maxEntries);
    this.#purgedSlice = Math.floor(nowMs / SLICE_MS) - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Memory of all keys. */
  get bytes(): number {
    return this.#entries.bytes;
  }

  /**
   * Whether the key, 16 bytes, is remembered. What ended before `forgetMs` is forgotten; where there is no other room, what
   * ended before `nowMs` (default: the same) too. Throws RangeError on another length.
   */
  hasSeen(key: Uint8Array, forgetMs: number, nowMs = forgetMs): boolean {
    this.#purge(this.#size < this.#maxEntries ? forgetMs : Math.max(forgetMs, nowMs));
    if (this.#over.length > 0) this.#freeSome();
    const entry = this.#entries.find(
      word(key, 0),
      word(key, 4),
      word(key, 8),
      word(key, 12),
      this.#purgedSlice,
    );
    return entry !== NONE;
  }

  /**
   * Remembers a key that is not, as `hasSeen` has just said. What it returns but `remembered` means that the presentation
   * must not be judged. However much room there is, a device gets no more of it than it leaves to others: so who floods
   * this memory leaves room to whoever does not.
   */
  remember(key: Uint8Array, untilMs: number, device: string): Remembering {
    const room = this.#maxEntries - this.#size;
    if (room <= 0) return 'full';
    if (this.#owners.entriesOf(device) >= Math.min(this.#maxPerDevice, room)) return 'device_full';
    this.#add(key, untilMs, device);
    return 'remembered';
  }

  /** Remembers what was used before the start, whatever the bounds are now: it must not pass again. */
  restore(key: Uint8Array, untilMs: number, nowMs: number, device: string): void {
    if (!this.hasSeen(key, nowMs)) this.#add(key, untilMs, device);
  }

  #add(key: Uint8Array, untilMs: number, device: string): void {
    const [k0, k1, k2, k3] = [word(key, 0), word(key, 4), word(key, 8), word(key, 12)];
    const owner = this.#owners.count(device);
    const slice = Math.min(LAST_SLICE, Math.max(Math.floor(untilMs / SLICE_MS), this.#purgedSlice + 1));
    let listed = this.#calendar.get(slice);
    if (!listed) {
      listed = { first: NONE, entries: 0 };
      this.#calendar.set(slice, listed);
    }
    listed.first = this.#entries.add(k0, k1, k2, k3, slice, listed.first, owner);
    listed.entries += 1;
    this.#size += 1;
  }

  /** Gives a key back whose decision could not be kept, so that the tap can be tried again. */
  release(key: Uint8Array): void {
    const [k0, k1, k2, k3] = [word(key, 0), word(key, 4), word(key, 8), word(key, 12)];
    const entry = this.#entries.find(k0, k1, k2, k3, this.#purgedSlice);
    if (entry === NONE) return;
    const listed = this.#calendar.get(this.#entries.slice(entry));
    const after = this.#entries.after(entry);
    this.#owners.release(this.#entries.owner(entry));
    const wasFirst = this.#entries.remove(entry);
    this.#size -= 1;
    if (!listed) return;
    listed.entries -= 1;
    if (wasFirst) listed.first = after;
  }

  /** Forgets slices that lie wholly in the past. A clock set back forgets nothing. */
  #purge(nowMs: number): void {
    const last = Math.floor(nowMs / SLICE_MS) - 1;
    if (last <= this.#purgedSlice) return;
    const slices =
      last - this.#purgedSlice > this.#calendar.size
        ? [...this.#calendar.keys()].filter((slice) => slice <= last)
        : Array.from({ length: last - this.#purgedSlice }, (_, i) => this.#purgedSlice + 1 + i);
    for (const slice of slices) {
      const listed = this.#calendar.get(slice);
      if (!listed) continue;
      this.#size -= listed.entries;
      if (listed.first !== NONE) this.#over.push(listed.first);
      this.#calendar.delete(slice);
    }
    this.#purgedSlice = last;
  }

  #freeSome(): void {
    for (let freed = 0; freed < FREED_WITH_EACH; freed += 1) {
      const entry = this.#over.pop();
      if (entry === undefined) return;
      const after = this.#entries.after(entry);
      this.#owners.release(this.#entries.owner(entry));
      this.#entries.remove(entry);
      if (after !== NONE) this.#over.push(after);
    }
  }
}

function word(key: Uint8Array, at: number): number {
  if (key.length !== KEY_BYTES) throw new RangeError(`a replay key has ${KEY_BYTES} bytes`);
  return (
    ((key[at] as number) |
      ((key[at + 1] as number) << 8) |
      ((key[at + 2] as number) << 16) |
      ((key[at + 3] as number) << 24)) >>>
    0
  );
}
