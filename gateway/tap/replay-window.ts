/**
 * Presentations already used, so that none is used twice. Keys are pseudonyms of (credential, nonce), never signature
 * bytes: an ECDSA or SM2 signature can be altered and stay valid.
 *
 * Sharded sets, so that no single growth step stalls the thread; expiry by a calendar of one-second slices.
 */
const SHARDS = 256;
const SLICE_MS = 1_000;

export type ReplayVerdict = 'first' | 'seen' | 'full';

export class ReplayWindow {
  readonly #shards: Set<string>[] = Array.from({ length: SHARDS }, () => new Set());
  readonly #calendar = new Map<number, string[]>();
  readonly #maxEntries: number;
  #size = 0;
  #purgedSlice: number;

  constructor(maxEntries: number, nowMs: number) {
    this.#maxEntries = maxEntries;
    this.#purgedSlice = Math.floor(nowMs / SLICE_MS) - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes the key if it is new. `full` means it could not be remembered and so must not be judged. */
  take(key: Uint8Array, untilMs: number, nowMs: number): ReplayVerdict {
    this.#purge(nowMs);
    const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
    const shard = this.#shard(name);
    if (shard.has(name)) return 'seen';
    if (this.#size >= this.#maxEntries) return 'full';
    shard.add(name);
    this.#size += 1;
    const slice = Math.max(Math.floor(untilMs / SLICE_MS), this.#purgedSlice + 1);
    const names = this.#calendar.get(slice);
    if (names) names.push(name);
    else this.#calendar.set(slice, [name]);
    return 'first';
  }

  /** Gives a key back whose decision could not be kept, so that the tap can be tried again. */
  release(key: Uint8Array): void {
    const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
    if (this.#shard(name).delete(name)) this.#size -= 1;
  }

  #shard(name: string): Set<string> {
    const shard = this.#shards[name.charCodeAt(0) % SHARDS];
    if (!shard) throw new RangeError('a replay key has at least one byte');
    return shard;
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
      for (const name of this.#calendar.get(slice) ?? []) {
        if (this.#shard(name).delete(name)) this.#size -= 1;
      }
      this.#calendar.delete(slice);
    }
    this.#purgedSlice = last;
  }
}
