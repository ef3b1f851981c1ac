/** Holds a journal against what the platform says it holds of it: positions, and the content of those that both have. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { JournalReader } from './journal-reader.ts';
import { CURSORS, type EpochSpan } from './journal-tables.ts';
import { positionKey } from './record/record-keys.ts';

/** First and last position. */
export type Run = readonly [first: number, last: number];

/** The platform, asked. Each rejects when it cannot be. */
export interface HeldSource {
  epochs(): Promise<readonly string[]>;
  /** In order, without overlap. */
  runs(epoch: string): Promise<readonly Run[]>;
  /** Digest of a range (docs/platform.md); null when not all of it is held. */
  digest(epoch: string, [first, last]: Run): Promise<string | null>;
}

/**
 * - `not_held`: confirmed by the platform, and not there.
 * - `differs`: both have it, with other content.
 * - `not_here`: the platform has it, this journal has not, and did not give it up as confirmed.
 */
export interface Difference {
  readonly what: 'not_held' | 'differs' | 'not_here';
  readonly run: Run;
}

export interface EpochReport {
  readonly epoch: string;
  /** What this journal has under this epoch; null: nothing. */
  readonly here: Run | null;
  readonly held: readonly Run[];
  /** Here and not confirmed yet. */
  readonly waiting: number;
  /** Held, and given up here to make room. */
  readonly givenUp: number;
  readonly differences: readonly Difference[];
}

/** Positions one digest is made of. */
const DIGEST_POSITIONS = 65_536;

/** `onProgress`: how many of the positions that both have were compared. */
export async function reconcile(
  reader: JournalReader,
  source: HeldSource,
  onProgress: (compared: number) => void,
): Promise<readonly EpochReport[]> {
  // What was confirmed before the platform is asked, it must have; what it has when it is asked, is here afterwards.
  reader.refresh();
  const confirmed = reader.cursor(CURSORS.confirmed);
  const spans = reader.lineage?.spans ?? [];
  const others = (await source.epochs()).filter((epoch) => spans.every((span) => span.epoch !== epoch));
  const heldByEpoch = new Map<string, readonly Run[]>();
  for (const epoch of [...spans.map((span) => span.epoch), ...others]) {
    heldByEpoch.set(epoch, await source.runs(epoch));
  }
  reader.refresh();
  const kept: Run = [reader.firstPosition, reader.lastPosition];
  let compared = 0;
  const digestOnBoth = async (epoch: string, run: Run) => {
    const [ours, theirs] = [digestHere(reader, run), await source.digest(epoch, run)];
    compared += run[1] - run[0] + 1;
    onProgress(compared);
    return ours === theirs;
  };
  const reports: EpochReport[] = [];
  for (const [epoch, held] of heldByEpoch) {
    const here = hereOf(epoch, spans, kept);
    const both = here === null ? [] : held.flatMap((run) => overlap(run, here));
    const differing: Run[] = [];
    for (const run of both.flatMap(inParts)) {
      if (!(await digestOnBoth(epoch, run))) differing.push(run);
    }
    const unheld = here === null ? [] : without(here, held);
    const beyond = here === null ? [...held] : held.flatMap((run) => without(run, [here]));
    // Positions before the oldest record that is kept were given up here, whichever epoch in force named them.
    const isOurs = spans.some((span) => span.epoch === epoch);
    const [givenUp, notHere] = split(beyond, isOurs ? kept[0] - 1 : 0);
    const [notHeld, waiting] = split(unheld, confirmed);
    reports.push({
      epoch,
      here,
      held,
      waiting: count(waiting),
      givenUp: count(givenUp),
      differences: [
        ...notHeld.map((run): Difference => ({ what: 'not_held', run })),
        ...differing.map((run): Difference => ({ what: 'differs', run })),
        ...notHere.map((run): Difference => ({ what: 'not_here', run })),
      ],
    });
  }
  return reports;
}

function hereOf(epoch: string, spans: readonly EpochSpan[], kept: Run): Run | null {
  const at = spans.findIndex((span) => span.epoch === epoch);
  const span = spans[at];
  if (span === undefined || kept[0] === 0) return null;
  const next = spans[at + 1];
  return overlap([span.first, next === undefined ? kept[1] : next.first - 1], kept)[0] ?? null;
}

/** As the platform makes it (docs/platform.md); null when a record is not there. */
function digestHere(reader: JournalReader, [first, last]: Run): string | null {
  const hash = createHash('sha256');
  const checksum = Buffer.alloc(4);
  for (let position = first; position <= last; position += 1) {
    const bytes = reader.records.get(positionKey(position));
    if (!bytes) return null;
    checksum.writeUInt32BE((crc32(bytes) | 1) >>> 0);
    hash.update(checksum);
  }
  return hash.digest('hex');
}

function overlap([a, b]: Run, [c, d]: Run): Run[] {
  const run: Run = [Math.max(a, c), Math.min(b, d)];
  return run[0] <= run[1] ? [run] : [];
}

function inParts([first, last]: Run): Run[] {
  const parts = Math.ceil((last - first + 1) / DIGEST_POSITIONS);
  return Array.from({ length: parts }, (_, i): Run => {
    const from = first + i * DIGEST_POSITIONS;
    return [from, Math.min(last, from + DIGEST_POSITIONS - 1)];
  });
}

/** What of a run is in none of the others, which are in order. */
function without([first, last]: Run, others: readonly Run[]): Run[] {
  const left: Run[] = [];
  let from = first;
  for (const [a, b] of others) {
    if (a > last) break;
    if (b < from) continue;
    if (a > from) left.push([from, a - 1]);
    from = b + 1;
  }
  if (from <= last) left.push([from, last]);
  return left;
}

/** Runs up to a position, and those behind it. */
function split(runs: readonly Run[], through: number): readonly [before: Run[], behind: Run[]] {
  const ends: Run = [0, through];
  const rest: Run = [through + 1, Number.MAX_SAFE_INTEGER];
  return [runs.flatMap((run) => overlap(run, ends)), runs.flatMap((run) => overlap(run, rest))];
}

const count = (runs: readonly Run[]) => runs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
