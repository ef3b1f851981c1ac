/** Metrics of what carries the gateway through an outage: the link, live status, modes, and the journal on its way. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DiskReport, DiskState } from '../journal/disk-room.ts';
import { CLOCK_SOURCES, type ClockOffsets } from '../knowledge/clock/clock-watch.ts';
import type { ModeState } from '../knowledge/mode/mode.ts';
import type { BatchedEvents } from '../live/batched-asking.ts';
import type { BreakerState } from '../live/breaker.ts';
import type { UnjudgedCounts } from '../outbox/rejudge.ts';

/** What is read when metrics are collected. */
export interface OutageGauges {
  mode(): ModeState;
  /** Name, age in milliseconds and cards of each list in force. */
  lists(): Iterable<{ readonly name: string; readonly ageMs: number; readonly cards: number }>;
  /** Milliseconds since 1970 UTC; infinite for trust from a file. */
  trustExpiresAtMs(): number;
  /** Records on disk that the platform has not confirmed. */
  outboxWaiting(): number;
  /** Null where the journal's disk is not watched. */
  disk(): DiskReport | null;
  clockOffsets(): ClockOffsets;
  clockIsSuspect(): boolean;
  /** How long a checkpoint of the journal has been waiting for its signature. */
  checkpointWaitingMs(): number;
}

export type OutageMetrics = ReturnType<typeof createOutageMetrics>;

const LIVE_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 0.8, 1];
const DISK_STATES: readonly DiskState[] = ['ok', 'short', 'full'];
const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'half_open'];

export function createOutageMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `onecard_${name}`, help, labelNames: [...labelNames], registers });
  const linkFaults = counter(
    'link_faults_total',
    'What the platform link refused or could not do, and why.',
    ['what', 'fault'],
  );
  const deltas = counter('list_deltas_total', 'Deltas of the card list put in force.', []);
  const modeChanges = counter('mode_changes_total', 'Changes of the mode.', ['from', 'to', 'forced']);
  const probes = counter('probes_total', 'Looks whether the platform answers, and what came of them.', [
    'result',
  ]);
  const rejudged = counter('rejudged_total', 'Decisions judged again by a newer list.', ['result']);
  const unjudged = counter(
    'unjudged_total',
    'Decisions made without the platform that no newer list can judge again, by why.',
    ['why'],
  );
  const lost = counter('journal_lost_records_total', 'Unconfirmed records given up for want of room.', []);
  const conflicts = counter(
    'journal_conflicts_total',
    'Times the platform held other records under names of this journal: its folder was restored or copied.',
    [],
  );
  return {
    conflictMet: () => conflicts.inc(),
    linkFault: (what: string, fault: string) => linkFaults.labels(what, fault).inc(),
    deltasApplied: (count: number) => deltas.inc(count),
    modeChanged: (from: ModeState, to: ModeState) =>
      modeChanges.labels(from.mode, to.mode, String(to.forced)).inc(),
    probed: (fault: string | null) => probes.labels(fault ?? 'ok').inc(),
    rejudged(judged: number, differing: number, cannot: UnjudgedCounts) {
      rejudged.labels('same').inc(judged - differing);
      rejudged.labels('differs').inc(differing);
      for (const [why, count] of Object.entries(cannot)) unjudged.labels(why).inc(count);
    },
    recordsLost: (records: number) => lost.inc(records),
    live: liveEvents(registers, 'live', 'live status'),
    matches: liveEvents(registers, 'matches', 'whether a holder has a name and number'),
    pins: liveEvents(registers, 'pins', 'whether a PIN is right'),
    codes: liveEvents(registers, 'codes', 'what online codes mean'),
    watch: (gauges: OutageGauges) => watch(registers, gauges),
  };
}

/** Of one kind of question: `name` is in the metrics' names, `what` in their descriptions. */
function liveEvents(registers: Registry[], name: string, what: string): BatchedEvents<string> {
  const labelled = <L extends string>(ending: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `onecard_${ending}`, help, labelNames: [...labelNames], registers });
  const answers = labelled(`${name}_answers_total`, `What became of asking for ${what}.`, [
    'class',
    'answer',
  ]);
  const requests = labelled(`${name}_requests_total`, `Requests for ${what}, and what came of them.`, [
    'class',
    'result',
  ]);
  const retries = labelled(`${name}_retries_total`, `Requests for ${what} that were sent again.`, ['class']);
  const seconds = new Histogram({
    name: `onecard_${name}_seconds`,
    help: `From a question for ${what} to its answer, whatever it was.`,
    labelNames: ['class'],
    buckets: LIVE_SECONDS,
    registers,
  });
  const breaker = new Gauge({
    name: `onecard_${name}_breaker`,
    help: '1 for the state the breaker is in.',
    labelNames: ['class', 'state'],
    registers,
  });
  return {
    asked: () => {},
    answered(askingClass, kind, elapsedMs) {
      answers.labels(askingClass, kind).inc();
      seconds.labels(askingClass).observe(elapsedMs / 1_000);
    },
    request: (askingClass, fault) => requests.labels(askingClass, fault ?? 'ok').inc(),
    retried: (askingClass) => retries.labels(askingClass).inc(),
    breaker(askingClass, state) {
      for (const each of BREAKER_STATES) breaker.labels(askingClass, each).set(Number(each === state));
    },
  };
}

function watch(registers: Registry[], gauges: OutageGauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `onecard_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('mode_forced', '1 while an operator has set the mode.', () => Number(gauges.mode().forced));
  gauge(
    'outbox_waiting_records',
    'Records on disk that the platform has not confirmed.',
    gauges.outboxWaiting,
  );
  gauge(
    'trust_expires_timestamp_seconds',
    'When the trust in force expires; infinite for trust from a file.',
    () => gauges.trustExpiresAtMs() / 1_000,
  );
  gauge(
    'disk_free_bytes',
    'Free on the disk of the journal, at the last look.',
    () => gauges.disk()?.freeBytes ?? Number.NaN,
  );
  new Gauge({
    name: 'onecard_disk_state',
    help: "1 for the state of the journal's disk: full means that taps are refused.",
    labelNames: ['state'],
    registers,
    collect() {
      const state = gauges.disk()?.state ?? 'ok';
      for (const each of DISK_STATES) this.labels(each).set(Number(each === state));
    },
  });
  gauge(
    'journal_checkpoint_waiting_seconds',
    'For how long a checkpoint of the journal has been waiting for whoever holds its key.',
    () => gauges.checkpointWaitingMs() / 1_000,
  );
  gauge('clock_suspect', "1 while the machine's clock seems to be wrong.", () =>
    Number(gauges.clockIsSuspect()),
  );
  new Gauge({
    name: 'onecard_clock_offset_seconds',
    help: "By how much the machine's clock is ahead of what a source says; negative: behind.",
    labelNames: ['source'],
    registers,
    collect() {
      this.reset();
      const offsets = gauges.clockOffsets();
      for (const source of CLOCK_SOURCES) {
        const offsetMs = offsets[source];
        if (offsetMs !== undefined) this.labels(source).set(offsetMs / 1_000);
      }
    },
  });
  const byList = (name: string, help: string, read: (list: { ageMs: number; cards: number }) => number) =>
    new Gauge({
      name: `onecard_${name}`,
      help,
      labelNames: ['list'],
      registers,
      collect() {
        this.reset();
        for (const list of gauges.lists()) this.labels(list.name).set(read(list));
      },
    });
  byList(
    'list_age_seconds',
    'Time since a list in force was issued, or found to be the newest.',
    ({ ageMs }) => ageMs / 1_000,
  );
  byList('list_cards', 'Cards on a list in force.', ({ cards }) => cards);
}
