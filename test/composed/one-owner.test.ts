/** Two gateways on one data folder overwrote each other's journal: one process owns the folder. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGateway } from '../../gateway/compose/compose.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { FolderTakenError, lockFolder } from '../../gateway/storage/folder-lock.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from '../system/gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const SECOND_WRITER = join(import.meta.dirname, 'second-writer.rig.ts');
const log = pino({ level: 'silent' });

async function composed(settings: Record<string, unknown> = {}): Promise<ComposedGateway> {
  const gateway = await startComposed({ settings });
  onTestFinished(() => gateway.stop());
  return gateway;
}

async function process_(): Promise<GatewayUnderTest> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  return gateway;
}

async function tapped(gateway: Pick<ComposedGateway, 'city' | 'target'>, seq: number): Promise<unknown> {
  const client = await PlainClient.connect(gateway.target());
  const card = goodCards(gateway.city, 'sm2')[seq] ?? 0;
  const { message } = await client.tap(seq, {
    scene: '29/entry',
    ...rideCodeOf(gateway.city, card, { validity_s: 600 }).binary,
  });
  await client.bye();
  return message['code'];
}

function writePastTheLock(dataFolder: string, position: number): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [SECOND_WRITER, join(dataFolder, 'journal'), String(position)],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
}

function onecard(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 60_000 });
}

describe('a second gateway on the data folder', () => {
  test('is refused before it opens anything, names the first, and starts once that one has stopped', async () => {
    const first = await composed();
    const second = createGateway(first.settings, { log });
    const refused = await second.start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FolderTakenError);
    expect((refused as Error).message).toMatch(
      new RegExp(`in use by process ${process.pid} \\(gateway gw-test, since 20.*Z\\).*Stop that one first`),
    );
    expect(await tapped(first, 1)).toBe('allow.good');
    await first.stopGateway();
    await second.start();
    await second.stop();
  });

  test('ends with exit status 2 and a sentence; after kill -9 of the first the folder is free', async () => {
    const first = await process_();
    const settings = JSON.parse(readFileSync(first.configFile, 'utf8'));
    const configFile = join(first.folder, 'second.json');
    writeFileSync(configFile, JSON.stringify({ ...settings, listen: { port: 0 } }));
    const second = onecard('serve', '--config', configFile);
    expect(second.status, second.stdout).toBe(2);
    expect(second.stderr).toMatch(
      new RegExp(
        `^onecard serve: the data folder .* is in use by process ${first.pid} \\(gateway gw-test, since`,
      ),
    );
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
    expect(await tapped(first, 1)).toBe('allow.good');
    await first.kill('SIGKILL');
    await first.restart();
    expect(await tapped(first, 2)).toBe('allow.good');
  });

  test('commands that write beside a running gateway go on working', async () => {
    const gateway = await process_();
    const config = ['--config', gateway.configFile];
    const enrolled = onecard(
      ...['device', 'enroll', ...config, '--id', 'gate-9', '--class', 'gate', '--scene', '29/exit'],
      ...['--generate', '--private-key-out', join(gateway.folder, 'gate-9.jwk')],
    );
    expect(enrolled.status, enrolled.stderr).toBe(0);
    const forced = onecard('mode', 'force', 'lists', ...config, '--for', '1m', '--reason', 'test');
    expect(forced.status, forced.stderr).toBe(0);
    const verified = onecard('journal', 'verify', ...config);
    expect(verified.status, verified.stderr).toBe(0);
  });
});

describe('a second writer that circumvents the lock', () => {
  test.each(['sync', 'commit', 'none'] as const)(
    'is doubt about storage, and nothing it wrote is overwritten (%s)',
    async (durability) => {
      const gateway = await composed({ journal: { durability } });
      expect(await tapped(gateway, 1)).toBe('allow.good');
      writePastTheLock(gateway.dataFolder, 2);
      const answered = tapped(gateway, 2).catch(() => null);
      const failure = await gateway.gateway.failed;
      expect(failure.message).toContain('position 2 is taken already: another process writes this journal');
      if (durability !== 'none') expect(await answered).toBe('tap.journal_unavailable');
      const reader = openJournalReader(join(gateway.dataFolder, 'journal'));
      expect(reader.at(2)?.record.tap.deviceId).toBe('another');
      expect(reader.lastPosition).toBe(2);
      await reader.close();
    },
  );

  test('ends the process, so that a clean start can follow', async () => {
    const gateway = await process_();
    expect(await tapped(gateway, 1)).toBe('allow.good');
    writePastTheLock(gateway.dataFolder, 2);
    void tapped(gateway, 2).catch(() => null);
    const said = await gateway.logged('storage failed: ending, so that a clean start can follow');
    expect(said['error']).toContain('position 2 is taken already');
    await expect.poll(() => gateway.running, { timeout: 20_000 }).toBe(false);
    await gateway.restart();
    expect(await tapped(gateway, 3)).toBe('allow.good');
    const shown = onecard('journal', 'show', '--config', gateway.configFile);
    expect(shown.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['1', '2', '3', '']);
  });
});

describe('the demonstration', () => {
  const demo = (cwd: string, ...args: string[]) =>
    spawnSync(
      process.execPath,
      [MAIN, 'demo', '--cards', '30', '--rate', '5', '--seconds', '1', '--port', '0', ...args],
      { encoding: 'utf8', cwd, env: { ...process.env, NO_COLOR: '1' } },
    );

  test('takes another folder where its own is in use', () => {
    const cwd = temporaryFolder();
    const lock = lockFolder(join(cwd, 'data', 'demo'), 'the demonstration');
    const { status, stdout, stderr } = demo(cwd);
    lock.release();
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/data\/demo is in use by process \d+ .*: taking another/);
    expect(stdout).toContain('journal show --data data/demo-2');
  });

  test('does not take one that was given and is in use, nor one that is a gateway’s', () => {
    const cwd = temporaryFolder();
    const folder = join(cwd, 'mine');
    const lock = lockFolder(folder, 'gateway gw-1');
    const taken = demo(cwd, '--data', folder);
    lock.release();
    expect(taken.status).toBe(2);
    expect(taken.stderr).toMatch(
      /^onecard demo: the data folder .* is in use by process \d+ \(gateway gw-1,/,
    );
    mkdirSync(join(folder, 'journal'));
    const foreign = demo(cwd, '--data', folder);
    expect(foreign.status).toBe(2);
    expect(foreign.stderr).toMatch(/holds the data of a gateway that is no demonstration/);
  });
});
