/**
 * Twelve kills, eight full disks, …, under load, with a ledger of every answer: nothing lost, nothing twice, every death
 * and every refusal to start named in a sentence. `npm run test:faults`.
 */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { DATA_FILE } from '../../gateway/journal/data-file-ahead.ts';
import { seededInteger } from '../../platform/seed.ts';
import { recordsAtPlatform } from '../fixtures/platform-frames.ts';
import { filledJournal } from '../outage/filled-journal.rig.ts';
import { codeOf, type LoadTap } from '../outage/gate-load.rig.ts';
import { becomes, readiness } from '../outage/outage.rig.ts';
import { freePort, type GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { flipABitOfTheNewest } from './damage.rig.ts';
import { type FaultRun, startFaultRun, TAPS_PER_S } from './fault-run.rig.ts';
import { againstUploads, ledgerOf } from './ledger.rig.ts';
import { type Row, writeTable } from './progress.rig.ts';

const KILLS = 12;
const FILLINGS = 8;
const SHIFTED_CLOCK = new URL('./shifted-clock.rig.ts', import.meta.url).href;
const JOURNAL_BYTES = 50_000_000;
const SEED = 'faults';
const rows: Row[] = [];

afterAll(() => writeTable(rows));

function balancedRow(row: Row): void {
  rows.push(row);
  expect(row.faults).toEqual([]);
  expect(row.decisions).toBeGreaterThan(0);
}

test('killed twelve times', async () => {
  const run = await startFaultRun('kills');
  const { gateway, load, progress } = run;
  let named = '';
  for (let kill = 1; kill <= KILLS; kill += 1) {
    progress.step(`kill ${kill} of ${KILLS}`);
    load.start(TAPS_PER_S);
    await run.decided(50 + seededInteger(SEED, 'taps', kill, 100));
    await sleep(seededInteger(SEED, 'moment', kill, 20));
    run.heard();
    expect(await gateway.kill('SIGKILL')).toEqual({ status: 137, signal: null });
    named = /^onecard: ended by SIGKILL.*$/m.exec(run.heard())?.[0] ?? '';
    expect(named, 'the sentence that names the death').not.toBe('');
    load.stop();
    await load.settle();
    await gateway.restart();
    expect(run.heard(), 'what the next start says of it').toContain('the last run ended unclean');
    await load.reconnect();
  }
  balancedRow(await run.balance('killed (SIGKILL)', KILLS, named));
});

test('the disk is full eight times, under a journal of 50 MB', async () => {
  const run = await startFaultRun('full disks');
  const { gateway, load, disk, progress } = run;
  await gateway.kill('SIGTERM');
  await filledJournal(join(run.dataFolder, 'journal'), JOURNAL_BYTES);
  const filled = gateway.platform.journalSummary().records;
  expect(filled).toBe(0);
  await gateway.restart();
  await load.reconnect();
  const { pid } = gateway;
  let named = '';
  for (let filling = 1; filling <= FILLINGS; filling += 1) {
    progress.step(`full disk ${filling} of ${FILLINGS}`);
    load.start(TAPS_PER_S);
    await run.decided(50);
    const before = load.taps.length;
    run.heard();
    disk.fill();
    const refused = () => load.taps.slice(before).filter((tap) => codeOf(tap) === 'tap.journal_unavailable');
    await becomes(
      'taps are refused for want of room',
      () => refused().length,
      (count) => count > 20,
    );
    expect(await readiness(gateway.admin)).toMatchObject({ disk: 'full' });
    named = /"the disk is full: [^"]*"/.exec(run.heard())?.[0] ?? '';
    expect(named, 'the sentence that names it').not.toBe('');
    disk.makeRoom();
    await run.decided(50);
  }
  expect(gateway.pid).toBe(pid);
  balancedRow(await run.balance('full disk', FILLINGS, named));
});

test('two processes on one folder', async () => {
  const run = await startFaultRun('two processes');
  const { gateway, load, progress } = run;
  progress.step('a second gateway is started');
  load.start(TAPS_PER_S);
  await run.decided(50);
  const settings = JSON.parse(readFileSync(gateway.configFile, 'utf8')) as { readonly listen: object };
  const other = join(gateway.folder, 'second.json');
  writeFileSync(
    other,
    JSON.stringify({ ...settings, listen: { ...settings.listen, port: await freePort() } }),
  );
  const second = await run.onecard('serve', '--config', other);
  expect(second.status, second.stderr).toBe(2);
  expect(second.stderr).toContain(`process ${gateway.pid}`);
  await run.decided(100);
  balancedRow(await run.balance('second process', 1, second.stderr.trim().split('\n').at(-1) ?? ''));
});

interface Damage {
  readonly name: string;
  /** What the refusal to start names. */
  readonly told: RegExp;
  readonly damage: (folder: string) => Promise<void> | void;
}

/** What may befall the files of a journal while nobody looks. */
const DAMAGES: readonly Damage[] = [
  {
    name: 'the data file is cut off',
    told: /data\.mdb is cut off: it has 20480 of \d+ bytes/,
    damage: (folder) => truncateSync(join(folder, DATA_FILE), 5 * 4_096),
  },
  {
    name: 'the data file is emptied',
    told: /data\.mdb/,
    damage: (folder) => truncateSync(join(folder, DATA_FILE)),
  },
  {
    name: 'a bit of the newest record has changed',
    told: /1 records of the time .* are damaged or missing \(position \d+/,
    damage: flipABitOfTheNewest,
  },
];

test('three damaged files', async () => {
  const run = await startFaultRun('damaged files');
  const { gateway, load, progress } = run;
  const folder = join(run.dataFolder, 'journal');
  const kept = join(run.dataFolder, 'kept');
  let named = '';
  for (const { name, told, damage } of DAMAGES) {
    progress.step(name);
    load.start(TAPS_PER_S);
    await run.decided(100);
    await run.quietStop();
    cpSync(folder, kept, { recursive: true });
    await damage(folder);
    const { status, stderr } = await run.onecard('serve', '--config', gateway.configFile);
    expect(status, `${name}: ${stderr}`).toBe(2);
    named = /^onecard serve: .*$/m.exec(stderr)?.[0] ?? '';
    expect(named, name).toMatch(told);
    expect(stderr, 'no stack').not.toMatch(/^ {4}at /m);
    rmSync(folder, { recursive: true });
    cpSync(kept, folder, { recursive: true });
    rmSync(kept, { recursive: true });
    await gateway.restart();
    await load.reconnect();
  }
  load.start(TAPS_PER_S);
  await run.decided(50);
  balancedRow(await run.balance('damaged file', DAMAGES.length, named));
});

const HOUR_MS = 3_600_000;
/** Offsets one after the other; the first stands at the start. */
const CLOCKS: readonly (readonly [string, readonly number[]])[] = [
  ['ahead at the start', [HOUR_MS]],
  ['behind at the start', [-HOUR_MS]],
  ['set back while it runs', [0, -HOUR_MS]],
  ['ahead in operation', [0, HOUR_MS]],
  ['jumps ahead and back', [0, HOUR_MS, 0, HOUR_MS]],
];

test('five wrong clocks', async () => {
  const clockFile = join(temporaryFolder(), 'offset-ms');
  const setClock = (offsetMs: number) => writeFileSync(clockFile, String(offsetMs));
  setClock(0);
  const env = { NODE_OPTIONS: `--import=${SHIFTED_CLOCK}`, ONECARD_TEST_CLOCK_FILE: clockFile };
  const run = await startFaultRun('wrong clocks', { env });
  const { gateway, load, progress } = run;
  const clockIs = (state: string) =>
    becomes(
      `the clock is said to be ${state}`,
      () => readiness(gateway.admin),
      ({ clock }) => clock === state,
    );
  let named = '';
  for (const [name, offsets] of CLOCKS) {
    progress.step(name);
    load.start(TAPS_PER_S);
    await run.decided(50);
    load.stop();
    await load.settle();
    run.heard();
    const [first = 0, ...then] = offsets;
    if (first !== 0) {
      await gateway.kill('SIGTERM');
      setClock(first);
      await gateway.restart();
    }
    for (const offset of then) {
      setClock(offset);
      await clockIs(offset === 0 ? 'ok' : 'suspect');
    }
    await clockIs('suspect');
    // Devices keep the right time: those that are connected go on, what they are told is the gateway's to say.
    load.start(TAPS_PER_S);
    await sleep(500);
    load.stop();
    await load.settle();
    // Readiness says it at once; the log a little later, once.
    let heard = '';
    named = await becomes(
      `${name}: a sentence names it`,
      () => {
        heard += run.heard();
        return /"the clock of this machine[^"]*"/.exec(heard)?.[0] ?? '';
      },
      (sentence) => sentence !== '',
    );
    const { length: line } = gateway.logLines;
    setClock(0);
    await clockIs('ok');
    await gateway.logged('the clock of this machine agrees with the others again', line);
    await load.reconnect();
    const passed = load.taps.filter((tap) => codeOf(tap) === 'allow.good').slice(-1);
    for (const tap of passed) expect(codeOf(await load.showAgain(tap)), name).toBe('deny.replayed');
  }
  load.start(TAPS_PER_S);
  await run.decided(50);
  balancedRow(await run.balance('wrong clock', CLOCKS.length, named));
});

/** How a journal gets older than what was answered, and what says so. */
interface Restore {
  readonly name: string;
  /** While the gateway is under load. */
  keep(run: FaultRun, to: string): Promise<void>;
  /** While it is stopped; resolves with the sentence that says what it means, or null where the gateway will. */
  putBack(run: FaultRun, from: string): Promise<string | null>;
}

const RESTORES: readonly Restore[] = [
  {
    name: 'a backup of the running gateway',
    async keep({ gateway, onecard }, to) {
      const { status, stderr } = await onecard(
        'journal',
        'backup',
        '--config',
        gateway.configFile,
        '--to',
        to,
      );
      expect(status, stderr).toBe(0);
    },
    async putBack({ gateway, onecard }, from) {
      const words = ['journal', 'restore', '--config', gateway.configFile, '--from', from];
      const refused = await onecard(...words);
      expect(refused.status, 'over a newer journal').not.toBe(0);
      const { status, stdout, stderr } = await onecard(...words, '--over-newer-journal');
      expect(status, stderr).toBe(0);
      return /^.*pass .*(again|second).*$/m.exec(stdout)?.[0] ?? '';
    },
  },
  {
    name: 'a copy of the folder',
    async keep({ gateway, load, dataFolder, quietStop }, to) {
      await quietStop();
      cpSync(dataFolder, to, { recursive: true });
      await gateway.restart();
      await load.reconnect();
      load.start(TAPS_PER_S);
    },
    putBack({ dataFolder }, from) {
      rmSync(dataFolder, { recursive: true });
      cpSync(from, dataFolder, { recursive: true });
      return Promise.resolve(null);
    },
  },
];

test('two restores', async () => {
  const dataDir = temporaryFolder();
  const run = await startFaultRun('restores', { platform: { dataDir } });
  const { gateway, load, progress } = run;
  const lives: LoadTap[] = [];
  let named = '';
  for (const { name, keep, putBack } of RESTORES) {
    progress.step(name);
    const kept = join(temporaryFolder(), 'kept');
    load.start(TAPS_PER_S);
    await run.decided(100);
    await keep(run, kept);
    await run.decided(100);
    await run.quietStop();
    // What was answered stays answered, and the client's book of it is closed: it will not ask for it again.
    lives.push(...load.taps);
    load.clear();
    run.heard();
    const told = await putBack(run, kept);
    await gateway.restart();
    await load.reconnect();
    load.start(TAPS_PER_S);
    await run.decided(100);
    if (told === null) await conflictIsSaid(gateway);
    named = told ?? /"[^"]*restored from a backup, or copied[^"]*"/.exec(run.heard())?.[0] ?? '';
    expect(named, `${name}: the sentence that names it`).not.toBe('');
  }
  await run.quietStop();
  lives.push(...load.taps);
  const ledger = ledgerOf(lives);
  const faults = againstUploads(lives, recordsAtPlatform(dataDir, gateway.gatewayId));
  const refusals = [...ledger.refusals.values()].reduce((sum, count) => sum + count, 0);
  const { answers, decisions } = ledger;
  balancedRow({
    ...{ fault: 'restored journal', times: RESTORES.length, answers, decisions: decisions.size },
    ...{ refusals, faults, said: named },
  });
});

async function conflictIsSaid({ admin }: GatewayUnderTest): Promise<void> {
  await becomes(
    'the conflict is said',
    () => readiness(admin),
    ({ journal_conflict_since: since }) => typeof since === 'string',
  );
}
