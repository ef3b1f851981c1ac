/** A run of the peers' benchmark for the terminal. */
import colors from 'picocolors';
import type { Machine } from '../machine.ts';
import { compact } from '../report/figures.ts';
import type { Comparison, Figures } from './compare.ts';
import type { VerifyOnly } from './verify-only.ts';

export interface PeersReport {
  readonly seed: string;
  readonly seconds: number;
  readonly connections: number;
  readonly cards: number;
  readonly comparisons: readonly Comparison[];
  readonly verify_only: VerifyOnly;
  readonly warnings: readonly string[];
  readonly peer_versions: Readonly<Record<string, string>>;
  readonly machine: Machine;
}

const COLUMNS = ['', 'answered/s', 'p50 ms', 'p99 ms', 'CPU µs/answer', 'generator', 'wrong'];
const FIRST_WIDTH = 34;
const WIDTH = 15;

export function comparisonTable(report: PeersReport): string {
  const { verify_only: verification, machine } = report;
  const sections = report.comparisons.flatMap((each) => [...section(each, report.connections), '']);
  const { per_s: perS } = verification;
  return [
    '',
    row(COLUMNS),
    ...sections,
    colors.bold('  In words'),
    ...report.comparisons.map((each) => `  ${inWords(each)}`),
    '',
    colors.bold(`  SM2 verifications a second on one thread (engine ${verification.engine})`),
    row(['', 'sm-crypto-v2', 'engine', 'engine to peer']),
    row(verifyRow('keys without tables', perS.peer_plain, perS.engine_plain)),
    row(verifyRow('keys with tables', perS.peer_prepared, perS.engine_prepared)),
    '',
    `  ${report.cards} cards of each kind, seed ${report.seed}; peer ${JSON.stringify(report.peer_versions)}`,
    `  ${JSON.stringify(machine)}`,
    ...report.warnings.map((warning) => colors.yellow(`  ! ${warning}`)),
    '',
  ].join('\n');
}

function section({ shown, rate_per_s, peer, gateway, ratio }: Comparison, connections: number): string[] {
  const times = (value: number) => `× ${compact(value)}`;
  return [
    colors.bold(`  ${shown}`),
    figuresRow(`peer, ${connections} connections`, peer.throughput),
    figuresRow(`gateway, ${connections} connections`, gateway.throughput),
    row(['  gateway to peer', times(ratio.answered_per_s), '', '', times(ratio.server_cpu_us_per_answer)]),
    figuresRow(`peer, ${compact(rate_per_s)} a second`, peer.fixed_rate),
    figuresRow(`gateway, ${compact(rate_per_s)} a second`, gateway.fixed_rate),
    row(['  gateway to peer', '', times(ratio.fixed_rate_p50), times(ratio.fixed_rate_p99)]),
    ...[...peer.throughput.faults, ...peer.fixed_rate.faults].map((fault) => `    peer: ${fault}`),
    ...[...gateway.throughput.faults, ...gateway.fixed_rate.faults].map((fault) => `    gateway: ${fault}`),
  ];
}

/** What the ratios of one comparison mean. */
export function inWords({
  shown,
  rate_per_s,
  ratio,
}: Pick<Comparison, 'shown' | 'rate_per_s' | 'ratio'>): string {
  const more = `${compact(ratio.answered_per_s)} times as many answers a second`;
  const cpu = `${compact(ratio.server_cpu_us_per_answer)} times the CPU for each`;
  const p99 = `${compact(ratio.fixed_rate_p99)} times the p99 at ${compact(rate_per_s)} a second`;
  return `${shown}: the gateway gives ${more} at ${cpu}, and has ${p99}.`;
}

function figuresRow(name: string, figures: Figures): string {
  const { answered_per_s, p50_ms, p99_ms, server_cpu_us_per_answer, generator_cpu_cores, wrong } = figures;
  const numbers = [answered_per_s, p50_ms, p99_ms, server_cpu_us_per_answer].map(compact);
  return row([`  ${name}`, ...numbers, `${generator_cpu_cores.toFixed(2)} cores`, String(wrong)]);
}

const verifyRow = (name: string, peer: number, engine: number) => [
  `  ${name}`,
  compact(peer),
  compact(engine),
  `× ${compact(engine / peer)}`,
];

function row([first = '', ...others]: readonly string[]): string {
  return `  ${first.padEnd(FIRST_WIDTH)}${others.map((cell) => cell.padStart(WIDTH)).join('')}`.trimEnd();
}
