/**
 * What the city's rules cost a tap on the main thread: from the look-up of the scene to the answer's facts, and of encoding the record,
 * at scenes that ask nothing and, the same taps, at scenes that ask for groups, requirements and direction. The difference is the policy's cost.
 * `node bench/policy.ts [--scenes 300] [--taps N] [--rounds N] [--seed TEXT] [--json]`
 */
import { parseArgs } from 'node:util';
import type { Journal } from '../gateway/journal/journal.ts';
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import { encodeRecord } from '../gateway/journal/record/record-encoder.ts';
import { Passages } from '../gateway/tap/5-decide/passages.ts';
import { ReplayWindow } from '../gateway/tap/5-decide/replay-window.ts';
import { RiskBudget } from '../gateway/tap/5-decide/risk-budget.ts';
import { Append, type Decided } from '../gateway/tap/6-journal/append.ts';
import { Judge } from '../gateway/tap/judge.ts';
import { thisMachine } from './machine.ts';
import { cards, KINDS, type Kind, members, type ShownTap, Shows, START_MS, tableOf } from './policy-taps.ts';

const { values: options } = parseArgs({
  options: {
    scenes: { type: 'string', default: '300' },
    taps: { type: 'string', default: '5120' },
    rounds: { type: 'string', default: '40' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
  },
});

/** As many as proofs end together under load. */
const BATCH = 16;
/** Made at once, and measured: so few that what is made does not outlive a scavenge. */
const CHUNK = 128;
const US_PER_MS = 1_000;
/** The issue's: of a tap at a scene that asks for everything, beside one that asks nothing. */
const TARGET_US = 2;

/** Microseconds per tap, of one chunk. */
interface Cost {
  readonly judgedUs: number;
  readonly encodedUs: number;
}
type Times = ReadonlyMap<Kind, readonly Cost[]>;

let encodedBytes = 0;

function main(): void {
  const rounds = Number(options.rounds);
  const tapsPerRound = Math.ceil(Number(options.taps) / CHUNK) * CHUNK;
  const table = tableOf(Number(options.scenes));
  const shows = new Shows(options.seed, table);
  const passages = new Passages(500_000);
  for (const scene of table.scenes) {
    const { direction } = table.policyOf(scene) ?? {};
    if (direction) passages.watch(direction.area);
  }
  const journal = { epoch: '0123456789abcdef', nextPosition: 1, append } satisfies Partial<Journal>;
  const keeping = new Append(journal as unknown as Journal, 'bench', 'HMAC-SHA-256');
  const times = new Map<Kind, Cost[]>(KINDS.map((kind) => [kind, []]));
  const codes: Record<string, number> = {};
  const judge = new Judge({
    ...{ replay: new ReplayWindow(4_000_000, START_MS), budget: new RiskBudget(1), passages },
    ...{ cardList: () => cards, namedList: () => members, replayWindowMs: 60_000, forgetMs: () => START_MS },
    mode: () => ({ mode: 'lists', forced: false, sinceMs: START_MS, mayAskLive: false }),
  });
  for (let round = 0; round <= rounds; round += 1) {
    for (let done = 0; done < tapsPerRound; done += CHUNK) {
      for (let turn = 0; turn < KINDS.length; turn += 1) {
        // In turns, and each begins as often as the others.
        const kind = KINDS[(turn + done / CHUNK) % KINDS.length] ?? 'nothing';
        const cost = measure(Array.from({ length: CHUNK }, () => shows.next(kind, table.revision)));
        // The first round makes tables and compiles.
        if (round > 0) times.get(kind)?.push(cost);
      }
    }
  }
  report(table.scenes.length, times, codes);

  function measure(taps: readonly ShownTap[]): Cost {
    const inForce = judge.stateInForce();
    const decided: Decided[] = [];
    const began = performance.now();
    for (const { scene, verdict, flight, atMs } of taps) {
      const policy = table.policyOf(scene);
      if (policy === null) throw new Error('a scene that is there');
      const one = judge.judge(
        { flight: Object.assign(flight, { policy }), verdict },
        { kind: 'not_wanted' },
        inForce,
        { trustRevision: '0123456789abcdef', trustGrace: false, atMs },
      );
      if (typeof one === 'string') throw new Error(one);
      codes[one.decision.code] = (codes[one.decision.code] ?? 0) + 1;
      decided.push(one);
    }
    for (let at = 0; at < decided.length; at += BATCH) void keeping.keep(decided.slice(at, at + BATCH));
    const judgedAt = performance.now();
    for (const record of made.splice(0)) encodedBytes += encodeRecord(record, record.atMs).length;
    const encodedAt = performance.now();
    const perTap = US_PER_MS / taps.length;
    return { judgedUs: (judgedAt - began) * perTap, encodedUs: (encodedAt - judgedAt) * perTap };
  }
}

/** Records of the taps that were just judged. */
const made: DecisionRecord[] = [];

async function append(records: readonly DecisionRecord[]): Promise<void> {
  made.push(...records);
}

function report(scenes: number, times: Times, codes: Readonly<Record<string, number>>): void {
  const plain = medianCost(times.get('nothing') ?? []);
  const figures = [...times].map(([kind, all]) => {
    const { judgedUs, encodedUs } = medianCost(all);
    return {
      ...{ asks: kind, us_per_tap: rounded(judgedUs), added_us: rounded(judgedUs - plain.judgedUs) },
      p10_us: rounded(
        quantile(
          all.map((each) => each.judgedUs),
          0.1,
        ),
      ),
      ...{ record_us: rounded(encodedUs), record_added_us: rounded(encodedUs - plain.encodedUs) },
    };
  });
  const wrong = Object.entries(codes).reduce(
    (sum, [code, count]) => (code === 'allow.good' ? sum : sum + count),
    0,
  );
  const most = figures.find(({ asks }) => asks === 'everything')?.added_us ?? Number.NaN;
  const said = {
    ...{ benchmark: 'policy', seed: options.seed, scenes, taps: Number(options.taps) },
    ...{ rounds: Number(options.rounds), figures, target_us: TARGET_US, within_target: most <= TARGET_US },
    ...{ wrong_decisions: wrong, codes, encoded_bytes: encodedBytes, machine: thisMachine() },
  };
  process.stdout.write(options.json ? `${JSON.stringify(said)}\n` : textOf(said));
  if (wrong > 0) process.exitCode = 1;
}

function textOf({
  figures,
  machine,
  ...rest
}: { readonly figures: readonly Record<string, unknown>[]; readonly machine: unknown } & Record<
  string,
  unknown
>): string {
  const row = (cells: readonly unknown[]) => `  ${cells.map((cell) => String(cell).padEnd(17)).join('')}`;
  const names = ['asks', 'us_per_tap', 'added_us', 'p10_us', 'record_us', 'record_added_us'];
  return [
    '\n  Time of the main thread, from the look-up of the scene to the answer’s facts; then of encoding the record',
    row(names),
    ...figures.map((each) => row(names.map((name) => each[name]))),
    '',
    ...Object.entries({ ...rest, machine }).map(
      ([name, value]) =>
        `  ${name.padEnd(18)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    ),
    '',
  ].join('\n');
}

/** The median chunk was disturbed neither by other processes nor by the garbage collector. */
function medianCost(all: readonly Cost[]): Cost {
  return {
    judgedUs: quantile(
      all.map(({ judgedUs }) => judgedUs),
      0.5,
    ),
    encodedUs: quantile(
      all.map(({ encodedUs }) => encodedUs),
      0.5,
    ),
  };
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}

function rounded(us: number): number {
  return Math.round(us * US_PER_MS) / US_PER_MS;
}

main();
