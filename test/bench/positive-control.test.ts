/** A gateway that is slowed on purpose must be reported slower: the benchmark can see what it is there to see. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Progress } from '../../bench/drive/progress.ts';
import { type BenchOptions, DEFAULT_OPTIONS } from '../../bench/options.ts';
import { gates } from '../../bench/profiles/gates.ts';
import { compareRuns } from '../../bench/report/compare.ts';

const fleets = mkdtempSync(join(tmpdir(), 'onecard-fleets-'));
afterAll(() => rmSync(fleets, { recursive: true }));

const OPTIONS: BenchOptions = {
  ...DEFAULT_OPTIONS,
  ...{ rate: 60, seconds: 14, cards: 60, connections: 2, family: 'transit-qr', chips: 'sm2', fleets },
  settings: { limits: { deadline_gate_ms: 5_000, deadline_desk_ms: 5_000 } },
};
/** The gateway stands still for most of every round. */
const STOPPED_MS = 400;
const ROUND_MS = 500;

function stopAndGo(pid: number): () => void {
  const signal = (name: NodeJS.Signals) => process.kill(pid, name);
  const goes = new Set<NodeJS.Timeout>();
  const rounds = setInterval(() => {
    signal('SIGSTOP');
    const go = setTimeout(() => {
      goes.delete(go);
      signal('SIGCONT');
    }, STOPPED_MS);
    goes.add(go);
  }, ROUND_MS);
  return () => {
    clearInterval(rounds);
    for (const go of goes) clearTimeout(go);
    signal('SIGCONT');
  };
}

test('a gateway that stands still half of the time is slower, and answers the same', {
  timeout: 150_000,
}, async () => {
  const progress = new Progress(null);
  const usual = await gates.run({ options: OPTIONS, progress });
  const slowed = await gates.run({ options: OPTIONS, progress, onGateway: stopAndGo });
  const { comparisons } = compareRuns(usual.result, slowed.result);
  const verdicts = Object.fromEntries(comparisons.map(({ sample, verdict }) => [sample, verdict]));
  expect(verdicts).toMatchObject({ p50_ms: 'slower', p99_ms: 'slower' });
  expect(slowed.wrong + usual.wrong + slowed.lost + usual.lost).toBe(0);
  // Open-loop: as many taps were sent as were meant to be, whatever became of them.
  expect(slowed.result.phases.map(({ intended, unsent }) => [intended, unsent])).toEqual(
    usual.result.phases.map(({ intended }) => [intended, 0]),
  );
});
