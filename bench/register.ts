/**
 * `onecard bench register`: a register of many stays, and how long what a clerk waits for takes on it: today's list, an exact search,
 * the purge of a day. On LMDB, or on the PostgreSQL server of --url-file.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LmdbRowStore } from '../hotel/register/lmdb/lmdb-row-store.ts';
import { PostgresRowStore } from '../hotel/register/postgres/postgres-row-store.ts';
import { readPrivateText } from '../hotel/register/private-text.ts';
import { SealedRegister } from '../hotel/register/sealed-register.ts';
import { KeyEncryptionKey } from '../hotel/register/sealing/key-encryption-key.ts';
import { thisMachine } from './machine.ts';
import { dayText, documentNumber, guestId, putsOf } from './register-stays.ts';

const HELP = `npm run bench -- register [options]

  --stays N       stays kept, each with a guest (1000000)
  --days N        days of arrival they are spread over, and of purge (365)
  --seed TEXT     the same seed makes the same guests (1)
  --url-file F    file with the address of an empty PostgreSQL database, instead of LMDB
  --profile P     whose algorithms it is sealed by: international, sm (international)
  --json          print one JSON object instead of a table

Exit status 1 when an answer was wrong.
`;

const HOTEL = 'bench';
const STAYS_AT_ONCE = 500;
const IN_FLIGHT = 4;
const ROUNDS = 50;
const PAGE = 100;
const KEPT_DAYS = 400;
const tell = (text: string) => void process.stderr.write(text);

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== 'register'),
  options: {
    stays: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '365' },
    seed: { type: 'string', default: '1' },
    'url-file': { type: 'string' },
    profile: { type: 'string', default: 'international' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(stays: number, days: number): Promise<void> {
  if (!(stays >= days && days >= 2)) throw new RangeError('--help');
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-register-'));
  const urlFile = options['url-file'];
  const store =
    urlFile === undefined
      ? new LmdbRowStore({ folder, hotelId: HOTEL, maxBytes: 2 ** 37 })
      : await PostgresRowStore.open(readPrivateText(urlFile, '--url-file', 'it holds one line'), HOTEL);
  const kek = new KeyEncryptionKey(randomBytes(32), HOTEL, options.profile === 'sm' ? 'sm' : 'international');
  const register = await SealedRegister.open(store, kek, HOTEL);
  try {
    const fillMs = await timed(() => fill(register, stays, days));
    const today = dayText(days - 1);
    const ofToday = Math.floor((stays - 1) / days) + ((stays - 1) % days >= days - 1 ? 1 : 0);
    let wrong = 0;
    const list = await rounds(async () => {
      wrong += Number((await todaysList(register, today)) !== ofToday);
    });
    const search = await rounds(async (round) => {
      const i = (round * 7919) % stays;
      const found = await register.find('guest', { ...NUMBER, value: numberOf(i) });
      wrong += Number(found.rows.length !== 1 || found.rows[0]?.id !== guestId(i));
    });
    const due = await register.dueBefore(dayText(KEPT_DAYS + 1));
    const purgeMs = await timed(() => register.purgeBefore(dayText(KEPT_DAYS + 1)));
    wrong += Number((await register.find('guest', { ...NUMBER, value: numberOf(0) })).rows.length);
    const report = {
      benchmark: 'register',
      machine: thisMachine(),
      ...{ seed: options.seed, store: urlFile === undefined ? 'lmdb' : 'postgresql', stays, days, wrong },
      todays_guests: ofToday,
      ...{ todays_list_p50_ms: at(list, 0.5), todays_list_worst_ms: at(list, 1) },
      ...{ exact_search_p50_ms: at(search, 0.5), exact_search_worst_ms: at(search, 1) },
      purged_rows: due.reduce((sum, { rows }) => sum + rows, 0),
      purge_of_a_day_ms: purgeMs,
      stays_written_per_s: Math.round((stays * 1_000) / fillMs),
    };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report));
    if (wrong > 0) process.exitCode = 1;
  } finally {
    await register.close();
    rmSync(folder, { recursive: true });
  }
}

const NUMBER = { index: 'guest.number', kind: 'blind', limit: 10 } as const;
const numberOf = (i: number) => documentNumber(options.seed, i);

async function fill(register: SealedRegister, stays: number, days: number): Promise<void> {
  for (let from = 0; from < stays; from += STAYS_AT_ONCE * IN_FLIGHT) {
    const chunks = Array.from({ length: IN_FLIGHT }, (_, k) => from + k * STAYS_AT_ONCE).filter(
      (at) => at < stays,
    );
    await Promise.all(
      chunks.map((first) => {
        const count = Math.min(STAYS_AT_ONCE, stays - first);
        const puts = Array.from({ length: count }, (_, k) =>
          putsOf({ seed: options.seed, hotelId: HOTEL, days, keptDays: KEPT_DAYS }, first + k),
        ).flat();
        return register.commit({ puts });
      }),
    );
    if (from % (STAYS_AT_ONCE * IN_FLIGHT * 10) === 0)
      tell(`\r  writing stays ${Math.floor((100 * from) / stays)} %`);
  }
  tell('\r  writing stays 100 %\n');
}

/** Every page of the guests of a day, opened. */
async function todaysList(register: SealedRegister, day: string): Promise<number> {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const search = { index: 'guest.day', kind: 'plain', value: day, after, limit: PAGE * 10 } as const;
    const page: Awaited<ReturnType<typeof register.find<'guest'>>> = await register.find('guest', search);
    count += page.rows.length;
    after = page.after;
    if (after === null) return count;
  }
}

async function rounds(act: (round: number) => Promise<void>): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) all.push(await timed(() => act(round)));
  return all.sort((a, b) => a - b);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return performance.now() - startedMs;
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;

function table(report: Readonly<Record<string, unknown>>): string {
  const shown = (value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
  return Object.entries(report)
    .map(
      ([name, value]) =>
        `${name.padEnd(24)} ${typeof value === 'object' ? JSON.stringify(value) : shown(value)}\n`,
    )
    .join('');
}

if (options.help) process.stdout.write(HELP);
else await main(Number(options.stays), Number(options.days));
