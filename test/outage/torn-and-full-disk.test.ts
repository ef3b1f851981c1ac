/** Rows of the matrix: what is on disk was torn, or there is no more room on it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { checkAnswers } from './check-answers.rig.ts';
import { codeOf, decisionOf } from './gate-load.rig.ts';
import {
  becomes,
  EVERY_STATE,
  modeBecomes,
  type OutageRig,
  RATE_PER_S,
  readiness,
  revisionBecomes,
  startRig,
} from './outage.rig.ts';
import { PlatformProcess } from './platform-process.rig.ts';
import { startStallingProxy } from './stalling-proxy.rig.ts';

let rig: OutageRig | null = null;
afterEach(async () => {
  await rig?.stop();
  rig = null;
});

/** Gateways start several times here, on cores that may be shared. */
vi.setConfig({ testTimeout: 150_000, hookTimeout: 120_000 });
const MIB = 1_048_576;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size > 0);
}

function flipAByte(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x41;
  writeFileSync(path, bytes);
}

const TEARS: Readonly<Record<string, (path: string) => void>> = {
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  'changed by a byte': flipAByte,
};

test('every file of trust and lists torn, with the platform there: the gateway comes back to the newest revision', async () => {
  rig = await startRig();
  const { gateway, load } = rig;
  const revision = await rig.publish(EVERY_STATE);
  for (const tear of Object.values(TEARS)) {
    await revisionBecomes(gateway, revision);
    await gateway.kill('SIGKILL');
    const files = filesBelow(join(rig.dataFolder, 'platform'));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) tear(file);
    await gateway.restart();
    await modeBecomes(gateway, 'live');
    await revisionBecomes(gateway, revision);
    await load.reconnect();
    load.clear();
    await load.during(300, RATE_PER_S);
    await checkAnswers(rig);
  }
});

test('a torn snapshot, and no platform to fetch another from: closed, where an exit opens, until there is one', async () => {
  rig = await startRig();
  const { gateway, load, publish } = rig;
  const revision = await publish(EVERY_STATE);
  await revisionBecomes(gateway, revision);
  await gateway.kill('SIGTERM');
  const snapshot = filesBelow(join(rig.dataFolder, 'platform')).find((path) => path.endsWith('.list')) ?? '';
  truncateSync(snapshot, 100);
  gateway.platform.setFault({ fault: 'down' });
  await gateway.restart();
  expect(await readiness(gateway.admin)).toMatchObject({ mode: 'closed', list_revision: null });
  await load.reconnect();
  load.clear();
  expect(codeOf(await load.tap('29/exit', 10, 0))).toBe('allow.closed');
  expect(codeOf(await load.tap('29/entry', 10, 0))).toBe('deny.closed');
  gateway.platform.setFault(null);
  await modeBecomes(gateway, 'live');
  await revisionBecomes(gateway, revision);
  expect(codeOf(await load.tap('29/entry', 10, 0))).toBe('allow.good');
  await checkAnswers(rig);
});

test('killed in the middle of fetching a large snapshot: it begins again, and nothing half is used', async () => {
  const platform = await PlatformProcess.start(50_000);
  onTestFinished(() => platform.stop());
  const proxy = await startStallingProxy(platform.url);
  onTestFinished(() => proxy.stop());
  const { rootJson, sm2RootJson, token } = platform;
  const publish = platform.publish.bind(platform);
  rig = await startRig({ cards: 50_000 }, { url: proxy.url, rootJson, sm2RootJson, token, publish });
  const { gateway, load, history } = rig;
  await modeBecomes(gateway, 'live');
  await gateway.kill('SIGKILL');
  rmSync(join(rig.dataFolder, 'platform'), { recursive: true });
  const stalled = proxy.stall(/\.cards\.list$/);
  const starting = gateway.restart().catch(() => {});
  await stalled;
  await gateway.kill('SIGKILL');
  await starting;
  proxy.flow();
  await gateway.restart();
  await modeBecomes(gateway, 'live');
  history.begin(String((await readiness(gateway.admin))['list_revision']));
  await load.reconnect();
  await load.during(500, RATE_PER_S);
  await checkAnswers(rig);
});

test('the disk is full: taps are refused with a code while nothing can be kept, and decided when there is room', async (context) => {
  const disk = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${32 * MIB}`, 'tmpfs', disk]);
  if (status !== 0) return context.skip('no file system can be mounted here');
  onTestFinished(() => void spawnSync('umount', ['-l', disk]));
  rig = await startRig({
    within: disk,
    settings: { journal: { disk_reserve_bytes: 2 * MIB, ahead_bytes: MIB / 4 } },
  });
  const { gateway, load, publish } = rig;
  await revisionBecomes(gateway, await publish(EVERY_STATE));
  const ballast = join(disk, 'ballast');
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096', 'count=100000'], { stdio: 'ignore' });
  load.start(RATE_PER_S);
  await becomes(
    'taps are refused for want of room',
    () => load.taps.filter((tap) => codeOf(tap) === 'tap.journal_unavailable').length,
    (refused) => refused > 20,
  );
  rmSync(ballast);
  const sent = load.taps.length;
  await becomes(
    'taps are decided again',
    () => load.taps.slice(sent).filter((tap) => decisionOf(tap) !== null).length,
    (decided) => decided > 20,
  );
  await checkAnswers({ ...rig, refusedMax: 1 });
});

test('the journal is at its bound and the platform is away: refused with a code; nothing is given up, and it goes on with more room', async () => {
  const settings = { journal: { max_bytes: 256 * 1024 } };
  rig = await startRig({ settings });
  const { gateway, load, publish } = rig;
  await revisionBecomes(gateway, await publish(EVERY_STATE));
  gateway.platform.setFault({ fault: 'down' });
  load.start(RATE_PER_S);
  await becomes(
    'taps are refused for want of room',
    () => load.taps.filter((tap) => codeOf(tap) === 'tap.journal_unavailable').length,
    (refused) => refused > 20,
  );
  load.stop();
  await load.settle();
  await gateway.kill('SIGTERM');
  const config = JSON.parse(readFileSync(gateway.configFile, 'utf8')) as Record<string, unknown>;
  writeFileSync(gateway.configFile, JSON.stringify({ ...config, journal: { max_bytes: 64 * MIB } }));
  await gateway.restart();
  await load.reconnect();
  await load.resendUndecided();
  gateway.platform.setFault(null);
  await modeBecomes(gateway, 'live');
  const records = await checkAnswers({ ...rig, refusedMax: 1 });
  expect(records).toHaveLength(load.taps.length);
  await becomes(
    'all are uploaded',
    () => gateway.platform.journalSummary().records,
    (kept) => kept === records.length,
  );
});
