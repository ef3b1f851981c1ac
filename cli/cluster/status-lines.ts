/** What `onecard cluster status` prints: a line for each gateway, what was accepted alone, what is wrong and what to do. */
import type { ClusterReport } from '../../gateway/cluster/members/cluster-report.ts';
import { waiting } from '../../gateway/cluster/members/standing.ts';
import { textTable } from '../../reports/text-table.ts';

type Formatter = (text: string) => string;

export interface Colours {
  readonly red: Formatter;
  readonly yellow: Formatter;
  readonly green: Formatter;
  readonly dim: Formatter;
  readonly bold: Formatter;
}

type Row = ClusterReport['members'][number];

const COLUMNS = [
  { title: 'gateway' },
  { title: 'state' },
  { title: 'mode' },
  { title: 'taps/s', isNumber: true },
  { title: 'queue', isNumber: true },
  { title: 'outbox', isNumber: true },
  { title: 'list' },
  { title: 'store p50/p99' },
  { title: 'bus' },
  { title: 'lag', isNumber: true },
  { title: 'version' },
];

export function statusLines(report: ClusterReport, colours: Colours): string[] {
  const { cluster, asked, members, problems, sees, ok } = report;
  const who = asked === null ? 'as the bus has it' : `as ${asked} knows it`;
  const head = `${colours.bold(cluster)}  ${count(members.length, 'gateway')}, ${who}, ${instant(report.at_ms)}`;
  const [titles = '', rule = '', ...rows] = textTable(
    COLUMNS,
    members.map((row) => cellsOf(row, report.at_ms)),
  )
    .trimEnd()
    .split('\n');
  const painted = rows.map((line, i) => painter(members[i], report, colours)(line));
  return [
    head,
    '',
    colours.dim(titles),
    colours.dim(rule),
    ...painted,
    ...outageLines(members),
    ...problems.flatMap(({ level, sentence, remedy }) => [
      '',
      `${level === 'fault' ? colours.red('fault') : colours.yellow('warning')}  ${printable(sentence)}`,
      `         ${printable(remedy)}`,
    ]),
    ...(sees === 'alone' ? ['', 'It has no bus (cluster.bus), so it knows of itself alone.'] : []),
    '',
    ok
      ? colours.green(problems.length === 0 ? 'All is well.' : 'It works.')
      : colours.red('Something is wrong.'),
  ];
}

function cellsOf({ word, state, heard_at_ms }: Row, nowMs: number): string[] {
  const { mode, store, bus, list, journal } = word;
  const isSaid = state === 'here' || state === 'quiet';
  return [
    word.gateway + (word.station === null ? '' : ` (${word.station})`),
    stateText(word, state, nowMs - heard_at_ms),
    mode,
    isSaid ? word.taps_per_s.toFixed(1) : '-',
    isSaid ? String(word.queue) : '-',
    String(waiting(journal)),
    list.revision === null ? 'none' : `${list.revision}, ${spanText(list.age_ms ?? 0)}`,
    store === null
      ? '-'
      : store.reachable
        ? latencyText(store)
        : `silent ${spanText(nowMs - store.since_ms)}`,
    bus === null
      ? '-'
      : bus.reachable
        ? `${msText(bus.round_trip_ms)} ms`
        : `cut ${spanText(nowMs - bus.since_ms)}`,
    word.cursors.length === 0 ? '-' : String(Math.max(...word.cursors.map(({ lag }) => lag))),
    word.version,
  ];
}

function stateText({ ready, leaving }: Row['word'], state: Row['state'], silentMs: number): string {
  if (state === 'gone') return `gone ${spanText(silentMs)}`;
  if (state === 'left') return `left ${spanText(silentMs)}`;
  if (leaving) return 'leaving';
  if (state === 'quiet') return 'quiet';
  return ready ? 'ready' : 'not ready';
}

function painter(
  row: Row | undefined,
  { problems }: ClusterReport,
  colours: Colours,
): (line: string) => string {
  const gateway = row?.word.gateway ?? '';
  const level = problems.find(({ gateways }) => gateways.includes(gateway))?.level;
  if (level === 'fault') return colours.red;
  if (level === 'warning') return colours.yellow;
  return row?.state === 'left' ? colours.dim : (line) => line;
}

/** What each accepted in its last outage, and what became of it. */
function outageLines(members: readonly Row[]): string[] {
  const lines = members.flatMap(({ word: { gateway, outages } }) => {
    const [last] = outages;
    if (last === undefined) return [];
    const { from_ms, to_ms, accepted, compared, twice } = last;
    const became =
      compared === null
        ? 'the platform has told nothing of them yet'
        : `${compared} are at the platform, ${twice ?? 0} of them accepted elsewhere too`;
    return [`${gateway} accepted ${accepted} alone, ${instant(from_ms)} to ${instant(to_ms)}: ${became}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function latencyText({ p50_ms, p99_ms }: NonNullable<Row['word']['store']>): string {
  return p50_ms === null ? 'answers' : `${msText(p50_ms)}/${msText(p99_ms)} ms`;
}

const msText = (ms: number | null) => (ms === null ? '-' : ms < 10 ? ms.toFixed(1) : ms.toFixed(0));

function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** What others wrote must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '?');
}
