/** Reads the audit log as it lies on disk: files named by their first entry, one after the other. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHAIN_START,
  type ChainEnd,
  type ChainedEntry,
  entryIn,
  type LineFault,
  readLine,
} from './audit-chain.ts';
import { readHead } from './audit-head.ts';

const SEGMENT = /^(\d{12})\.jsonl$/;
export const HEAD_FILE = 'head';
/** Actions of the log itself: what was before could not be relied on, and a chain begins anew. */
export const AUDIT_DAMAGED = 'audit.damaged';

export const segmentName = (firstSeq: number) => `${String(firstSeq).padStart(12, '0')}.jsonl`;

export interface Segment {
  readonly firstSeq: number;
  readonly path: string;
}

/** In order. */
export function segmentsIn(folder: string): readonly Segment[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const [, firstSeq] = SEGMENT.exec(name) ?? [];
      return firstSeq === undefined ? [] : [{ firstSeq: Number(firstSeq), path: join(folder, name) }];
    })
    .sort((one, other) => one.firstSeq - other.firstSeq);
}

/** Without line breaks. What follows the last of them is being written, or was never answered: it is no entry yet. */
export function linesOf({ path }: Segment): readonly string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** Entries after `after`, at most `limit`. What is no entry is left out here: checking tells it. */
export function entriesAfter(
  folder: string,
  after: number,
  upTo: number,
  limit: number,
): readonly ChainedEntry[] {
  const segments = segmentsIn(folder);
  const found: ChainedEntry[] = [];
  for (const [at, segment] of segments.entries()) {
    const next = segments[at + 1];
    if (next !== undefined && next.firstSeq <= after + 1) continue;
    for (const line of linesOf(segment)) {
      const entry = entryIn(line);
      if (entry === null || entry.seq <= after || entry.seq > upTo) continue;
      found.push(entry);
      if (found.length >= limit) return found;
    }
  }
  return found;
}

export interface AuditFinding {
  readonly fault: LineFault | 'cut_end' | 'no_head' | 'set_aside';
  /** Entry that it was found at, by its place. */
  readonly seq: number;
  /** Such as `000000000001.jsonl line 7`. */
  readonly where: string;
}

export interface AuditCheck {
  readonly entries: number;
  readonly end: ChainEnd;
  readonly findings: readonly AuditFinding[];
}

/**
 * Checks the whole log. `key` null: whoever checks does not have it; then the chain alone. `known`: an end that somebody
 * wrote down, as the gateway's log has them: the log must still hold it.
 */
export function checkAudit(folder: string, key: Buffer | null, known: ChainEnd | null = null): AuditCheck {
  const findings: AuditFinding[] = [];
  let [end, entries, isKnownThere] = [CHAIN_START, 0, known === null];
  const head = key === null ? null : readHead(join(folder, HEAD_FILE), key).end;
  let isHeadThere = head === null;
  const found = (fault: AuditFinding['fault'], where: string) =>
    findings.push({ fault, seq: end.seq + 1, where });
  for (const { firstSeq, path } of segmentsIn(folder)) {
    for (const [at, line] of linesOf({ firstSeq, path }).entries()) {
      const where = `${segmentName(firstSeq)} line ${at + 1}`;
      const entry = entryIn(line);
      if (at === 0 && entry?.action === AUDIT_DAMAGED) {
        found('set_aside', where);
        end = { seq: entry.seq - 1, hash: CHAIN_START.hash };
      }
      const read = readLine(line, end, key);
      if (typeof read === 'string') found(read, where);
      // After a fault the chain goes on from what is there, so that one fault is one finding.
      end = typeof read === 'string' ? goOn(line, end) : read.end;
      entries += 1;
      isHeadThere ||= isSame(end, head);
      isKnownThere ||= isSame(end, known);
    }
  }
  if (key !== null && head === null && entries > 0) found('no_head', HEAD_FILE);
  if (!isHeadThere || !isKnownThere) found('cut_end', isHeadThere ? 'what was written down' : HEAD_FILE);
  return { entries, end, findings };
}

const isSame = (one: ChainEnd, other: ChainEnd | null) => other?.seq === one.seq && other.hash === one.hash;

function goOn(line: string, before: ChainEnd): ChainEnd {
  const entry = entryIn(line);
  const read = entry === null ? null : readLine(line, { seq: entry.seq - 1, hash: prevIn(line) }, null);
  return read === null || typeof read === 'string' ? { ...before, seq: before.seq + 1 } : read.end;
}

const prevIn = (line: string) => (JSON.parse(line) as { readonly prev: string }).prev;
