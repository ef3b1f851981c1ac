/** A hotel's desk: check-ins by its own system while gates tap, and what that costs the gates, in one run. */
import { createCity } from '../../platform/city.ts';
import type { Run } from '../drive/run.ts';
import { namedThreadUs } from '../drive/thread-times.ts';
import { type CheckIns, checkGuestsIn, OPERATIONS } from '../hotel/check-ins.ts';
import type { DocumentClient } from '../hotel/client-of-document.ts';
import { type BenchDesk, benchDesk, hotelSystem } from '../hotel/desk-of-run.ts';
import { Guests } from '../hotel/guests.ts';
import { compareSamples } from '../report/compare.ts';
import { compact } from '../report/figures.ts';
import type { Check, Statement } from '../report/result.ts';
import { compileUnderLoad, drivenProfile } from './driven.ts';
import type { Profile, ProfileOutcome } from './profile.ts';

const ABOUT = '50 check-ins a second at a hotel’s desk, while gates tap; the gates’ p99 with and without';
/** Half of what `bench capacity` holds on two cores. */
const GATES_PER_S = 2_500;
const CHECK_INS_PER_S = 50;
const CHECK_IN_P99_MS = 100;
const SECONDS = 20;
const TURNS = 2;
const WARM_UP_S = 2;
const ALONE = 'gates alone';
const BESIDE = 'gates beside check-ins';

export const hotel: Profile = {
  name: 'hotel',
  about: ABOUT,
  async run(bench) {
    const desk = await benchDesk();
    try {
      const finished = await profileAt(desk).run(bench);
      // Port and keys are of this run alone: another has its own.
      const { hotel: own, ...given } = finished.result.settings;
      const { limits } = own as { readonly limits: object };
      return { ...finished, result: { ...finished.result, settings: { ...given, hotel: { limits } } } };
    } finally {
      desk.remove();
    }
  },
};

function profileAt({ url, settings }: BenchDesk): Profile {
  return drivenProfile({
    ...{ name: 'hotel', about: ABOUT, cards: 10_000, chips: 'both', elsewhere: false, settings },
    async drive(run) {
      const [rate, seconds] = [run.options.rate ?? GATES_PER_S, run.options.seconds ?? SECONDS];
      await compileUnderLoad(run, rate);
      const client = await hotelSystem(run, url, OPERATIONS);
      const guests = new Guests(createCity(run.fleet.city), run.options.seed);
      const warm = guests.draw(CHECK_INS_PER_S * Math.min(WARM_UP_S, seconds));
      await checkGuestsIn(client, warm, CHECK_INS_PER_S, Date.now());
      const turns: Turn[] = [];
      for (let n = 0; n < TURNS; n += 1) turns.push(await turn(run, { client, guests, rate, seconds }));
      return outcomeOf(run, turns);
    },
  });
}

/** Gates alone, then beside check-ins. */
interface Turn {
  readonly alone: Gates;
  readonly beside: Gates;
  readonly checkIns: CheckIns;
  /** Processor time of the desk's thread, microseconds; null: the system does not tell. */
  readonly deskUs: number | null;
}

interface Gates {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** p99 of each second. */
  readonly p99sMs: readonly number[];
}

interface Load {
  readonly client: DocumentClient;
  readonly guests: Guests;
  readonly rate: number;
  readonly seconds: number;
}

async function turn(run: Run, { client, guests, rate, seconds }: Load): Promise<Turn> {
  const alone = await gates(run, { name: ALONE, rate, seconds });
  const arriving = guests.draw(Math.ceil(CHECK_INS_PER_S * seconds));
  const { pid } = run.gateway;
  const deskTime = () => (pid === null ? null : namedThreadUs(pid, 'desk'));
  let checkingIn: Promise<CheckIns> | null = null;
  const before = deskTime();
  const beside = await gates(run, {
    ...{ name: BESIDE, rate, seconds },
    onStart: (startAtMs) => {
      checkingIn = checkGuestsIn(client, arriving, CHECK_INS_PER_S, startAtMs);
    },
  });
  const checkIns = await (checkingIn as Promise<CheckIns> | null);
  const after = deskTime();
  if (checkIns === null) throw new Error('no phase was begun');
  return { alone, beside, checkIns, deskUs: before === null || after === null ? null : after - before };
}

async function gates(run: Run, options: Parameters<Run['phase']>[0]): Promise<Gates> {
  const before = run.samples['p99_ms']?.length ?? 0;
  const { latency } = (await run.phase(options)).phase;
  const p99sMs = run.samples['p99_ms']?.slice(before) ?? [];
  return { p50Ms: latency.p50_ms, p99Ms: latency.p99_ms, p99sMs };
}

function outcomeOf(run: Run, turns: readonly Turn[]): ProfileOutcome {
  const all = turns.map((each) => each.checkIns);
  const done = all.flatMap((each) => each.latenciesMs);
  const judging = all.flatMap((each) => each.judgingMs);
  const wished = all.reduce((sum, each) => sum + each.wished, 0);
  const firstWrong = all.find((each) => each.firstWrong !== null)?.firstWrong ?? null;
  const us = turns.map((each) => each.deskUs);
  const deskMs = us.includes(null) ? null : us.reduce<number>((sum, each) => sum + (each ?? 0), 0) / 1_000;
  run.wrong += wished - done.length;
  if (firstWrong !== null) run.warnings.add(`a check-in was not done: ${firstWrong}`);
  const p99Ms = percentile(done, 0.99);
  return {
    title: 'Hotel: check-ins beside gates',
    headline: { name: 'check-in, p99', value: p99Ms, unit: 'ms' },
    figures: [
      { name: 'check-ins', value: done.length, unit: 'guests' },
      ...([0.5, 0.95, 0.99, 1] as const).map((part) => ({
        name: `check-in (judged, matched and written), ${part === 1 ? 'max' : `p${100 * part}`}`,
        ...{ value: percentile(done, part), unit: 'ms' },
      })),
      { name: 'judging alone, p50', value: percentile(judging, 0.5), unit: 'ms' },
      { name: 'judging alone, p99', value: percentile(judging, 0.99), unit: 'ms' },
      ...(deskMs === null || done.length === 0
        ? []
        : [
            {
              name: 'processor time of the desk’s thread',
              value: deskMs / done.length,
              unit: 'ms a check-in',
            },
          ]),
    ],
    statements: [unchanged(turns)],
    tables: [tableOf(turns)],
    checks: [checkInsCheck(wished, done.length, p99Ms)],
  };
}

function checkInsCheck(wished: number, done: number, p99Ms: number): Check {
  const limit = `all done, p99 at most ${CHECK_IN_P99_MS} ms`;
  const seen = `${done} of ${wished} done, p99 ${compact(p99Ms)} ms`;
  return { name: 'check-ins', limit, seen, passed: done === wished && done > 0 && p99Ms <= CHECK_IN_P99_MS };
}

/** The medians of the seconds' p99 differ by no more than their noise, as two runs are compared. */
function unchanged(turns: readonly Turn[]): Statement {
  const alone = turns.flatMap((each) => each.alone.p99sMs);
  const beside = turns.flatMap((each) => each.beside.p99sMs);
  const { verdict, baseline, now, ratio, low, high } = compareSamples('p99_ms', alone, beside);
  return {
    statement: 'Check-ins leave the gates’ p99 as it is, within noise',
    holds: verdict === 'no difference seen' || verdict === 'faster',
    seen: `${verdict}: median of the seconds’ p99 ${compact(baseline)} ms alone, ${compact(now)} ms beside, ratio ${compact(ratio)} (95 % from ${compact(low)} to ${Number.isFinite(high) ? compact(high) : '∞'})`,
  };
}

function tableOf(turns: readonly Turn[]) {
  return {
    title: 'Gates alone and beside check-ins, ms',
    about: 'Of all taps of a phase; the last column is p99 beside by p99 alone.',
    columns: ['turn', 'p50 alone', 'p50 beside', 'p99 alone', 'p99 beside', 'ratio of p99'],
    rows: turns.map(({ alone, beside }, n) => [
      ...[n + 1, alone.p50Ms, beside.p50Ms, alone.p99Ms, beside.p99Ms],
      beside.p99Ms / alone.p99Ms,
    ]),
  };
}

/** `part`: 0 to 1; 1 is the largest. */
function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
