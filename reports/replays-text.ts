/** What was accepted twice, as text: for a terminal, as CSV, and as JSON. */
import type { Acceptance } from './accepted-again.ts';
import { type CsvValue, csvText } from './csv.ts';
import type { LocalTime } from './local-time.ts';
import type { Outage } from './outages.ts';
import type { ReplayReport } from './replays.ts';
import { textTable } from './text-table.ts';

const OF_ACCEPTANCE = ['gateway', 'id', 'device', 'scene', 'outcome', 'scope', 'at'] as const;
const OF_OUTAGE = ['gateway', 'from', 'to', 'accepted_alone', 'accepted_twice'] as const;

export type ReplayLines = 'doubles' | 'outages';

export function replaysTerminal(report: ReplayReport, time: LocalTime): string {
  const { doubles, outages } = report;
  const tables = [
    ...(outages.length === 0
      ? []
      : [
          textTable(
            OF_OUTAGE.map((title, i) => ({ title: title.replaceAll('_', ' '), isNumber: i >= 3 })),
            outages.map((outage) => outageFields(outage, time).map(String)),
          ),
        ]),
    ...(doubles.length === 0
      ? []
      : [
          textTable(
            ['first accepted', 'at', 'again', 'at', 'scene', 'record'].map((title) => ({ title })),
            doubles.map(({ first, again }) => [
              whereOf(first),
              time.textOf(first.atMs),
              whereOf(again),
              time.textOf(again.atMs),
              again.scene,
              `${again.gateway}:${again.id}`,
            ]),
          ),
        ]),
  ];
  return [...summary(report).map((line) => `${line}\n`), ...tables].join('\n');
}

/** In sentences. */
function summary({ acceptances, alone, moved, tooLate, doubles, outages }: ReplayReport): string[] {
  const presentations = new Set(doubles.map(({ first }) => `${first.gateway} ${first.id}`)).size;
  const twice = outages.reduce((sum, outage) => sum + outage.doubles, 0);
  return [
    `${count(acceptances, 'acceptance')} of presentations that have a name in the cluster.`,
    doubles.length === 0
      ? 'None was accepted twice.'
      : `${count(presentations, 'presentation')} accepted more than once, ${count(doubles.length, 'acceptance')} too many.`,
    alone === 0
      ? 'None was accepted by a gateway alone.'
      : `${count(alone, 'acceptance')} by gateways alone, in ${count(outages.length, 'outage')}; ${twice} of them were accepted elsewhere too.`,
    ...(moved === 0 ? [] : [`${count(moved, 'tap')} decided at a second gateway, since the gate had moved.`]),
    ...(tooLate === 0
      ? []
      : [`${count(tooLate, 'acceptance')} came too late to be held against others (--journals-wait-s).`]),
  ];
}

export function replaysCsv({ doubles, outages }: ReplayReport, lines: ReplayLines, time: LocalTime): string {
  if (lines === 'outages') {
    return csvText(
      OF_OUTAGE,
      outages.map((outage) => outageFields(outage, time)),
    );
  }
  const columns = ['first', 'again'].flatMap((which) => OF_ACCEPTANCE.map((name) => `${which}_${name}`));
  return csvText(
    columns,
    doubles.map(({ first, again }) => [first, again].flatMap((each) => Object.values(fieldsOf(each, time)))),
  );
}

export function replaysJson(report: ReplayReport, time: LocalTime): object {
  const { acceptances, alone, moved, tooLate, doubles, outages } = report;
  return {
    ...{ acceptances, accepted_alone: alone, double_acceptances: doubles.length, moved_taps: moved },
    too_late: tooLate,
    doubles: doubles.map(({ first, again }) => ({
      first: fieldsOf(first, time),
      again: fieldsOf(again, time),
    })),
    outages: outages.map((outage) => {
      const values = outageFields(outage, time);
      return Object.fromEntries(OF_OUTAGE.map((name, i) => [name, values[i] ?? null]));
    }),
  };
}

function fieldsOf(each: Acceptance, time: LocalTime): Record<(typeof OF_ACCEPTANCE)[number], CsvValue> {
  const { gateway, id, device, scene, outcome, scope, atMs } = each;
  return { gateway, id, device, scene, outcome, scope, at: time.textOf(atMs) };
}

function outageFields({ gateway, fromMs, toMs, accepted, doubles }: Outage, time: LocalTime): CsvValue[] {
  return [gateway, time.textOf(fromMs), time.textOf(toMs), accepted, doubles];
}

function whereOf({ gateway, device, scope }: Acceptance): string {
  return `${gateway} ${device} (${scope === 'local' ? 'alone' : scope})`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
