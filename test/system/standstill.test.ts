/** A gateway that stands still as a whole (SIGSTOP, a paused machine), and one whose proving thread gets hardly any core. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, type Shown } from './presentations.rig.ts';

let gateway: GatewayUnderTest | null = null;
const spinning: ChildProcess[] = [];
afterEach(async () => {
  for (const child of spinning.splice(0)) child.kill('SIGKILL');
  await gateway?.stop();
  gateway = null;
});

const SCENE = '29/exit';
const PAUSE_MS = 10;

/** What was shown, when, and what came of it. */
interface Entry {
  readonly seq: number;
  readonly shown: Shown;
  readonly sentAt: number;
  answer: PlainMessage | null;
}

/** Taps at a steady pace, each with a presentation of its own, and keeps a ledger of them. */
class Ledger {
  readonly entries: Entry[] = [];
  readonly #client: PlainClient;
  readonly #shown: readonly Shown[];
  readonly #waiting: Promise<void>[] = [];

  constructor(client: PlainClient, shown: readonly Shown[]) {
    this.#client = client;
    this.#shown = shown;
  }

  /** For so long, and until there are so many more at least: a busy machine is slow to send. */
  async tapFor(ms: number, atLeast = 0): Promise<void> {
    const enough = this.entries.length + atLeast;
    for (const until = performance.now() + ms; performance.now() < until || this.entries.length < enough; ) {
      const seq = this.entries.length + 1;
      const shown = this.#shown[seq - 1];
      if (shown === undefined) throw new Error('too few presentations were made');
      const entry: Entry = { seq, shown, sentAt: performance.now(), answer: null };
      this.entries.push(entry);
      this.#waiting.push(
        this.show(seq, shown).then((answer) => {
          entry.answer = answer;
        }),
      );
      await sleep(PAUSE_MS);
    }
  }

  async settled(): Promise<readonly Entry[]> {
    await Promise.all(this.#waiting);
    return this.entries;
  }

  async show(seq: number, { binary }: Shown): Promise<PlainMessage> {
    return (await this.#client.tap(seq, { scene: SCENE, ...binary })).message;
  }
}

const codesOf = (entries: readonly Entry[]) => [...new Set(entries.map(({ answer }) => answer?.['code']))];

async function startUnderLoad(deadlineMs: number, scheduling: 'prefer' | 'fair') {
  const started = await startGateway({
    cards: 20,
    city: { chips: 'rsa', rsaCardKeys: 2 },
    devices: [{ deviceId: 'gate-1', class: 'gate', scenes: [SCENE] }],
    settings: {
      scheduling,
      workers: { threads: 1, hang_ms: 200 },
      limits: { deadline_gate_ms: deadlineMs },
    },
  });
  gateway = started;
  const cards = goodCards(started.city, 'rsa');
  // Made before: signing takes the test longer than the gateway.
  const shown = Array.from({ length: 1_500 }, (_, i) =>
    chipTapOf(started.city, cards[i % cards.length] ?? 0),
  );
  const client = await PlainClient.connect(started.target());
  return { started, ledger: new Ledger(client, shown) };
}

function replacements({ logLines }: GatewayUnderTest): number {
  return logLines.filter(({ msg }) => msg === 'a proving thread was replaced').length;
}

test('stopped for 5 s under load: what waited is refused and its presentations are not used up, and no thread is replaced', async () => {
  const deadlineMs = 2_000;
  const { started, ledger } = await startUnderLoad(deadlineMs, 'prefer');
  await ledger.tapFor(500, 20);
  process.kill(started.pid, 'SIGSTOP');
  const stoppedAt = performance.now();
  await ledger.tapFor(5_000);
  const goesOnAt = performance.now();
  process.kill(started.pid, 'SIGCONT');
  await started.logged(
    'the gateway stood still (stopped, paused, or the machine was too busy): taps whose time passed meanwhile were refused',
  );
  const [waited, late] = [ledger.entries.length, goesOnAt - deadlineMs];
  await ledger.tapFor(500, 30);
  const entries = await ledger.settled();

  const overdue = entries.filter(({ sentAt }) => sentAt > stoppedAt + 50 && sentAt < late);
  expect(overdue.length).toBeGreaterThan(20);
  expect(codesOf(overdue)).toEqual(['tap.deadline_exceeded']);
  expect(codesOf(entries.slice(waited + 10))).toEqual(['allow.good']);
  // Nobody was judged who was told that he was not: each passes when it is shown again, under another number.
  for (const [i, { shown }] of overdue.slice(0, 50).entries()) {
    expect(await ledger.show(10_000 + i, shown)).toMatchObject({ code: 'allow.good' });
  }
  // Of those on their way at the moment of the stop every one has one decision, that it keeps.
  for (const { seq, shown, answer } of entries.filter(({ sentAt }) => sentAt <= stoppedAt + 50)) {
    const again = await ledger.show(seq, shown);
    expect(again).toMatchObject({ t: 'decision', code: 'allow.good' });
    if (answer?.['t'] === 'decision') expect(again['decision_id']).toBe(answer['decision_id']);
  }
  expect(replacements(started)).toBe(0);
});

/** Threads of that name, as the system names them. */
function threadsNamed(pid: number, name: string): number[] {
  const tids = readdirSync(`/proc/${pid}/task`).map(Number);
  return tids.filter((tid) => readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim() === name);
}

const canPin =
  process.platform === 'linux' &&
  availableParallelism() >= 2 &&
  ['taskset', 'renice'].every((tool) => spawnSync(tool, ['--version']).status === 0);

test.skipIf(!canPin)(
  'a proving thread that gets a hundredth of a core is healthy: it is not replaced, and all is as before when it has one again',
  async () => {
    const { started, ledger } = await startUnderLoad(15_000, 'fair');
    await ledger.tapFor(500);
    const [tid] = threadsNamed(started.pid, 'prove');
    if (tid === undefined) throw new Error('there is a proving thread');
    const core = '0';
    expect(spawnSync('taskset', ['-p', '-c', core, String(tid)]).status).toBe(0);
    expect(spawnSync('renice', ['-n', '19', '-p', String(tid)]).status).toBe(0);
    for (let i = 0; i < 2; i += 1)
      spinning.push(spawn('taskset', ['-c', core, 'sh', '-c', 'while :; do :; done']));
    await ledger.tapFor(4_000);
    for (const child of spinning.splice(0)) child.kill('SIGKILL');
    const entries = await ledger.settled();
    expect(codesOf(entries)).toEqual(['allow.good']);
    expect(replacements(started)).toBe(0);
    expect(threadsNamed(started.pid, 'prove')).toEqual([tid]);
  },
);
