/** What the demonstration prints. On a terminal the last line is live; in a pipe every line stays. */
import colors from 'picocolors';
import { codeEntry } from '../../config/codes.ts';
import type { Sample, StationReport } from './station-thread.ts';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const number = (value: number) => value.toLocaleString('en-US');
const COLUMNS = 100;
const LIVE_CODES = 3;

export class Screen {
  readonly #out: Output;
  readonly #totals: Record<string, number> = {};
  #liveShown = false;

  constructor(out: Output) {
    this.#out = out;
  }

  line(text = ''): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  second(report: StationReport): void {
    for (const [code, count] of Object.entries(report.codes)) {
      this.#totals[code] = (this.#totals[code] ?? 0) + count;
    }
    for (const sample of report.samples) this.line(sampleLine(sample));
    const text = liveLine(report, this.#totals);
    if (!this.#out.isTTY) {
      this.line(text);
      return;
    }
    this.#clear();
    this.#out.write(text.slice(0, (this.#out.columns ?? COLUMNS) - 1));
    this.#liveShown = true;
  }

  #clear(): void {
    if (this.#liveShown) this.#out.write('\r\x1b[K');
    this.#liveShown = false;
  }
}

function sampleLine({ story, outcome, code, ms: took }: Sample): string {
  const mark =
    outcome === 'allow' ? colors.green('allow') : outcome === 'deny' ? colors.red('deny ') : outcome;
  return `  ${mark}  ${code.padEnd(28)} ${ms(took).padStart(7)}  a passenger ${story}`;
}

export function liveLine(report: StationReport, totals: Readonly<Record<string, number>>): string {
  const by = (outcome: string) =>
    Object.entries(totals)
      .filter(([code]) => outcomeOf(code) === outcome)
      .sort(([, a], [, b]) => b - a);
  const sum = (entries: readonly (readonly [string, number])[]) =>
    entries.reduce((n, [, count]) => n + count, 0);
  const allow = by('allow');
  const deny = [...by('deny'), ...by('refer')].sort(([, a], [, b]) => b - a);
  const refused = by('none');
  return [
    `${report.taps} taps/s`,
    `p50 ${ms(report.p50Ms)}`,
    `p99 ${ms(report.p99Ms)}`,
    `allow ${number(sum(allow))}`,
    `deny ${number(sum(deny))}${detail(deny)}`,
    ...(refused.length > 0 ? [`not judged ${number(sum(refused))}${detail(refused)}`] : []),
  ].join('  ');
}

/** The commonest codes, so that the line stays one line. */
function detail(entries: readonly (readonly [string, number])[]): string {
  if (entries.length === 0) return '';
  const shown = entries.slice(0, LIVE_CODES).map(([code, count]) => `${code} ${number(count)}`);
  return ` (${[...shown, ...(entries.length > LIVE_CODES ? ['…'] : [])].join(', ')})`;
}

function outcomeOf(code: string): string {
  return codeEntry(code as Parameters<typeof codeEntry>[0]).outcome;
}

/** `failed`: taps that got no answer at all. */
export function summary(report: StationReport, elapsedS: number, failed: number): string[] {
  const codes = Object.entries(report.codes).sort(([, a], [, b]) => b - a);
  const families = Object.entries(report.families).map(([family, count]) => `${family} ${number(count)}`);
  return [
    colors.bold('Summary'),
    `  ${number(report.taps)} taps judged in ${elapsedS.toFixed(0)} s: ${families.join(', ')}`,
    `  answered in p50 ${ms(report.p50Ms)}, p99 ${ms(report.p99Ms)}, at most ${ms(report.maxMs)}`,
    ...(failed > 0 ? [`  ${number(failed).padStart(8)}  without an answer`] : []),
    ...codes.map(([code, count]) => `  ${number(count).padStart(8)}  ${outcomeOf(code).padEnd(6)} ${code}`),
  ];
}

/** `records`: at the platform; `taps`: of the station, judged. Others are of the desk, or were left by an earlier run. */
export function recordsLine(records: number, taps: number): string {
  const held = `the platform holds ${number(records)} journal records`;
  if (records === taps) return `${held}: one for each tap judged`;
  const [fewer, more] = [taps - records, records - taps];
  return fewer > 0
    ? `${held}; ${number(fewer)} wait for it, and go with the next run`
    : `${held}: ${number(taps)} of these taps, ${number(more)} of others (the curl line, an earlier run)`;
}
