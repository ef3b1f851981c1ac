/**
 * The commands of docs/journal.md, run as they stand there against a real gateway process and its platform: first on a
 * journal that is as it was logged, then after somebody with the data folder was there, who also signed everything again.
 */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { insider } from '../unit/gateway/journal/log/insider.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

const PAGE = readFileSync(new URL('../../docs/journal.md', import.meta.url), 'utf8');
const TAPS = 12;
/** Of tests that run many commands, each a process, beside whatever else the machine does. */
const COMMANDS_MS = 300_000;
const RECEIPT = 5;

vi.setConfig({ testTimeout: COMMANDS_MS });

let gateway: GatewayUnderTest;
const decisions: string[] = [];

beforeAll(async () => {
  gateway = await startGateway({ settings: { journal: { checkpoint_ms: 50 } } });
  const npx = join(gateway.folder, 'bin');
  mkdirSync(npx);
  // `npx onecard` of this project.
  writeFileSync(join(npx, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  chmodSync(join(npx, 'npx'), 0o755);
  await taps(1, TAPS);
  await untilVerified(TAPS);
}, COMMANDS_MS);
afterAll(() => gateway.stop());

async function taps(from: number, through: number): Promise<void> {
  const client = await PlainClient.connect(gateway.target());
  const [card = 0] = goodCards(gateway.city, 'sm2');
  for (let seq = from; seq <= through; seq += 1) {
    const { message } = await client.tap(seq, {
      scene: '29/entry',
      ...rideCodeOf(gateway.city, card).binary,
    });
    decisions.push(String(message['id']));
  }
  await client.bye();
}

const ofPlatform = () => gateway.platform.checkpoints(gateway.gatewayId);

/** The platform has a checkpoint of so many records, and has held it against them. */
async function untilVerified(size: number): Promise<void> {
  await becomes(
    `the platform's newest checkpoint is of ${size} records and verified`,
    () => ofPlatform().checkpoints.at(-1),
    (newest) => newest?.state === 'verified' && newest.checkpoint.split('\n')[1] === String(size),
  );
}

function commands(section: string): string[] {
  const [, text = ''] = PAGE.split(`\n## ${section}\n`);
  const [body = ''] = text.split('\n## ');
  return [...body.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
}

interface Run {
  readonly status: number;
  readonly output: string;
}

function run(block: string): Promise<Run> {
  const env = {
    ...process.env,
    PATH: `${join(gateway.folder, 'bin')}:${process.env['PATH']}`,
    DECISION: decisions[RECEIPT - 1],
  };
  return new Promise((resolve) => {
    execFile('bash', ['-euc', block], { cwd: gateway.folder, env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

test('the walk: from a receipt to its record, its proof, and the checkpoint that the platform holds', async () => {
  const blocks = commands("The auditor's walk");
  expect(blocks).toHaveLength(6);
  const outputs: string[] = [];
  for (const [i, block] of blocks.entries()) {
    const { status, output } = await run(block);
    expect(status, output).toBe(0);
    outputs.push(output);
    // The log goes on after the checkpoint that is kept.
    if (i === 1) {
      await taps(TAPS + 1, TAPS + 4);
      await untilVerified(TAPS + 4);
    }
  }
  expect(outputs[2]).toMatch(new RegExp(`^${RECEIPT} .* gate-1 29/entry transit-qr `, 'm'));
  expect(outputs[3]).toMatch(
    /^the record is number 4 of 16 in onecard-gateway\/gw-test\/[0-9a-f]{16}, and the checkpoint is signed$/m,
  );
  expect(outputs[4]).toMatch(/^the log of 16 records goes on from the one of 12$/m);
  expect(outputs[5]).toMatch(/; 0 faults$/m);
  expect(outputs[5]).toMatch(/^(\d+) of \1 checkpoints hold, up to position 16$/m);
});

test.each([
  ['changes a record', `change ${RECEIPT}`, /position 5: the record is not the one that was logged/],
  [
    'cuts the newest twelve off',
    'cut 12',
    /up to position 16, and the newest that is there is 4: 12 are missing/,
  ],
  ['puts a record in', 'insert 3', /position 3: the record is not the one that was logged/],
  ['takes a record out', `remove ${RECEIPT}`, /positions 5 to 5 are missing/],
])(
  'somebody %s: verify says so, also when all was signed again, and nothing is proven',
  async (_, action, sentence) => {
    if (gateway.running) await gateway.kill('SIGTERM');
    const journal = join(gateway.dataFolder, 'journal');
    const before = join(gateway.folder, 'journal-before');
    cpSync(journal, before, { recursive: true });
    try {
      await insider(journal, action);
      const told = await run('npx onecard journal verify --config gateway.json');
      expect([told.status, told.output]).toEqual([1, expect.stringMatching(sentence)]);
      await insider(journal, 'resign');
      const [platform = '', kept = '', proof = ''] = commands('When somebody was there');
      for (const [block, from] of [
        [platform, 'kept by the platform'],
        [kept, 'kept.txt'],
      ] as const) {
        const { status, output } = await run(block);
        expect(status, output).toBe(1);
        expect(output).toContain(`(${from})`);
      }
      const proven = await run(proof);
      expect([proven.status, proven.output]).toEqual([
        1,
        expect.stringMatching(/onecard journal prove: the record at position 5 is (not the one|missing)/),
      ]);
    } finally {
      rmSync(journal, { recursive: true });
      cpSync(before, journal, { recursive: true });
      rmSync(before, { recursive: true });
    }
  },
);

test('a gateway that goes on from a journal that was changed and signed again is refused by the platform', async () => {
  if (gateway.running) await gateway.kill('SIGTERM');
  const journal = join(gateway.dataFolder, 'journal');
  await insider(journal, `change ${RECEIPT}`);
  await insider(journal, 'resign');
  await gateway.restart();
  await taps(1, 1);
  await becomes(
    'the platform finds a checkpoint inconsistent',
    () => ofPlatform().summary.inconsistent,
    (inconsistent) => inconsistent > 0,
  );
  await becomes(
    'the gateway says so',
    () => gateway.logLines.find(({ what }) => what === 'checkpoint_refused')?.['msg'],
    (said) => said === 'the platform link has a fault; what was in force stays',
  );
});
