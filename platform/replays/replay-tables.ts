/**
 * What is known of presentations, on disk: by name for as long as another may come, what was accepted twice for good. All of
 * one step goes into one transaction, together with how far the journal has been read, so that after a crash nothing is
 * counted twice and nothing is left out.
 */
import { mkdirSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import { Packr } from 'msgpackr';
import type { Acceptance, DoubleAcceptance } from '../../reports/accepted-again.ts';
import type { Outage } from '../../reports/outages.ts';

/** One presentation: its names, and who accepted it. */
export interface Presentation {
  readonly names: readonly Uint8Array[];
  readonly acceptances: readonly Acceptance[];
  /** When nobody can show it any more, milliseconds since 1970 UTC. */
  readonly endMs: number;
}

/** A presentation that was accepted more than once. */
export interface FoundDoubles {
  readonly doubles: readonly DoubleAcceptance[];
  /** When the first of them was found, milliseconds since 1970 UTC. */
  readonly foundAtMs: number;
}

type Table = Database<Buffer, Buffer>;

const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const packed = (value: unknown) => packr.pack(value) as Buffer;
const unpacked = <T>(bytes: Buffer): T => packr.unpack(bytes) as T;

const MAP_BYTES = 1_073_741_824;
const NUMBER_BYTES = 8;

export class ReplayTables {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #names: Table;
  readonly #presentations: Table;
  readonly #ends: Table;
  readonly #doubles: Table;
  readonly #outages: Table;
  readonly #state: Table;

  /** `folder`: null for tables that are gone when they are closed. Throws what LMDB or the system says. */
  constructor(folder: string | null) {
    const settings = {
      maxDbs: 8,
      mapSize: MAP_BYTES,
      encoding: 'binary' as const,
      keyEncoding: 'binary' as const,
      eventTurnBatching: false,
    };
    if (folder !== null) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#root =
      folder === null
        ? open<Buffer, Buffer>(settings)
        : open<Buffer, Buffer>({ ...settings, path: folder, noSubdir: false });
    const table = (name: string): Table =>
      this.#root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    this.#names = table('names');
    this.#presentations = table('presentations');
    this.#ends = table('ends');
    this.#doubles = table('doubles');
    this.#outages = table('outages');
    this.#state = table('state');
  }

  /** Everything that `change` does is kept, or nothing of it. */
  step<T>(change: () => T): T {
    return this.#root.transactionSync(change);
  }

  state<T>(name: string): T | null {
    const kept = this.#state.get(Buffer.from(name));
    return kept === undefined ? null : unpacked<T>(kept);
  }

  putState(name: string, value: unknown): void {
    this.#state.putSync(Buffer.from(name), packed(value));
  }

  /** Number of the presentation that has this name. */
  numberOf(name: Uint8Array): number | null {
    const kept = this.#names.get(Buffer.from(name));
    return kept === undefined ? null : readNumber(kept);
  }

  presentation(number: number): Presentation | null {
    const kept = this.#presentations.get(numberKey(number));
    return kept === undefined ? null : unpacked<Presentation>(kept);
  }

  putPresentation(number: number, presentation: Presentation): void {
    this.#presentations.putSync(numberKey(number), packed(presentation));
    for (const name of presentation.names) this.#names.putSync(Buffer.from(name), numberKey(number));
  }

  /** `names`: its own, which it is known by no more. */
  removePresentation(number: number, names: readonly Uint8Array[]): void {
    this.#presentations.removeSync(numberKey(number));
    for (const name of names) this.#names.removeSync(Buffer.from(name));
  }

  /** It is looked at again then. */
  putEnd(atMs: number, number: number): void {
    this.#ends.putSync(Buffer.concat([numberKey(atMs), numberKey(number)]), Buffer.alloc(0));
  }

  /** The earliest, which is taken away; null: there is none before that time. */
  takeEnd(beforeMs: number): { readonly atMs: number; readonly number: number } | null {
    const [key] = [...this.#ends.getKeys({ limit: 1 })];
    if (key === undefined || readNumber(key) >= beforeMs) return null;
    this.#ends.removeSync(key);
    return { atMs: readNumber(key), number: readNumber(key.subarray(NUMBER_BYTES)) };
  }

  doublesOf(number: number): FoundDoubles | null {
    const kept = this.#doubles.get(numberKey(number));
    return kept === undefined ? null : unpacked<FoundDoubles>(kept);
  }

  putDoubles(number: number, found: FoundDoubles, max: number): void {
    this.#doubles.putSync(numberKey(number), packed(found));
    dropFirst(this.#doubles, max);
  }

  removeDoubles(number: number): void {
    this.#doubles.removeSync(numberKey(number));
  }

  /** In the order they were first seen, behind a number. */
  *doublesAfter(number: number): Generator<readonly [number: number, found: FoundDoubles]> {
    for (const { key, value } of this.#doubles.getRange({ start: numberKey(number + 1) })) {
      yield [readNumber(key), unpacked<FoundDoubles>(value)];
    }
  }

  putOutage(outage: Outage, max: number): void {
    this.#outages.putSync(outageKey(outage.gateway, outage.fromMs), packed(outage));
    dropFirst(this.#outages, max);
  }

  removeOutage({ gateway, fromMs }: Outage): void {
    this.#outages.removeSync(outageKey(gateway, fromMs));
  }

  /** Of a gateway, the newest first, of those that begin before a time. */
  outagesBefore(gateway: string, beforeMs: number, limit: number): Outage[] {
    const range = {
      start: outageKey(gateway, beforeMs),
      end: outageKey(gateway, 0),
      reverse: true,
      exclusiveStart: true,
      limit,
    };
    return [...this.#outages.getRange(range)].map(({ value }) => unpacked<Outage>(value));
  }

  /** Of all gateways, by gateway, then by time. */
  *outages(): Generator<Outage> {
    for (const { value } of this.#outages.getRange({})) yield unpacked<Outage>(value);
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}

function numberKey(value: number): Buffer {
  const key = Buffer.alloc(NUMBER_BYTES);
  key.writeBigUInt64BE(BigInt(value));
  return key;
}

function readNumber(key: Buffer): number {
  return Number(key.readBigUInt64BE(0));
}

function outageKey(gateway: string, atMs: number): Buffer {
  return Buffer.concat([Buffer.from(gateway), Buffer.of(0), numberKey(atMs)]);
}

/** Keeps a table within its bound. */
function dropFirst(table: Table, max: number): void {
  const { entryCount } = table.getStats() as { readonly entryCount: number };
  if (entryCount <= max) return;
  for (const key of [...table.getKeys({ limit: entryCount - max })]) table.removeSync(key);
}
