/**
 * Feeds a decoder with mutated inputs. An input that reaches new code is kept and mutated further (where `coverage` says so;
 * else seeds alone are). It fails on a throw, on 50 ms of the processor, and on 8 MB; time and memory are looked at again before
 * they count, since the machine has other work.
 */
import { getHeapStatistics } from 'node:v8';
import { Random } from './random.ts';

export const RUN_MS_MAX = 50;
export const RUN_BYTES_MAX = 8_388_608;
const INPUT_BYTES_MAX = 65_536;
const CORPUS_MAX = 4_096;
const SECOND_LOOKS = 3;
/** Mutations of one input before it runs. */
const MUTATIONS_MAX = 4;

export interface FuzzTarget {
  readonly name: string;
  /** Inputs to start from. */
  seeds(): readonly Uint8Array[];
  /** Another input, made of one or of two. Neither is changed. */
  mutate(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array;
  /** Runs the decoder. A refusal is a value of its own; whatever is thrown is a finding, a broken invariant too. */
  run(input: Uint8Array): void;
}

export interface Finding {
  readonly input: Uint8Array;
  readonly what: string;
}

export interface FuzzSetting {
  readonly seed: number;
  /** Ends after so many runs, or when `expired` says so. */
  readonly runsMax: number;
  readonly expired?: () => boolean;
  /** Whether the last run reached code that no run had. */
  readonly reachedNew?: () => boolean;
  readonly findingsMax?: number;
}

export interface FuzzReport {
  readonly runs: number;
  readonly corpus: number;
  readonly findings: readonly Finding[];
  readonly slowestMs: number;
}

export function fuzz(target: FuzzTarget, setting: FuzzSetting): FuzzReport {
  const { seed, runsMax, expired = () => false, reachedNew = () => false, findingsMax = 20 } = setting;
  const random = new Random(seed);
  const corpus = [...target.seeds()];
  if (corpus.length === 0) throw new RangeError(`${target.name}: there are no inputs to start from`);
  const findings: Finding[] = [];
  const state = { runs: 0, slowestMs: 0 };
  const run = (input: Uint8Array) => {
    state.runs += 1;
    const what = fault(target, input, state);
    if (what !== null && !findings.some((known) => known.what === what)) findings.push({ input, what });
  };
  // Once unmeasured: the first runs compile the code.
  for (const input of corpus) attempt(target, input);
  for (const input of corpus.slice()) run(input);
  reachedNew();
  while (state.runs < runsMax && findings.length < findingsMax && !expired()) {
    let input = random.of(corpus);
    for (let left = 1 + random.below(MUTATIONS_MAX); left > 0; left--)
      input = target.mutate(input, random, random.of(corpus));
    if (input.length > INPUT_BYTES_MAX) continue;
    run(input);
    if (!reachedNew()) continue;
    if (corpus.length < CORPUS_MAX) corpus.push(input);
    else corpus[random.below(CORPUS_MAX)] = input;
  }
  return { runs: state.runs, corpus: corpus.length, findings, slowestMs: state.slowestMs };
}

/** What is wrong with the run of one input, in a line that is the same for the same fault; null: nothing. */
function fault(target: FuzzTarget, input: Uint8Array, state: { slowestMs: number }): string | null {
  let least = look(target, input);
  for (let looks = 0; isRemarkable(least) && looks < SECOND_LOOKS; looks++) {
    globalThis.gc?.();
    const again = look(target, input);
    least = {
      thrown: least.thrown ?? again.thrown,
      ms: Math.min(least.ms, again.ms),
      bytes: Math.min(least.bytes, again.bytes),
    };
  }
  if (least.thrown !== null) return least.thrown;
  state.slowestMs = Math.max(state.slowestMs, least.ms);
  if (least.ms > RUN_MS_MAX) return `took more than ${RUN_MS_MAX} ms`;
  return least.bytes > RUN_BYTES_MAX ? `took more than ${RUN_BYTES_MAX} bytes` : null;
}

interface Look {
  readonly thrown: string | null;
  readonly ms: number;
  readonly bytes: number;
}

/** From a fifth of what it may take: the report is to say what inputs cost, not what else the machine did. */
const isRemarkable = ({ thrown, ms, bytes }: Look) =>
  thrown === null && (ms > RUN_MS_MAX / 5 || bytes > RUN_BYTES_MAX);

function look(target: FuzzTarget, input: Uint8Array): Look {
  const before = takenBytes();
  const started = process.cpuUsage();
  const thrown = attempt(target, input);
  const { user, system } = process.cpuUsage(started);
  return { thrown, ms: (user + system) / 1_000, bytes: takenBytes() - before };
}

/** What it threw, if anything. */
function attempt(target: FuzzTarget, input: Uint8Array): string | null {
  try {
    target.run(input);
    return null;
  } catch (error) {
    return firstLines(error);
  }
}

function takenBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** The message and where it was thrown: two throws of one line are one finding. */
function firstLines(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  return `threw ${(error.stack ?? error.message).split('\n').slice(0, 2).join(' ')}`;
}
