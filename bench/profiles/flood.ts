/** Flood: three times what it can judge. What is shed, what is answered, whom it favours, and how late it is. */
import { DEVICE_CLASSES, type DeviceClass } from '../../gateway/verification.ts';
import type { Tally } from '../drive/tally.ts';
import type { Table } from '../report/result.ts';
import { compileUnderLoad, drivenProfile, RIGHT_AND_ANSWERED } from './driven.ts';
import { classesFavoured, deadlinesKept, partJudged } from './flood-judgement.ts';
import { loadsTable, searchThroughput } from './throughput-search.ts';

const TIMES = 3;
const START_RATE = 8_000;
const SEARCH_STEP_S = 2;
const FLOOD_S = 10;
const AFTERWARDS_S = 3;

export const flood = drivenProfile({
  name: 'flood',
  about: '3 × what it can judge, from gates, desks and batches: what is shed, what is answered',
  cards: 10_000,
  chips: 'sm2',
  classes: DEVICE_CLASSES,
  // To be refused is what a flood is for.
  objective: () => RIGHT_AND_ANSWERED,
  measures: ['unanswered', 'wrong'],
  elsewhere: false,
  async drive(run) {
    const { rate, seconds } = run.options;
    const { limits } = run.gateway;
    if (limits === null) throw new RangeError('a flood is of a gateway of its own');
    await compileUnderLoad(run, rate ?? START_RATE);
    const search = { startRate: START_RATE, stepSeconds: SEARCH_STEP_S };
    const found = rate === null ? await searchThroughput(run, search) : { rate, tried: [] };
    const most = Math.max(1, found.rate);
    const lasting = seconds ?? FLOOD_S;
    const outcome = await run.phase({ name: 'flood', rate: most * TIMES, seconds: lasting });
    const afterwards_s = Math.min(AFTERWARDS_S, seconds ?? AFTERWARDS_S);
    await run.phase({ name: 'afterwards', rate: most / 2, seconds: afterwards_s });
    const seen = {
      gate: outcome.ofClass('gate'),
      desk: outcome.ofClass('desk'),
      batch: outcome.ofClass('batch'),
    };
    const deadlines: Readonly<Record<DeviceClass, number>> = {
      gate: limits.deadline_gate_ms,
      desk: limits.deadline_desk_ms,
      batch: limits.deadline_batch_ms,
    };
    return {
      title: 'Flood: three times what it can judge',
      headline: {
        name: 'judged in the flood',
        value: outcome.tally.judgedMeanwhile / lasting,
        unit: 'taps/s',
      },
      figures: [
        { name: 'judged at most, of which it is three times', value: Math.round(most), unit: 'taps/s' },
      ],
      statements: [deadlinesKept(seen, deadlines), classesFavoured(seen)],
      tables: [classesTable(seen), ...(found.tried.length > 0 ? [loadsTable(found.tried)] : [])],
    };
  },
});

function classesTable(seen: Readonly<Record<DeviceClass, Tally>>): Table {
  return {
    title: 'Flood by class',
    about:
      'Judged: while the flood lasted. Latest: of judged taps, from sending, which is what a deadline counts.',
    columns: ['class', 'meant', 'judged %', 'shed', 'p50 ms', 'p99 ms', 'latest ms', 'p99 ms of shed'],
    rows: DEVICE_CLASSES.map((each) => {
      const { latency, refusals, intended, refused, latestFromSendingMs } = seen[each];
      const judged = 100 * partJudged(seen[each]);
      const ms = [latency.p50_ms, latency.p99_ms, latestFromSendingMs, refusals.p99_ms];
      return [each, intended, judged, refused, ...ms];
    }),
  };
}
