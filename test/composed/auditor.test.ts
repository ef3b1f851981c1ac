/** What an auditor asks a journal: which decisions, by time, device, scene, code, id, and by the number of a card. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { onecard } from './onecard-beside.rig.ts';

/** Each starts a process or two, on a machine that may be busy. */
const TIMEOUT_MS = 180_000;
let composed: ComposedGateway;
const ids: string[] = [];
let [first, second] = [0, 0];

/** Positions: 1 and 2 ride code of the first card, twice; 3 its chip; 4 the second's, at the exit; 5 at a desk. */
beforeAll(async () => {
  composed = await startComposed();
  const { city } = composed;
  [first = 0, second = 0] = goodCards(city, 'sm2');
  const ride = rideCodeOf(city, first, { validity_s: 600 }).binary;
  const gate = await PlainClient.connect(composed.target());
  const desk = await PlainClient.connect(composed.target('desk-1'));
  const taps: [PlainClient, string, object][] = [
    [gate, '29/entry', ride],
    [gate, '29/entry', ride],
    [gate, '29/entry', chipTapOf(city, first).binary],
    [gate, '29/exit', chipTapOf(city, second).binary],
    [desk, '11/desk', chipTapOf(city, second).binary],
  ];
  for (const [seq, [client, scene, shown]] of taps.entries()) {
    const { message } = await client.tap(seq, { scene, ...shown });
    ids.push(String(message['id']));
  }
  await gate.bye();
  await desk.bye();
}, TIMEOUT_MS);
afterAll(() => composed.stop());

const show = async (options: readonly string[], input = '') => {
  const ran = await onecard(['journal', 'show', '--data', composed.dataFolder, ...options], input);
  return { ...ran, positions: ran.lines.map((line) => Number(line.split(' ')[0])) };
};

test.each<[string[], number[]]>([
  [
    ['--scene', '29/entry'],
    [1, 2, 3],
  ],
  [['--device', 'desk-1'], [5]],
  [['--code', 'deny.replayed'], [2]],
  [
    ['--scene', '29/entry', '--code', 'allow.good'],
    [1, 3],
  ],
  [
    ['--from', '1h'],
    [1, 2, 3, 4, 5],
  ],
  [['--until', '1h'], []],
  [['--from', '2000-01-01', '--until', '2000-01-02T00:00:00Z'], []],
  [
    ['--from', '1h', '--limit', '2'],
    [1, 2],
  ],
  [
    ['--from', '1h', '--after', '3'],
    [4, 5],
  ],
])(
  'journal show %j',
  async (options, positions) => {
    const ran = await show(options);
    expect(ran).toMatchObject({ status: 0, stderr: '', positions });
  },
  TIMEOUT_MS,
);

test(
  "a decision's id leads to its record",
  async () => {
    const { status, stdout } = await show(['--decision', ids[3] ?? '', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ position: 4, answer: { decisionId: ids[3] } });
    const other = (ids[3] ?? '').replace(/:[0-9a-f]{16}:/, ':0000000000000000:');
    expect(await show(['--decision', other])).toMatchObject({ status: 0, positions: [] });
    expect(await show(['--decision', 'gw-1'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/is no decision's id/),
    });
  },
  TIMEOUT_MS,
);

test(
  'from a card number, sent to standard input, to its pseudonym and its decisions',
  async () => {
    const { pan } = composed.city.identity(first);
    const found = await show(['--card'], `${pan}\n`);
    expect(found.stderr).toMatch(/^pseudonym [0-9a-f]{32}\n$/);
    expect(found).toMatchObject({ status: 0, positions: [3] });
    expect(`${found.stdout}${found.stderr}`).not.toContain(pan);
    const [, pseudonym = ''] = found.stderr.trim().split(' ');
    expect(await show(['--subject', pseudonym])).toMatchObject({ positions: [3], stderr: '' });
    expect(await show(['--card', '--scene', '29/exit'], pan)).toMatchObject({ positions: [] });
  },
  TIMEOUT_MS,
);

test(
  'a card number as an argument is refused, and not repeated',
  async () => {
    const { pan } = composed.city.identity(first);
    for (const options of [['--card', pan], [`--card=${pan}`]]) {
      const { status, stdout, stderr } = await show(options);
      expect(stderr).toMatch(/a card number is never an argument/);
      expect(`${stdout}${stderr}`).not.toContain(pan);
      expect(status).toBe(2);
    }
    expect(await show(['--card'], '\n')).toMatchObject({ status: 2 });
    expect(await show(['--card'], 'not a number\n')).toMatchObject({ status: 2 });
  },
  TIMEOUT_MS,
);
