/**
 * Receipts that were given, and what they took: a reference and a decision for a purpose. An LMDB environment of its own,
 * so that neither a new journal nor one that was restored gives a reference back.
 *
 *     proved    SHA-256 of (reference | decision, purpose, name) → id 16, time 8, fingerprint of the request 32
 *     proved.sm3  the same by SM3
 *     receipts  id 16 → device, blank, compact JWS
 *     issued    time 8, id 16 → key in one of these of the reference 32, of the decision 32, device
 */
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { fromHex, toHex } from '../../workers/codecs/hex.ts';
import { commitEnd } from '../journal/commit-end.ts';
import { positionKey, readPosition } from '../journal/record/record-keys.ts';
import {
  type Environment,
  liveBytes,
  openEnvironment,
  openTable,
  type Table,
} from '../storage/lmdb-environment.ts';
import { ReceiptsError } from './receipts-error.ts';

export interface ReceiptStoreOptions {
  readonly folder: string;
  /** By whose algorithms what is given is kept from now on. */
  readonly profile: CryptoProfile;
  readonly referencesMax: number;
  readonly maxBytes: number;
}

/** What a reference or a decision was used for. */
export interface Proved {
  readonly id: string;
  readonly atMs: number;
  /** Of the whole request, 32 bytes. */
  readonly fingerprint: Buffer;
}

export interface Issued {
  /** 32 hex digits. */
  readonly id: string;
  readonly atMs: number;
  readonly deviceId: string;
  /** Keys in `proved`. */
  readonly reference: Buffer;
  readonly decision: Buffer;
  readonly fingerprint: Buffer;
  readonly jws: string;
}

/** How many. */
export const RECEIPT_TABLES = 4;
const ID_BYTES = 16;
const TIME_BYTES = 8;
const KEY_BYTES = 32;
/** Address space reserved at first; the map grows when it is outgrown. */
const RESERVED_BYTES_MAX = 2 ** 32;
const STALL_MS = 30_000;
const DAY_MS = 86_400_000;
/** Receipts were forgotten up to this key of `issued`. In `proved`, whose other keys have 32 bytes. */
const FORGOTTEN = Buffer.from('forgotten', 'utf8');
const FORGOTTEN_AT_ONCE = 128;
const FIRST = Buffer.of(0);

export class ReceiptStore {
  readonly #options: ReceiptStoreOptions;
  readonly #environment: Environment;
  readonly #proved: Readonly<Record<CryptoProfile, Table>>;
  readonly #receipts: Table;
  readonly #issued: Table;
  readonly #today = { day: -1, byDevice: new Map<string, number>() };
  #isInDoubt = false;

  /** Throws LmdbFileError, ReceiptsError, and what LMDB or the system says. */
  constructor(options: ReceiptStoreOptions) {
    this.#options = options;
    this.#environment = openEnvironment({
      folder: options.folder,
      syncBeforeVisible: true,
      mapBytes: Math.min(options.maxBytes, RESERVED_BYTES_MAX),
      databases: RECEIPT_TABLES,
    });
    this.#proved = { international: this.#table('proved'), sm: this.#table('proved.sm3') };
    this.#receipts = this.#table('receipts');
    this.#issued = this.#table('issued');
  }

  /** References that count as proved. */
  get references(): number {
    return CRYPTO_PROFILES.reduce((sum, profile) => sum + Math.floor(this.#countOf(profile) / 2), 0);
  }

  /** Whether so many references more have room. */
  hasRoomFor(count: number): boolean {
    const { referencesMax, maxBytes } = this.#options;
    const tables = [...Object.values(this.#proved), this.#receipts, this.#issued];
    return this.references + count <= referencesMax && liveBytes(this.#environment, tables) < maxBytes;
  }

  /** Whether anything was kept by algorithms of this profile: without it nobody needs to look. */
  hasProved(profile: CryptoProfile): boolean {
    this.#environment.resetReadTxn();
    return this.#countOf(profile) > 0;
  }

  /** `profile`: of the key. */
  proved(key: Buffer, profile: CryptoProfile): Proved | null {
    this.#environment.resetReadTxn();
    const value = this.#proved[profile].get(key);
    if (!value) return null;
    return {
      id: toHex(value.subarray(0, ID_BYTES)),
      atMs: readPosition(value.subarray(ID_BYTES, ID_BYTES + TIME_BYTES)),
      fingerprint: Buffer.from(value.subarray(ID_BYTES + TIME_BYTES)),
    };
  }

  /** Null: there is none, or it is no longer kept. */
  receipt(id: string): { readonly deviceId: string; readonly jws: string } | null {
    this.#environment.resetReadTxn();
    const text = this.#receipts.get(Buffer.from(fromHex(id)))?.toString('utf8');
    if (text === undefined) return null;
    const blank = text.indexOf(' ');
    return { deviceId: text.slice(0, blank), jws: text.slice(blank + 1) };
  }

  /** Receipts that a device was given on the day (UTC) of a time. */
  givenToday(deviceId: string, nowMs: number): number {
    return this.#countsOf(nowMs).get(deviceId) ?? 0;
  }

  /**
   * Resolves when it is on disk. Rejects with JournalError `io` where nothing was kept, `failed` where nobody knows: then
   * nothing is taken any more.
   */
  async put(receipt: Issued): Promise<void> {
    const { id, atMs, deviceId, reference, decision, fingerprint, jws } = receipt;
    const counts = this.#countsOf(atMs);
    const [idBytes, time] = [Buffer.from(fromHex(id)), positionKey(atMs)];
    const proved = Buffer.concat([idBytes, time, fingerprint]);
    await this.#committed(() => {
      const table = this.#proved[this.#options.profile];
      table.put(reference, proved);
      table.put(decision, proved);
      this.#receipts.put(idBytes, Buffer.from(`${deviceId} ${jws}`, 'utf8'));
      const names = Buffer.concat([reference, decision, Buffer.from(deviceId, 'utf8')]);
      this.#issued.put(Buffer.concat([time, idBytes]), names);
    });
    counts.set(deviceId, (counts.get(deviceId) ?? 0) + 1);
  }

  /** Forgets receipts given before one time, and what they took before another; a few. Resolves to whether there may be more. */
  async forget(receiptsBeforeMs: number, referencesBeforeMs: number): Promise<boolean> {
    this.#environment.resetReadTxn();
    const from = this.#proved.international.get(FORGOTTEN) ?? FIRST;
    const receipts = this.#issuedBetween(from, receiptsBeforeMs);
    const references = this.#issuedBetween(FIRST, referencesBeforeMs);
    const last = receipts.at(-1)?.key;
    if (last === undefined && references.length === 0) return false;
    await this.#committed(() => {
      for (const { key } of receipts) this.#receipts.remove(key.subarray(TIME_BYTES));
      for (const { key, value } of references) {
        // In one of them it is.
        for (const table of Object.values(this.#proved)) {
          table.remove(value.subarray(0, KEY_BYTES));
          table.remove(value.subarray(KEY_BYTES, 2 * KEY_BYTES));
        }
        // Kept until now where a clock was set back meanwhile.
        this.#receipts.remove(key.subarray(TIME_BYTES));
        this.#issued.remove(key);
      }
      // A key longer by a byte is the next.
      if (last !== undefined) this.#proved.international.put(FORGOTTEN, Buffer.concat([last, Buffer.of(0)]));
    });
    return receipts.length === FORGOTTEN_AT_ONCE || references.length === FORGOTTEN_AT_ONCE;
  }

  async close(): Promise<void> {
    // After a failure LMDB's own lock may be held for ever: leave it to the end of the process.
    if (!this.#isInDoubt) await this.#environment.close();
    this.#isInDoubt = true;
  }

  #issuedBetween(from: Buffer, beforeMs: number): { readonly key: Buffer; readonly value: Buffer }[] {
    const range = { start: from, end: positionKey(Math.max(0, beforeMs)), limit: FORGOTTEN_AT_ONCE };
    return [...this.#issued.getRange(range)].map(({ key, value }) => ({
      key: Buffer.from(key),
      value: Buffer.from(value),
    }));
  }

  async #committed(put: () => void): Promise<void> {
    if (this.#isInDoubt) throw new ReceiptsError('closed', 'the store of receipts takes nothing any more');
    try {
      await commitEnd(this.#environment.batch(put), STALL_MS);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'failed') this.#isInDoubt = true;
      throw error;
    }
  }

  /** Counted from the store when the day begins, or the process. */
  #countsOf(nowMs: number): Map<string, number> {
    const day = Math.floor(nowMs / DAY_MS);
    const { byDevice } = this.#today;
    if (this.#today.day === day) return byDevice;
    this.#today.day = day;
    byDevice.clear();
    for (const { value } of this.#issued.getRange({ start: positionKey(day * DAY_MS) })) {
      const deviceId = value.subarray(2 * KEY_BYTES).toString('utf8');
      byDevice.set(deviceId, (byDevice.get(deviceId) ?? 0) + 1);
    }
    return byDevice;
  }

  /** Of what was proved, but for the mark of what was forgotten. */
  #countOf(profile: CryptoProfile): number {
    const { entryCount } = this.#proved[profile].getStats() as { readonly entryCount: number };
    return profile === 'international' && this.#proved.international.get(FORGOTTEN)
      ? entryCount - 1
      : entryCount;
  }

  #table(name: string): Table {
    const table = openTable(this.#environment, name);
    if (!table) throw new ReceiptsError('unusable', `${this.#options.folder} holds no receipts`);
    return table;
  }
}

/** Key in the table of the profile. */
export function provedKey(
  kind: 'reference' | 'decision',
  purpose: string,
  name: string,
  profile: CryptoProfile,
): Buffer {
  const text = Buffer.from(`${kind}\0${purpose}\0${name}`, 'utf8');
  return digestOf(algorithmFor('receipt-reference', profile), text);
}
