/** `onecard journal replay` over what a real gateway decided. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../gateway/journal/record/record-codec.ts';
import { positionKey } from '../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { type LooseCity, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from './presentations.rig.ts';

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ cards: 1_000 });
  const { city } = gateway;
  const all = Array.from({ length: city.size }, (_, i) => i);
  const unlisted = all.find((i) => city.identity(i).state === 'unknown') ?? 0;
  const lost = all.find((i) => city.identity(i).state === 'lost') ?? 0;
  const [rsa = 0, other = 0] = goodCards(city, 'rsa');
  const once = chipTapOf(city, rsa).binary;
  const shown: [PlainMessage, string][] = [
    [once, 'allow.good'],
    [once, 'deny.replayed'],
    [rideCodeOf(city, rsa).binary, 'allow.good'],
    [rideCodeOf(city, other, { nowMs: Date.now() - 600_000 }).binary, 'code.stale'],
    [chipTapOf(city, lost).binary, 'deny.status_lost'],
    [chipTapOf(city, unlisted).binary, 'deny.status_unknown'],
    [{ ...chipTapOf(city, unlisted).binary, scene: '29/exit' }, 'allow.unlisted'],
  ];
  const client = await PlainClient.connect(gateway.target());
  for (const [seq, [presentation, code]] of shown.entries()) {
    expect((await client.tap(seq, presentation)).message['code']).toBe(code);
  }
  await client.bye();
});
afterAll(() => gateway.stop());

function replay(...args: string[]) {
  const run = spawnSync(process.execPath, [MAIN, 'journal', 'replay', ...args], { encoding: 'utf8' });
  return { status: run.status, stderr: run.stderr, lines: run.stdout.split('\n').slice(0, -1) };
}

/** Scenes in a file, after a change. */
function scenesFile(name: string, change: (scenes: LooseCity) => void): string {
  const scenes = shippedCity();
  change(scenes);
  const path = join(gateway.folder, name);
  writeFileSync(path, JSON.stringify(scenes));
  return path;
}

test('every decision of a real run is the same again, beside the running gateway', () => {
  const expected = {
    status: 0,
    stderr: '',
    lines: ['7 the same, 0 differ, 0 under a policy not at hand, 0 damaged'],
  };
  expect(replay('--data', gateway.dataFolder)).toEqual(expected);
  expect(replay('--config', gateway.configFile)).toEqual(expected);
});

test('a policy that was changed without another revision is another all the same', () => {
  const scenes = scenesFile('tampered.json', ({ policies }) => {
    for (const policy of policies) policy['unlisted'] = 'refer';
  });
  expect(replay('--data', gateway.dataFolder, '--scenes', scenes)).toMatchObject({
    status: 0,
    lines: ['0 the same, 0 differ, 7 under a policy not at hand, 0 damaged'],
  });
});

test('decisions of another revision are not judged', () => {
  const scenes = scenesFile('newer.json', (table) => {
    table.revision = '2027-01-01';
  });
  expect(replay('--data', gateway.dataFolder, '--scenes', scenes)).toMatchObject({
    status: 0,
    lines: ['0 the same, 0 differ, 7 under a policy not at hand, 0 damaged'],
  });
});

test('what cannot be used is said in a line, with status 2', () => {
  const broken = join(gateway.folder, 'broken.json');
  writeFileSync(broken, '{');
  const cases: [string[], RegExp][] = [
    [
      ['--data', gateway.dataFolder, '--scenes', broken],
      /^onecard journal replay: the city in .*broken\.json is not usable:/,
    ],
    [['--data', gateway.folder], /^onecard journal replay: there is no journal in /],
    [[], /^onecard journal replay: say where the data is/],
  ];
  for (const [args, says] of cases) {
    const { status, stderr } = replay(...args);
    expect(stderr).toMatch(says);
    expect(status).toBe(2);
  }
});

test('a record that was altered differs, a damaged one is reported, and the rest is judged', async () => {
  await gateway.kill('SIGTERM');
  const folder = join(gateway.dataFolder, 'journal');
  const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 20, databases: 3 });
  const records = openTable(environment, 'records');
  await records?.put(positionKey(2), Buffer.from('no record'));
  const { record, peakMs } = decodeRecord(6, Buffer.from(records?.get(positionKey(6)) as Uint8Array));
  const answer = { ...record.answer, outcome: 'allow', code: 'allow.good' } as const;
  await records?.put(positionKey(6), encodeRecord({ ...record, answer }, peakMs));
  await environment.close();
  const { status, lines } = replay('--data', gateway.dataFolder);
  expect(lines).toEqual([
    expect.stringMatching(/^the record at position 2 is damaged/),
    expect.stringMatching(/^6 \S+ 29\/entry: was allow allow\.good, is now deny deny\.status_unknown$/),
    '5 the same, 1 differ, 0 under a policy not at hand, 1 damaged',
  ]);
  expect(status).toBe(1);
});
