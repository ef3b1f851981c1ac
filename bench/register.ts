/**
 * `onecard bench register`: a register of many stays, and how long what a clerk waits for takes on it: today's list, an exact search,
 * the purge of a day. On LMDB, or on the PostgreSQL server of --url-file.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Put, RegisterTables } from '../hotel/register/guest-register.ts';
import { LmdbRowStore } from '../hotel/register/lmdb/lmdb-row-store.ts';
import { PostgresRowStore } from '../hotel/register/postgres/postgres-row-store.ts';
import { readPrivateText } from '../hotel/register/private-text.ts';
import { SealedRegister } from '../hotel/register/sealed-register.ts';
import { KeyEncryptionKey } from '../hotel/register/sealing/key-encryption-key.ts';
import { thisMachine } from './machine.ts';

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
const FIRST_DAY_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
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
const dayText = (day: number) => new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10);
const numberOf = (i: number) =>
  createHash('sha256').update(`${options.seed} ${i}`).digest('hex').slice(0, 18).toUpperCase();
const guestId = (i: number) => `g-${String(i).padStart(9, '0')}`;

async function fill(register: SealedRegister, stays: number, days: number): Promise<void> {
  for (let from = 0; from < stays; from += STAYS_AT_ONCE * IN_FLIGHT) {
    const chunks = Array.from({ length: IN_FLIGHT }, (_, k) => from + k * STAYS_AT_ONCE).filter(
      (at) => at < stays,
    );
    await Promise.all(
      chunks.map((first) => {
        const count = Math.min(STAYS_AT_ONCE, stays - first);
        const puts = Array.from({ length: count }, (_, k) => putsOf(first + k, days)).flat();
        return register.commit({ puts });
      }),
    );
    if (from % (STAYS_AT_ONCE * IN_FLIGHT * 10) === 0)
      tell(`\r  writing stays ${Math.floor((100 * from) / stays)} %`);
  }
  tell('\r  writing stays 100 %\n');
}

/** As the desk writes them: by state, day and stay; by keyed hashes of number, credential, and name with birth date. */
function putsOf(i: number, days: number): Put[] {
  const day = i % days;
  const id = String(i).padStart(9, '0');
  const arrival = dayText(day);
  const atMs = FIRST_DAY_MS + day * DAY_MS;
  const row = { expectVersion: null, purgeDay: dayText(day + KEPT_DAYS) };
  const name = `Guest ${numberOf(i).slice(0, 8)} of the City`;
  const stay: RegisterTables['stay'] = {
    ...{
      stayId: `s-${id}`,
      hotelId: HOTEL,
      room: String(100 + (i % 900)),
      arrival,
      departure: dayText(day + 1),
    },
    ...{ state: 'departed', guestIds: [guestId(i)], createdAtMs: atMs, createdBy: 'lin', desk: 'front-1' },
    ...{ departedAtMs: null, revertedFor: null },
  };
  const guest: RegisterTables['guest'] = {
    ...{
      guestId: guestId(i),
      stayId: stay.stayId,
      state: 'in_house',
      needs: [],
      attestation: null,
      guardian: null,
    },
    claims: {
      full_name: name,
      document_kind: 'id_card',
      document_number: numberOf(i),
      birth_date: '1990-01-01',
    },
    evidence: {
      document: 'proven',
      status: { source: 'live', ageMs: 0 },
      holder: 'person',
      claims: 'signed',
    },
    decision: {
      ...{ decisionId: `0-${i}`, outcome: 'allow', code: 'proof.ok', atMs, mode: 'live' },
      ...{ scene: '11/desk', family: 'chip-oda', again: null },
    },
    ...{ credential: null, corrections: [], checkedInAtMs: atMs, checkedOutAtMs: null, revertedFor: null },
  };
  const plain = (index: string, value: string) => ({ index, kind: 'plain', value }) as const;
  const blind = (index: string, value: string) => ({ index, kind: 'blind', value }) as const;
  return [
    { ...row, table: 'stay', id: stay.stayId, value: stay, indexes: [plain('stay.state', stay.state)] },
    {
      ...{ ...row, table: 'guest', id: guestId(i), value: guest },
      indexes: [
        plain('guest.day', arrival),
        plain('guest.stay', stay.stayId),
        blind('guest.number', numberOf(i)),
        blind('guest.credential', `c${numberOf(i)}`),
        blind('guest.name-birth', `${name}|1990-01-01`),
      ],
    },
  ];
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
