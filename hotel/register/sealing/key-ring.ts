/**
 * The data keys of a register in memory, unwrapped, over the vault that keeps them. Rows are sealed under live keys of the
 * key-encryption key's profile alone; those of the other one open what was sealed before.
 */
import { HotelError } from '../../hotel-error.ts';
import type { KeyDigest } from '../guest-register.ts';
import type { KeyVault, WrappedKey } from '../row-store.ts';
import { DataKey, drawWrappedKey, wrappedUnder } from './data-key.ts';
import { keyAlgorithms } from './key-algorithms.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';

export class KeyRing {
  readonly #vault: KeyVault;
  readonly #kek: KeyEncryptionKey;
  readonly #hotelId: string;
  readonly #keys = new Map<string, DataKey>();
  readonly #live = new Map<string, DataKey>();
  readonly #destroyed = new Set<string>();
  readonly #records = new Map<string, WrappedKey>();
  readonly #adding = new Map<string, Promise<DataKey>>();
  #retiring: readonly DataKey[] = [];
  #generation = -1;

  private constructor(vault: KeyVault, kek: KeyEncryptionKey, hotelId: string) {
    this.#vault = vault;
    this.#kek = kek;
    this.#hotelId = hotelId;
  }

  /** Rejects with HotelError `unusable` where the keys are wrapped under another key-encryption key. */
  static async open(vault: KeyVault, kek: KeyEncryptionKey, hotelId: string): Promise<KeyRing> {
    const ring = new KeyRing(vault, kek, hotelId);
    await ring.refresh();
    return ring;
  }

  /** Of an erasure that did not come to its end. */
  get retiring(): readonly DataKey[] {
    return this.#retiring;
  }

  /** Those that rows may be sealed under. */
  get all(): readonly DataKey[] {
    return [...this.#keys.values()];
  }

  find(keyId: string): DataKey | 'destroyed' | null {
    return this.#keys.get(keyId) ?? (this.#destroyed.has(keyId) ? 'destroyed' : null);
  }

  /** Of the key as it was wrapped last; null: it is not known. */
  digestOf(key: DataKey): KeyDigest | null {
    const record = this.#records.get(key.id);
    if (record === undefined) return null;
    return { algorithm: keyAlgorithms(record).digest, hex: record.digest };
  }

  /** Those that rows of a day are under, the one that they are sealed under now first. */
  ofDay(purgeDay: string): readonly DataKey[] {
    const live = this.#live.get(purgeDay);
    const all = this.all.filter((key) => key.purgeDay === purgeDay && key !== live);
    return live === undefined ? all : [live, ...all];
  }

  /** Those that were drawn in the other profile, by day. */
  get ofOtherProfile(): readonly DataKey[] {
    const others = this.all.filter(({ sealedBy }) => sealedBy !== this.#kek.profile);
    return others.sort((a, b) => (a.purgeDay < b.purgeDay ? -1 : 1));
  }

  /** Whether a key is wrapped, or the key-encryption key's check value left, by the other profile. */
  async hasOtherWrapping(): Promise<boolean> {
    const isOther = ({ id }: DataKey) => this.#records.get(id)?.wrappedBy !== this.#kek.profile;
    return this.all.some(isOther) || (await this.#vault.check()) !== this.#kek.check;
  }

  /** Reads the keys again where somebody changed them. */
  async refresh(): Promise<void> {
    const generation = await this.#vault.generation();
    if (generation === this.#generation) return;
    const keys = await this.#vault.load(this.#kek);
    const opened = new Map<WrappedKey, DataKey>();
    for (const key of keys) if (key.state !== 'destroyed') opened.set(key, await this.#opened(key));
    this.#live.clear();
    for (const key of keys) {
      const there = opened.get(key);
      if (there === undefined) this.#drop(key.id);
      else this.#take(key, there);
    }
    this.#retiring = keys.flatMap(({ id, state }) => (state === 'retiring' ? this.#one(id) : []));
    this.#generation = generation;
  }

  /** The key that rows of a day are sealed under; one is made where there is none. */
  async liveFor(purgeDay: string): Promise<DataKey> {
    const known = this.#live.get(purgeDay) ?? this.#adding.get(purgeDay);
    if (known !== undefined) return known;
    const adding = drawWrappedKey(this.#kek, purgeDay)
      .then((drawn) => this.#vault.add(drawn))
      .then(async (kept) => this.#take(kept, await this.#opened(kept)))
      .finally(() => this.#adding.delete(purgeDay));
    this.#adding.set(purgeDay, adding);
    return adding;
  }

  /** Lets a day's key be retiring, where it is not. Resolves with the one that rows of the day are sealed under from then on. */
  async retire(key: DataKey): Promise<DataKey> {
    if (this.#retiring.includes(key)) return this.liveFor(key.purgeDay);
    const drawn = await drawWrappedKey(this.#kek, key.purgeDay);
    const kept = await this.#vault.retire(key.id, drawn);
    const next = this.#take(kept, await this.#opened(kept));
    this.#retiring = [...this.#retiring, key];
    return next;
  }

  async destroy(keys: readonly DataKey[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#vault.destroy(keys.map(({ id }) => id));
    for (const { id } of keys) this.#drop(id);
  }

  /** Wraps all keys anew. Where `next` is another, this ring's own key-encryption key opens nothing from then on. */
  async rewrap(next: KeyEncryptionKey): Promise<void> {
    const keys = await Promise.all(this.all.map((key) => wrappedUnder(next, key)));
    await this.#vault.rewrap(this.#kek, next.check, keys);
  }

  /** Wraps them under the same key-encryption key, by its own profile. */
  async rewrapByProfile(): Promise<void> {
    await this.rewrap(this.#kek);
    this.#generation = -1;
    await this.refresh();
  }

  forget(): void {
    for (const key of this.#keys.values()) key.forget();
    this.#keys.clear();
    this.#live.clear();
  }

  #take(wrapped: WrappedKey, opened: DataKey): DataKey {
    const { id, purgeDay, state, sealedBy } = wrapped;
    // One of each: it may have been opened twice at once.
    const key = this.#keys.get(id) ?? opened;
    if (this.#destroyed.has(id)) return key;
    this.#keys.set(id, key);
    this.#records.set(id, wrapped);
    if (state === 'live' && sealedBy === this.#kek.profile) this.#live.set(purgeDay, key);
    return key;
  }

  async #opened(wrapped: WrappedKey): Promise<DataKey> {
    const { id, wrapped: bytes, wrappedBy } = wrapped;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    if (bytes === null)
      throw new HotelError('unreadable', 'a key of the register is destroyed and not marked so');
    return new DataKey(await this.#kek.unwrap(bytes, wrappedBy), wrapped, this.#hotelId);
  }

  #drop(id: string): void {
    const key = this.#keys.get(id);
    this.#destroyed.add(id);
    this.#keys.delete(id);
    this.#retiring = this.#retiring.filter((each) => each.id !== id);
    if (key === undefined) return;
    if (this.#live.get(key.purgeDay) === key) this.#live.delete(key.purgeDay);
    key.forget();
  }

  #one(id: string): DataKey[] {
    const key = this.#keys.get(id);
    return key === undefined ? [] : [key];
  }
}
