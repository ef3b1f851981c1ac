/** A run of a city as tables for the terminal. */
import colors from 'picocolors';
import { compact } from '../report/figures.ts';
import type { Table } from '../report/result.ts';
import { tableLines } from '../report/table.ts';
import type { CityReport, LoadReport, Percentiles } from './city-report.ts';
import { type Parts, TRAFFIC_KINDS, USED, type Used } from './traffic.ts';

const BYTES_PER_MIB = 1_048_576;

export function cityTable(report: CityReport): string {
  const { machine, versions, options, real, loads, warnings, passed } = report;
  const said = (values: object) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join('   ');
  const faults = loads.flatMap(({ rate, faults: all }) => all.map((each) => `${rate}/s: ${each}`));
  const memory =
    real.bus_memory_bytes === null
      ? ''
      : `, which holds ${compact(real.bus_memory_bytes / BYTES_PER_MIB)} MiB`;
  const lines = [
    passed
      ? colors.green('✓ every answer right, nothing lost')
      : colors.red('✗ an answer was wrong, or something was lost'),
    ...faults.map((each) => colors.red(`  ${each}`)),
    '',
    colors.bold(`A city of ${compact(real.gateways)} gateways`),
    colors.dim(`  ${report.started_at}   seed ${options['seed']}   commit ${report.commit}`),
    colors.dim(`  ${said(machine)}`),
    colors.dim(`  ${said(versions)}`),
    '',
    `  real: ${compact(real.gateways)} gateways with a connection each to the store and to the bus${memory}; their own cursors, uploads`,
    '  and questions by the modules of a gateway. Not there: verifying, judging and keeping, at gateways and at the platform.',
    ...[partsTable(report.parts), loadsTable(loads), busTable(loads), ...loads.map(comparedTable)].flatMap(
      (table) => ['', ...tableLines(table)],
    ),
    '',
    `  the store held ${report.store_bytes_per_key === null ? 'an unknown number of' : compact(report.store_bytes_per_key)} bytes a key`,
    ...warnings.map((each) => colors.yellow(`  ! ${each}`)),
  ];
  return `${lines.join('\n')}\n`;
}

const TOLD: Readonly<Record<(typeof TRAFFIC_KINDS)[number], string>> = {
  questions: 'a question',
  uploads: 'an upload, without its records',
  records: 'a record in it',
  deltas: 'a delta to all gateways',
  words: 'a word of a gateway',
};

function partsTable({ idle, per }: Parts): Table {
  const names = Object.keys(USED) as (keyof Used)[];
  const cell = (value: number | null) => (value === null ? 'not told' : compact(value));
  return {
    title: 'The model: what each takes by itself',
    about: 'Measured alone, less what is used with no traffic at all (the last column, per second).',
    columns: ['', ...TRAFFIC_KINDS.map((kind) => TOLD[kind]), 'nothing'],
    rows: names.map((name) => [
      `${USED[name].name}, ${USED[name].unit.replace('/s', '').trim() || 'each'}`,
      ...TRAFFIC_KINDS.map((kind) => cell(per[kind][name])),
      cell(idle[name]),
    ]),
  };
}

function loadsTable(loads: readonly LoadReport[]): Table {
  return {
    title: 'Questions',
    about:
      'All traffic together. Latency from the time a question was due. Baseline: as many over one bare connection, alone; ratio: of ' +
      'the gateways’ client over it. Late: no answer within the deadline of 5 ms, so a gateway decides alone.',
    columns: [
      ...[
        'rate/s',
        'answered',
        'wrong',
        'late',
        'p50 ms',
        'p99 ms',
        'max ms',
        'sent late p99 ms',
        'client µs',
      ],
      ...['baseline p50', 'p99', 'µs', 'ratio p50', 'p99', 'µs'],
    ],
    rows: loads.map(({ rate, questions, baseline, ratios }) => [
      ...[rate, questions.answered, questions.wrong, questions.late, questions.p50_ms, questions.p99_ms],
      ...[questions.max_ms, questions.sent_late_p99_ms, questions.client_us],
      ...[baseline.p50_ms, baseline.p99_ms, baseline.client_us, ratios.p50, ratios.p99, ratios.client_us],
    ]),
  };
}

function busTable(loads: readonly LoadReport[]): Table {
  const of = ({ p50_ms, p99_ms, max_ms }: Percentiles) => [p50_ms, p99_ms, max_ms];
  return {
    title: 'Bus',
    about:
      'Upload: from its publication to the word of the platform. Delta: from the time it was due to each gateway, and to the last.',
    columns: [
      ...['rate/s', 'uploads', 'p50 ms', 'p99 ms', 'max ms'],
      ...['delta p50 ms', 'p99 ms', 'max ms', 'to the last p50 ms', 'p99 ms', 'max ms'],
    ],
    rows: loads.map(({ rate, confirmed, delta_at_gateway: each, delta_at_last: last }) => [
      ...[rate, confirmed.count, ...of(confirmed), ...of(each), ...of(last)],
    ]),
  };
}

function comparedTable({ rate, compared }: LoadReport): Table {
  const cell = (value: number | null) => value ?? 'not told';
  return {
    title: `${compact(rate)}/s: model and measurement`,
    about: 'Per second.',
    columns: ['', 'model', 'measured', 'unit', 'measured ÷ model'],
    rows: compared.map(({ name, unit, model, measured, ratio }) => [
      ...[name, cell(model), cell(measured), unit, ratio === null ? '' : ratio],
    ]),
  };
}
