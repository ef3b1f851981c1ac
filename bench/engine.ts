/**
 * `npm run bench:engine`: verifications a second on one core, of every engine on both curves, beside OpenSSL in the
 * same run. The figures are of this machine.
 */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { chooseEngine } from '../workers/engine/choose.ts';
import { allCells, type Cell, OPENSSL } from './engine-cells.ts';
import { thisMachine } from './machine.ts';

const HELP = `npm run bench:engine -- [options]

  --seconds N   measured time of every figure (1)
  --rounds N    rounds it is divided into; the median is reported (5)
  --seed TEXT   the same seed makes the same keys and messages (bench)
  --json        print one JSON object instead of a table

It runs on one thread. To keep it on one core that nothing else uses: taskset -c 1 npm run bench:engine
`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const MS_PER_S = 1_000;
const tell = (text: string) => void process.stderr.write(text);

interface Figure {
  readonly curve: string;
  readonly engine: string;
  readonly batch: number;
  readonly keys: string;
  readonly verifies_per_s: { readonly median: number; readonly min: number; readonly max: number };
  readonly ratio_to_openssl: number;
}

/** A cell while it is measured. */
interface Running {
  readonly cell: Cell;
  readonly rates: number[];
  wrong: number;
}

if (options.help) process.stdout.write(HELP);
else main();

function main(): void {
  const [seconds, rounds] = [Number(options.seconds), Number(options.rounds)];
  if (!(seconds > 0) || !(Number.isInteger(rounds) && rounds > 0)) throw new RangeError('see --help');
  if (availableParallelism() > 1) tell('not pinned to a core: taskset -c 1 npm run bench:engine\n');
  const auto = chooseEngine('auto');
  tell('signing\n');
  const { cells, missing } = allCells(options.seed);
  const running = cells.map((cell): Running => ({ cell, rates: [], wrong: 0 }));
  // A line for each set of jobs, the same from every engine and on every machine.
  const verdicts = createHash('sha256').update([...new Set(running.map(warmUp))].join(''));
  // Round by round over all of them, so that a disturbance spoils a round of each and not the figure of one.
  for (let round = 1; round <= rounds; round++) {
    for (const [i, each] of running.entries()) {
      tell(`\r  round ${round} of ${rounds}, figure ${i + 1} of ${running.length} `);
      each.rates.push(measure(each, (seconds * MS_PER_S) / rounds));
    }
  }
  tell('\n');
  const wrong = running.reduce((sum, each) => sum + each.wrong, 0);
  const report = {
    benchmark: 'engine',
    seed: options.seed,
    seconds,
    rounds,
    engine_auto: auto.engine.name,
    engines_missing: missing,
    figures: figuresOf(running),
    verdicts_sha256: verdicts.digest('hex'),
    wrong_verdicts: wrong,
    machine: thisMachine(),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report));
  if (wrong > 0) process.exitCode = 1;
}

/** One pass over all jobs: tables are made, code is compiled. Gives the verdicts with what they are about. */
function warmUp(running: Running): string {
  const { curve, keys } = running.cell;
  return `${curve} ${keys} ${passOver(running).join('')}\n`;
}

function measure(running: Running, roundMs: number): number {
  let verified = 0;
  const startedMs = performance.now();
  let elapsedMs = 0;
  while (elapsedMs < roundMs) {
    verified += passOver(running, startedMs + roundMs).length;
    elapsedMs = performance.now() - startedMs;
  }
  return (verified * MS_PER_S) / elapsedMs;
}

/** Verifies all jobs, or those there is time for. Counts wrong verdicts. */
function passOver(running: Running, untilMs = Number.POSITIVE_INFINITY): number[] {
  const { jobs, batch, start } = running.cell;
  const verify = start();
  const verdicts: number[] = [];
  for (let at = 0; at < jobs.length && performance.now() < untilMs; at += batch) {
    for (const verdict of verify(jobs.slice(at, at + batch))) {
      if ((verdict === 1) !== jobs[verdicts.length]?.verifies) running.wrong += 1;
      verdicts.push(verdict);
    }
  }
  return verdicts;
}

function figuresOf(running: readonly Running[]): Figure[] {
  const openssl = new Map(
    running
      .filter(({ cell }) => cell.engine === OPENSSL)
      .map(({ cell, rates }) => [cell.curve, median(rates)]),
  );
  return running.map(({ cell: { curve, engine, batch, keys }, rates }) => {
    const all = { median: median(rates), min: Math.min(...rates), max: Math.max(...rates) };
    return {
      curve,
      engine,
      batch,
      keys,
      verifies_per_s: { median: Math.round(all.median), min: Math.round(all.min), max: Math.round(all.max) },
      ratio_to_openssl: Number((all.median / (openssl.get(curve) ?? Number.NaN)).toFixed(2)),
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

function table(report: { readonly figures: readonly Figure[] } & Record<string, unknown>): string {
  const { figures, machine, ...rest } = report;
  const number = (value: number) => value.toLocaleString('en').padStart(10);
  const rows = figures.map(
    ({ curve, engine, batch, keys, verifies_per_s: { median, min, max }, ratio_to_openssl: ratio }) =>
      `  ${curve.padEnd(6)}${engine.padEnd(10)}${keys.padEnd(10)}${String(batch).padStart(5)}` +
      `${number(median)}${number(min)}${number(max)}${ratio.toFixed(2).padStart(9)}`,
  );
  const head = `  ${'curve'.padEnd(6)}${'engine'.padEnd(10)}${'keys'.padEnd(10)}batch`;
  const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return [
    '\n  verifications a second on one core',
    `${head}${['median', 'min', 'max'].map((name) => name.padStart(10)).join('')}${'/openssl'.padStart(9)}`,
    ...rows,
    '',
    ...Object.entries(rest).map(([name, value]) => `  ${name.padEnd(18)}${shown(value)}`),
    `  ${'machine'.padEnd(18)}${JSON.stringify(machine)}`,
    '',
  ].join('\n');
}
