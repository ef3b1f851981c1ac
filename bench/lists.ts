/**
 * `npm run bench -- lists`: build, memory, load and look-up of a card list, and every answer held against its source.
 * The list is read in a fresh process, whose resident memory is asked before and after.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ListBuilder } from '../lists/list-builder.ts';
import { syntheticCards } from './list-cards.ts';
import type { ListFigures } from './list-reader.ts';
import { thisMachine } from './machine.ts';

const HELP = `npm run bench -- lists [options]

  --cards N    cards on the list, and as many absent ones that are asked for (20000000)
  --seed N     the same seed makes the same cards (1)
  --json       print one JSON object instead of a table

Exit status 1 when an answer was wrong.
`;

const MIB = 1_048_576;
const tell = (text: string) => void process.stderr.write(`${text}\n`);

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== 'lists'),
  options: {
    cards: { type: 'string', default: '20000000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) process.stdout.write(HELP);
else main(Number(options.cards), Number(options.seed));

function main(cards: number, seed: number): void {
  if (!Number.isSafeInteger(cards) || cards < 1 || !Number.isSafeInteger(seed))
    throw new RangeError('--help');
  const folder = mkdtempSync(join(tmpdir(), 'onecard-lists-'));
  const file = join(folder, 'cards.list');
  try {
    tell(`building a list of ${cards} cards`);
    const build = buildList(file, cards, seed);
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    tell('reading it, disk cache dropped');
    const cold = dropFromCache(file) ? read(file, sha256, cards, seed, 'load') : null;
    tell('reading it, from the disk cache; then every answer');
    const warm = read(file, sha256, cards, seed, 'all');
    const report = {
      benchmark: 'lists',
      machine: thisMachine(),
      seed,
      cards,
      ...build,
      file_bytes: statSync(file).size,
      ready_cold_ms: cold?.ready_ms ?? null,
      ...warm,
    };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report));
    if (warm.wrong_present + warm.wrong_absent > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function buildList(
  file: string,
  cards: number,
  seed: number,
): { build_ms: number; hash_and_collect_ms: number } {
  const started = performance.now();
  const source = syntheticCards(seed);
  const nowMs = Date.now();
  const builder = new ListBuilder({
    name: 'cards',
    revision: 1,
    chainHash: '0'.repeat(64),
    issuedAtMs: nowMs,
    freshUntilMs: nowMs + 3_600_000,
    staleUntilMs: nowMs + 86_400_000,
    covers: source.issuers,
    expectedCards: cards,
  });
  for (let i = 0; i < cards; i += 1) {
    builder.add(source.issuerOf(i), source.idOf(i), source.stateOf(i), source.entitlementsOf(i));
  }
  const collected = performance.now();
  builder.write(file);
  return { build_ms: performance.now() - started, hash_and_collect_ms: collected - started };
}

function read(file: string, sha256: string, cards: number, seed: number, what: 'load' | 'all'): ListFigures {
  const script = join(import.meta.dirname, 'list-reader.ts');
  const args = ['--expose-gc', script, file, sha256, String(cards), String(seed), what];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the reading process ended with ${status}`);
  return JSON.parse(stdout) as ListFigures;
}

/** Whether the file's pages could be dropped from the disk cache. */
function dropFromCache(file: string): boolean {
  try {
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function table(report: Record<string, unknown> & { readonly file_bytes: number }): string {
  const lines = Object.entries(report).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return [`${name.padEnd(28)} ${JSON.stringify(value)}`];
    const shown =
      typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : String(value);
    return [`${name.padEnd(28)} ${shown}`];
  });
  return `${lines.join('\n')}\nfile: ${(report.file_bytes / MIB).toFixed(1)} MiB\n`;
}
