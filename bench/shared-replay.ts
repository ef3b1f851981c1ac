/**
 * What it costs the main thread to ask the store of a cluster whether a showing was used at another gateway: taps that are proven
 * are judged, and, in turns, judged and asked about, in batches as proofs end together, at the pace of a gateway that is busy. Time
 * on a core, so that others on the machine do not count.
 * `node bench/shared-replay.ts --url redis://127.0.0.1:6379 [--rate N] [--taps N] [--rounds N] [--json]`
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { openStoreLane } from '../gateway/cluster/store-thread/store-lane.ts';
import { StoreThread } from '../gateway/cluster/store-thread/store-thread.ts';
import { MACHINE_CLOCKS } from '../gateway/knowledge/clock/clocks.ts';
import { createGuardedClock } from '../gateway/knowledge/clock/guarded-clock.ts';
import { Passages } from '../gateway/tap/5-decide/passages.ts';
import { ReplayWindow } from '../gateway/tap/5-decide/replay-window.ts';
import { RiskBudget } from '../gateway/tap/5-decide/risk-budget.ts';
import type { Decided } from '../gateway/tap/6-journal/append.ts';
import { Claiming } from '../gateway/tap/claiming.ts';
import { Judge } from '../gateway/tap/judge.ts';
import { cards, members, Shows, START_MS, tableOf } from './policy-taps.ts';
import type { Beats } from './proof-beats.ts';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'redis://127.0.0.1:6379' },
    rate: { type: 'string', default: '5000' },
    taps: { type: 'string', default: '4096' },
    rounds: { type: 'string', default: '5' },
    /** All by the thread of the store, and none by the engine's. */
    'no-lane': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const BATCHES = [1, 4, 16, 64] as const;
/** The issue's. */
const TARGET_US = 10;
const bounds = { deadline_ms: 2_000, waiting_max: 16_384, breaker_failures: 32, breaker_open_ms: 500 };

async function main(): Promise<void> {
  const nothing = () => {};
  const key = new Uint8Array(32);
  const of = { replay: key, token: key, budget: key, registry: key };
  const clock = createGuardedClock({ clocks: MACHINE_CLOCKS, toleranceMs: 60_000 });
  const events = { answered: nothing, late: nothing, failed: nothing, refused: nothing };
  const asked = {
    ...{ store: { urls: [options.url], ...bounds }, cluster: `bench-${process.pid}` },
    crypto: { profile: 'international', changing_over: false },
  } as const;
  const taking = new StoreThread({
    data: {
      ...asked,
      keys: [{ id: '00000000', profile: 'international', of }],
      clock: clock.shared,
      clockToleranceMs: 60_000,
    },
    lane: options['no-lane'] ? null : openStoreLane({ ...asked, events, now: () => clock.now() }),
    told: { there: nothing, away: console.error, unfit: console.error, died: console.error },
    events,
  });
  await taking.firstTry();
  const table = tableOf(10);
  const judge = new Judge({
    ...{
      replay: new ReplayWindow(4_000_000, START_MS),
      budget: new RiskBudget(1),
      passages: new Passages(1),
    },
    ...{ cardList: () => cards, namedList: () => members, replayWindowMs: 60_000, forgetMs: () => START_MS },
    mode: () => ({ mode: 'lists', forced: false, sinceMs: START_MS, mayAskLive: false }),
  });
  const shows = new Shows('shared', table);
  let onSettled: (decided: readonly Decided[]) => void = nothing;
  const claiming = new Claiming({
    ...{ claims: taking, judge, onFailed: nothing },
    onSettled: (decided) => onSettled(decided),
    onFault: (_flight, cause) => {
      throw cause;
    },
  });
  const moment = { trustRevision: '0123456789abcdef', trustGrace: false, atMs: START_MS };

  /** Thread time, microseconds per tap. */
  const measure = async (batch: number, isAsked: boolean): Promise<number> => {
    const count = Number(options.taps);
    const taps = Array.from({ length: count }, () => {
      const { scene, verdict, flight } = shows.next('nothing', table.revision);
      const facts = verdict.facts && { ...verdict.facts, sharedNames: [verdict.facts.replayName] };
      const tapped = Object.assign(flight, { policy: table.policyOf(scene), giveBack: null });
      return { flight: tapped, verdict: { ...verdict, facts } };
    });
    let at = 0;
    let left = count;
    const ended = Promise.withResolvers<void>();
    onSettled = (settled) => {
      if (isAsked && settled.some(({ replay }) => replay.scope !== 'shared' || replay.seenBefore)) {
        ended.reject(new Error('it is first, for all'));
      }
      left -= settled.length;
      if (left === 0) ended.resolve();
    };
    const beats: Beats = { count: count / batch, everyMs: (1_000 * batch) / Number(options.rate) };
    const began = threadUs();
    const thread = new Worker(new URL('proof-beats.ts', import.meta.url), { workerData: beats });
    thread.on('message', () => {
      const inForce = judge.stateInForce();
      const decided: Decided[] = [];
      for (const proven of taps.slice(at, at + batch)) {
        const one = judge.judge(proven as never, { kind: 'not_wanted' }, inForce, moment);
        if (typeof one === 'string') throw new Error(one);
        decided.push(one);
      }
      at += batch;
      if (isAsked) claiming.ask(decided);
      else onSettled(decided);
    });
    await ended.promise;
    return (threadUs() - began) / count;
  };

  const figures = [];
  for (const batch of BATCHES) {
    const added: number[] = [];
    await measure(batch, true);
    for (let round = 0; round < Number(options.rounds); round += 1) {
      const alone = await measure(batch, false);
      added.push((await measure(batch, true)) - alone);
    }
    figures.push({
      taps_in_a_batch: batch,
      added_us: Math.round(10 * median(added)) / 10,
      target_us: TARGET_US,
    });
  }
  await taking.stop();
  if (options.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}

/** Documentation/scheduler/sched-stats.rst: the first field is time on a processor in nanoseconds. */
function threadUs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await main();
