/** Two gateways that are driven in turns with the same taps, told of in one report. */
import type { PhaseOutcome, Run } from '../drive/run.ts';
import type { Table } from '../report/result.ts';
import type { Capacity } from './capacity.ts';
import { ratesTable } from './capacity-search.ts';
import { compileUnderLoad } from './driven.ts';
import type { Pair, PairedCost, Side } from './paired-cost.ts';

const PAIRS = 4;

/** How each is named: the one that the other is compared with first. */
export interface Names {
  readonly alone: string;
  readonly together: string;
}

export interface Runs {
  readonly alone: Run;
  readonly together: Run;
}

export async function drivePairs(
  { alone, together }: Runs,
  names: Names,
  phase: { readonly rate: number; readonly seconds: number },
): Promise<readonly Pair[]> {
  for (const run of [alone, together]) await compileUnderLoad(run, phase.rate);
  const pairs: Pair[] = [];
  for (let n = 0; n < PAIRS; n += 1) {
    const drive = async (run: Run) =>
      sideOf(await run.phase({ name: run === alone ? names.alone : names.together, ...phase }));
    // Whoever goes first has the machine as the phase before left it.
    const first = await drive(n % 2 === 0 ? alone : together);
    const second = await drive(n % 2 === 0 ? together : alone);
    pairs.push(n % 2 === 0 ? { alone: first, together: second } : { alone: second, together: first });
  }
  return pairs;
}

function sideOf({ phase, tally }: PhaseOutcome): Side {
  const { p50_ms: p50Ms, p99_ms: p99Ms } = tally.latency;
  return { usByThread: phase.us_per_tap ?? {}, p50Ms, p99Ms };
}

/** What was seen of `alone` goes into the report of `together`. */
export function oneReport(alone: Run, together: Run): void {
  const laterS = (together.startedAtMs - alone.startedAtMs) / 1_000;
  together.phases.unshift(
    ...alone.phases.map((each) => ({ ...each, from_s: each.from_s - laterS, to_s: each.to_s - laterS })),
  );
  for (const text of alone.warnings) together.warnings.add(text);
}

export function pairsTable({ pairs, byThread }: PairedCost, names: Names): Table {
  const more = ({ alone, together }: Pair, name: string) =>
    (together.usByThread[name] ?? 0) - (alone.usByThread[name] ?? 0);
  return {
    title: 'Pairs',
    about:
      `Each pair is the same taps at the same rate, once ${names.alone} and once ${names.together}, in turns. µs: ` +
      'processor time per tap that the latter costs more, by thread; the last row is the median.',
    columns: [
      'pair',
      `p99 ${names.alone} ms`,
      `p99 ${names.together} ms`,
      ...byThread.map(({ name }) => `${name} µs`),
    ],
    rows: [
      ...pairs.map((pair, n) => [
        n + 1,
        pair.alone.p99Ms,
        pair.together.p99Ms,
        ...byThread.map(({ name }) => more(pair, name)),
      ]),
      ['median', '', '', ...byThread.map(({ us }) => us)],
    ],
  };
}

export function capacityTables(
  capacities: readonly [alone: Capacity, together: Capacity],
  names: Names,
  sloP99Ms: number,
): Table[] {
  return capacities.map(({ tried }, at) => {
    const table = ratesTable(tried, sloP99Ms);
    return { ...table, title: `${table.title}, ${at === 0 ? names.alone : names.together}` };
  });
}
