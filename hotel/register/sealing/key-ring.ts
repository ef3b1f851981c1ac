/** The data keys of a register in memory, unwrapped, over the vault that keeps them. */
import { HotelError } from '../../hotel-error.ts';
import type { KeyVault, WrappedKey } from '../row-store.ts';
import { DataKey, drawWrappedKey, wrappedUnder } from './data-key.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';

export class KeyRing {
  readonly #vault: KeyVault;
  readonly #kek: KeyEncryptionKey;
  readonly #hotelId: string;
  readonly #keys = new Map<string, DataKey>();
  readonly #live = new Map<string, DataKey>();
  readonly #destroyed = new Set<string>();
  readonly #digests = new Map<string, string>();
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

  /** SHA-256 of the key as it was wrapped, hex. */
  digestOf(key: DataKey): string | null {
    return this.#digests.get(key.id) ?? null;
  }

  /** Reads the keys again where somebody changed them. */
  async refresh(): Promise<void> {
    const generation = await this.#vault.generation();
    if (generation === this.#generation) return;
    const keys = await this.#vault.load(this.#kek.check);
    this.#live.clear();
    for (const key of keys) {
      if (key.state === 'destroyed') this.#drop(key.id);
      else this.#take(key);
    }
    this.#retiring = keys.flatMap(({ id, state }) => (state === 'retiring' ? this.#one(id) : []));
    this.#generation = generation;
  }

  hasLive(purgeDay: string): boolean {
    return this.#live.has(purgeDay);
  }

  /** The key that rows of a day are sealed under; one is made where there is none. */
  async liveFor(purgeDay: string): Promise<DataKey> {
    const known = this.#live.get(purgeDay) ?? this.#adding.get(purgeDay);
    if (known !== undefined) return known;
    const adding = this.#vault
      .add(drawWrappedKey(this.#kek, purgeDay))
      .then((kept) => this.#take(kept))
      .finally(() => this.#adding.delete(purgeDay));
    this.#adding.set(purgeDay, adding);
    return adding;
  }

  /** Lets a day's key be retiring. Resolves with the one that follows. */
  async retire(key: DataKey): Promise<DataKey> {
    const next = this.#take(await this.#vault.retire(key.id, drawWrappedKey(this.#kek, key.purgeDay)));
    this.#retiring = [...this.#retiring, key];
    return next;
  }

  async destroy(keys: readonly DataKey[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#vault.destroy(keys.map(({ id }) => id));
    for (const { id } of keys) this.#drop(id);
  }

  /** Wraps all keys anew. From then on this ring's own key-encryption key opens nothing. */
  async rewrap(next: KeyEncryptionKey): Promise<void> {
    const keys = this.all.map(({ key, id, purgeDay }) => wrappedUnder(next, key, id, purgeDay));
    await this.#vault.rewrap(this.#kek.check, next.check, keys);
  }

  forget(): void {
    for (const key of this.#keys.values()) key.forget();
    this.#keys.clear();
    this.#live.clear();
  }

  #take(wrapped: WrappedKey): DataKey {
    const { id, purgeDay, state, wrapped: bytes, digest } = wrapped;
    if (bytes === null)
      throw new HotelError('unreadable', 'a key of the register is destroyed and not marked so');
    const key = this.#keys.get(id) ?? new DataKey(this.#kek.unwrap(bytes), wrapped, this.#hotelId);
    this.#keys.set(id, key);
    this.#digests.set(id, digest);
    if (state === 'live') this.#live.set(purgeDay, key);
    return key;
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
