/** A fleet of cards: made once from its seed with every core, kept on disk, and verified when it is read again. */
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CityOptions } from '../../platform/city.ts';
import { writableError } from '../writable.ts';
import { RECORD_BYTES } from './record.ts';
import { FleetThreads } from './threads.ts';

export interface FleetOptions {
  readonly seed: string;
  readonly cards: number;
  readonly chips: 'sm2' | 'rsa' | 'both';
}

export interface Fleet {
  readonly city: CityOptions;
  readonly file: string;
  readonly sha256: string;
  readonly records: SharedArrayBuffer;
  /** Null: it was there already. */
  readonly madeInMs: number | null;
}

/** Of how cards are drawn and how they lie in the file: to be raised with either. */
const VERSION = 1;
/** RSA key pairs that the cards share: they take long to draw. */
const RSA_CARD_KEYS = 8;
const CARDS_PER_JOB = 500;

/** Where fleets are kept. */
export function fleetFolder(): string {
  // XDG Base Directory Specification 0.8: empty is as if it were not there.
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'onecard-bench');
}

export async function openFleet(
  options: FleetOptions,
  onProgress: (part: number) => void = () => {},
  folder: string = fleetFolder(),
): Promise<Fleet> {
  const now = Date.now();
  const city: CityOptions = { ...options, now, rsaCardKeys: RSA_CARD_KEYS };
  const name = createHash('sha256')
    .update(JSON.stringify([VERSION, RECORD_BYTES, options, RSA_CARD_KEYS, new Date(now).getUTCFullYear()]))
    .digest('hex')
    .slice(0, 16);
  const file = join(folder, `fleet-${name}`);
  const kept = inFolder(folder, () => {
    // Before the cards are drawn, which takes a while.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return readFleet(file, options.cards);
  });
  if (!kept) inFolder(folder, () => accessSync(folder, constants.W_OK | constants.X_OK));
  if (kept) return { city, file, ...kept, madeInMs: null };
  const started = performance.now();
  const records = new SharedArrayBuffer(options.cards * RECORD_BYTES);
  const threads = new FleetThreads({ city, records });
  const jobs = Array.from({ length: Math.ceil(options.cards / CARDS_PER_JOB) }, (_, k) => ({
    kind: 'cards' as const,
    from: k * CARDS_PER_JOB,
    to: Math.min(options.cards, (k + 1) * CARDS_PER_JOB),
  }));
  await threads.run(jobs, (done) => onProgress(done / jobs.length));
  await threads.close();
  const sha256 = digest(records);
  inFolder(folder, () => {
    writeFileSync(`${file}.new`, new Uint8Array(records));
    writeFileSync(`${file}.sha256`, sha256);
    renameSync(`${file}.new`, file);
  });
  return { city, file, sha256, records, madeInMs: performance.now() - started };
}

/** Throws OptionsError in place of a fault of the folder. */
function inFolder<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw writableError('cards cannot be kept', folder, '--fleets', cause);
  }
}

/** Null when there is none, or another than was written: then it is made again. */
export function readFleet(file: string, cards: number): Pick<Fleet, 'records' | 'sha256'> | null {
  if (!existsSync(file) || !existsSync(`${file}.sha256`)) return null;
  const bytes = readFileSync(file);
  const sha256 = readFileSync(`${file}.sha256`, 'utf8');
  const records = new SharedArrayBuffer(bytes.length);
  new Uint8Array(records).set(bytes);
  if (bytes.length === cards * RECORD_BYTES && digest(records) === sha256) return { records, sha256 };
  rmSync(file);
  return null;
}

function digest(records: SharedArrayBuffer): string {
  return createHash('sha256').update(new Uint8Array(records)).digest('hex');
}
