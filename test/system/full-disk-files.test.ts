/** What else is written, on a disk without a byte of room: nothing of it ends the gateway, and all of it comes back. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { decisionOf } from '../outage/gate-load.rig.ts';
import {
  becomes,
  EVERY_STATE,
  RATE_PER_S,
  readiness,
  revisionBecomes,
  startRig,
} from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { type GatewayUnderTest, MAIN } from './gateway-under-test.rig.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const MIB = 1_048_576;
const SETTINGS = { journal: { disk_reserve_bytes: 8 * MIB } };

interface Disk {
  readonly folder: string;
  fill(): void;
  makeRoom(): void;
}

function mounted(context: TestContext): Disk {
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${64 * MIB}`, 'tmpfs', folder]);
  if (status !== 0) context.skip('no file system can be mounted here');
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => void spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stdio: 'ignore' }),
    makeRoom: () => rmSync(ballast),
  };
}

function onecard({ configFile }: Pick<GatewayUnderTest, 'configFile'>, ...words: string[]) {
  const { status, signal, stderr } = spawnSync(process.execPath, [MAIN, ...words, '--config', configFile], {
    encoding: 'utf8',
  });
  return { status, signal, stderr };
}

test('devices, mode and lists on a full disk: commands say so in a sentence, nothing ends the gateway, all comes back with room', async (context) => {
  const disk = mounted(context);
  const rig = await startRig({ within: disk.folder, settings: SETTINGS });
  onTestFinished(() => rig.stop());
  const { gateway, load, publish } = rig;
  await revisionBecomes(gateway, await publish(EVERY_STATE));
  const { pid } = gateway;
  load.start(RATE_PER_S);
  disk.fill();
  await becomes(
    'the disk is seen to be short',
    () => readiness(gateway.admin),
    ({ disk: state }) => state !== 'ok',
  );
  // Kept where the devices' file has pages to use again; refused otherwise.
  const enrolled = onecard(gateway, ...enrolling());
  expect(enrolled.signal, 'device enroll').toBeNull();
  if (enrolled.status !== 0) expect(enrolled.stderr).toMatch(SENTENCE);
  const forced = onecard(gateway, 'mode', 'force', 'lists', '--for', '10m', '--reason', 'a full disk');
  expect(forced, 'mode force').toMatchObject({ status: 2, signal: null });
  expect(forced.stderr).toMatch(SENTENCE);
  const newest = await publish({ cards: [{ index: 2, state: 'good' }] });
  await gateway.logged('the platform link has a fault; what was in force stays', gateway.logLines.length);
  // A connection needs its token remembered: it is refused, in words, and the gate comes again.
  const refused = await PlainClient.connect(gateway.target('gate-1')).then(
    (client) => client.bye().then(() => null),
    (error: Error) => error,
  );
  if (refused !== null) expect(refused.message.length).toBeGreaterThan(0);
  expect(gateway.pid).toBe(pid);

  disk.makeRoom();
  await revisionBecomes(gateway, newest);
  expect(onecard(gateway, ...enrolling(), '--replace')).toMatchObject({ status: 0 });
  const client = await PlainClient.connect(gateway.target('gate-1'));
  await client.bye();
  const sent = load.taps.length;
  await becomes(
    'taps are decided',
    () => load.taps.slice(sent).filter((tap) => decisionOf(tap) !== null).length,
    (decided) => decided > 20,
  );
  load.stop();
  await load.settle();
  expect(gateway.pid).toBe(pid);
});

test('stopped and started on a full disk: it stops as asked, starts, is not ready, and decides when there is room', async (context) => {
  const disk = mounted(context);
  const rig = await startRig({
    within: disk.folder,
    settings: { journal: { ...SETTINGS.journal, ahead_bytes: MIB / 4 } },
  });
  onTestFinished(() => rig.stop());
  const { gateway, publish } = rig;
  await revisionBecomes(gateway, await publish(EVERY_STATE));
  disk.fill();
  expect(await gateway.kill('SIGTERM')).toEqual({ status: 0, signal: null });
  // What it gave back when it stopped is gone too.
  disk.fill();
  await gateway.restart();
  expect(gateway.logLines.map(({ msg }) => msg)).toContain(
    'it cannot be kept that this run began: its death would not be noticed',
  );
  await becomes(
    'the disk is seen to be full',
    () => readiness(gateway.admin),
    ({ disk: state }) => state === 'full',
  );
  expect((await fetch(`${gateway.admin}/readyz`)).status).toBe(503);
  disk.makeRoom();
  await becomes(
    'there is room',
    () => readiness(gateway.admin),
    ({ disk: state }) => state === 'ok',
  );
  await rig.load.reconnect();
  await becomes(
    'a tap is decided',
    async () => decisionOf(await rig.load.tap('29/exit', 10, 0)),
    (decision) => decision !== null,
  );
});

test('a first start on a full disk ends with status 2 and a sentence', async (context) => {
  const disk = mounted(context);
  const rig = await startRig({ within: disk.folder, settings: SETTINGS });
  onTestFinished(() => rig.stop());
  const { gateway } = rig;
  await gateway.kill('SIGTERM');
  const settings = JSON.parse(readFileSync(gateway.configFile, 'utf8')) as Record<string, unknown>;
  writeFileSync(gateway.configFile, JSON.stringify({ ...settings, data_dir: 'fresh' }));
  disk.fill();
  const { status, signal, stderr } = onecard(gateway, 'serve');
  expect({ status, signal }, stderr).toEqual({ status: 2, signal: null });
  expect(stderr).toMatch(
    /^onecard serve: there is no room to begin a journal in .*: the disk has \d+ bytes free/m,
  );
});

/** One line, of no stack. */
const SENTENCE = /^onecard (device|mode)[^\n]*: [^\n]*(no space|No space|ENOSPC)[^\n]*\n$/;
/** With a file for its private key that is not on the full disk. */
const enrolling = () => [
  ...['device', 'enroll', '--id', 'gate-9', '--class', 'gate', '--scene', '29/exit', '--generate'],
  ...['--private-key-out', join(temporaryFolder(), 'gate-9.jwk')],
];
