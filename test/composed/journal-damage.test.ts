/** A truncated data file was SIGBUS without a word, and damaged records were passed over and their taps decided again. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { positionKey } from '../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable, type Table } from '../../gateway/storage/lmdb-environment.ts';
import { MAIN, startGateway } from '../system/gateway-under-test.rig.ts';
import { type ComposedGateway, startComposed, TestClocks } from './composed-gateway.rig.ts';
import { allOf, codesOf, type Shown, shownBy } from './used-codes.rig.ts';

const TAPS = 6;

async function edit(dataFolder: string, change: (records: Table) => Promise<unknown>): Promise<void> {
  const folder = join(dataFolder, 'journal');
  const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 30, databases: 3 });
  const records = openTable(environment, 'records');
  if (records) await change(records);
  await environment.close();
}

async function flipBit(records: Table, position: number): Promise<void> {
  const bytes = Buffer.from(records.get(positionKey(position)) ?? []);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  await records.put(positionKey(position), bytes);
}

async function used(clocks?: TestClocks): Promise<{ gateway: ComposedGateway; shown: readonly Shown[] }> {
  const gateway = await startComposed(clocks ? { clocks, platform: { now: clocks.now } } : {});
  onTestFinished(() => gateway.stop());
  const shown = shownBy(gateway, TAPS, clocks?.now());
  expect(await codesOf(gateway, shown)).toEqual(allOf('allow.good', TAPS));
  await gateway.stopGateway();
  return { gateway, shown };
}

describe('a damaged record inside the replay window', () => {
  test.each<[string, (records: Table) => Promise<unknown>]>([
    ['one bit of it has changed', (records) => flipBit(records, 3)],
    ['it is missing', (records) => records.remove(positionKey(3))],
  ])('stops the start, unless told otherwise, and then just that may pass again: %s', async (_, change) => {
    const { gateway, shown } = await used();
    await edit(gateway.dataFolder, change);
    const refused: unknown = await gateway.start().catch((cause: unknown) => cause);
    expect(refused).toMatchObject({ name: 'JournalError', code: 'unusable' });
    const { message } = refused as Error;
    expect(message).toMatch(
      /^1 records of the time in which .* are damaged or missing \(position 3\): what was used/,
    );
    expect(message).toContain('onecard journal restore');
    expect(message).toContain('--let-used-credentials-pass-again');
    await gateway.start({ acceptDamage: true });
    const named = gateway.logLines.filter(({ msg }) =>
      String(msg).includes('what was presented may pass again'),
    );
    expect(named).toEqual([expect.objectContaining({ position: 3, level: 'error' })]);
    const codes = await codesOf(gateway, shown);
    expect(codes).toEqual(allOf('deny.replayed', TAPS).with(2, 'allow.good'));
  });

  test('is named by device and tap where the index leads to it', async () => {
    const { gateway } = await used();
    const folder = join(gateway.dataFolder, 'journal');
    await edit(gateway.dataFolder, (records) => flipBit(records, 3));
    const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 30, databases: 3 });
    const key = Buffer.concat([Buffer.from('gate-1\0'), Buffer.alloc(16, 0xab), positionKey(41)]);
    await openTable(environment, 'taps')?.put(key, positionKey(3));
    await environment.close();
    const refused: unknown = await gateway.start().catch((cause: unknown) => cause);
    expect((refused as Error).message).toContain('(position 3: tap 41 of gate-1)');
  });
});

test('a damaged record outside of the replay window is counted and passed over', async () => {
  const clocks = new TestClocks(Date.now());
  const { gateway } = await used(clocks);
  await edit(gateway.dataFolder, (records) => flipBit(records, 3));
  clocks.pass(48 * 3_600_000);
  await gateway.start();
  expect(gateway.logLines.some(({ msg }) => msg === 'a damaged journal record was passed over')).toBe(true);
  const metrics = await (await fetch(`${gateway.address.admin}/metrics`)).text();
  expect(metrics).toMatch(/journal_damaged"?\} 1/);
});

function onecard(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 60_000 });
}

test('a data file that was cut off, or lost its meta pages, is told in a sentence by every command that reads it', async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  const shown = shownBy(gateway, TAPS);
  expect(await codesOf(gateway, shown)).toEqual(allOf('allow.good', TAPS));
  await gateway.kill('SIGTERM');
  const file = join(gateway.dataFolder, 'journal', 'data.mdb');
  const kept = `${file}.kept`;
  copyFileSync(file, kept);
  const damages: [string, () => void, RegExp][] = [
    [
      'cut off',
      () => truncateSync(file, 5 * 4_096),
      /data\.mdb is cut off: it has 20480 of \d+ bytes, and page \d+/,
    ],
    [
      'cut off in its first pages',
      () => truncateSync(file, 6_000),
      /data\.mdb is cut off: it has 6000 (of \d+ )?bytes/,
    ],
    [
      'a meta page gone',
      () => writeFileSync(file, readFileSync(file).fill(0, 4_096, 8_192)),
      /data\.mdb is damaged: its second page is no meta page of LMDB/,
    ],
  ];
  const config = ['--config', gateway.configFile];
  for (const [name, damage, told] of damages) {
    copyFileSync(kept, file);
    damage();
    const bytes = statSync(file).size;
    const others = [
      ['journal', 'show', ...config],
      ['journal', 'replay', ...config],
      ['journal', 'trim', ...config, '--through', '1'],
    ];
    for (const command of [
      ['serve', ...config],
      ['journal', 'verify', ...config],
      ...(name === 'cut off' ? others : []),
    ]) {
      const { status, signal, stderr } = onecard(...command);
      expect({ name, command: command[1], status, signal }).toEqual({
        name,
        command: command[1],
        status: 2,
        signal: null,
      });
      expect(stderr).toMatch(told);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(statSync(file).size).toBe(bytes);
  }
  copyFileSync(kept, file);
  await gateway.restart();
  expect(await codesOf(gateway, shown)).toEqual(allOf('deny.replayed', TAPS));
}, 180_000);
