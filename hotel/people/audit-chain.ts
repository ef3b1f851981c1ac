/**
 * The lines of the audit log: JSON, one an entry, in the order they happened. Each carries SHA-256 of the line before, so
 * nothing can be taken out or put elsewhere, and an HMAC under the log's key, so nothing can be put in.
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { AuditEntry } from './audit.ts';

/** An entry in its place. */
export interface ChainedEntry extends AuditEntry {
  /** From 1, up by one. */
  readonly seq: number;
}

/** Where a chain ends: the number of the last entry, and SHA-256 of its line in hex. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

export const CHAIN_START: ChainEnd = { seq: 0, hash: '0'.repeat(64) };

export type LineFault = 'unreadable' | 'out_of_order' | 'chain_broken' | 'forged';

const Line = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    at_ms: Type.Integer({ minimum: 0 }),
    actor: Type.String(),
    action: Type.String(),
    subjects: Type.Array(Type.String()),
    reason: Type.Union([Type.String(), Type.Null()]),
    prev: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    mac: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
);
const checkLine = Compile(Line);

/** Without the line break. */
export function chainLine(entry: AuditEntry, end: ChainEnd, key: Buffer): { line: string; end: ChainEnd } {
  const { atMs: at_ms, actor, action, subjects, reason } = entry;
  const body = { seq: end.seq + 1, at_ms, actor, action, subjects: [...subjects], reason, prev: end.hash };
  const line = JSON.stringify({ ...body, mac: macOf(body, key) });
  return { line, end: { seq: body.seq, hash: hashOf(line) } };
}

/** `key` null: whoever checks does not have it; the chain is checked alone. */
export function readLine(
  line: string,
  before: ChainEnd,
  key: Buffer | null,
): { readonly entry: ChainedEntry; readonly end: ChainEnd } | LineFault {
  const read = parsed(line);
  if (read === null) return 'unreadable';
  const { mac, ...body } = read;
  if (body.seq !== before.seq + 1) return 'out_of_order';
  if (body.prev !== before.hash) return 'chain_broken';
  if (key !== null && !isEqual(mac, macOf(body, key))) return 'forged';
  return { entry: entryOf(read), end: { seq: body.seq, hash: hashOf(line) } };
}

/** Null where it is no line of the log, whatever its place. */
export function entryIn(line: string): ChainedEntry | null {
  const read = parsed(line);
  return read === null ? null : entryOf(read);
}

function parsed(line: string): Static<typeof Line> | null {
  try {
    const read: unknown = JSON.parse(line);
    // Written one way alone: other bytes that mean the same are not what was written.
    if (!checkLine.Check(read) || JSON.stringify(read) !== line) return null;
    return read;
  } catch {
    return null;
  }
}

function entryOf({ seq, at_ms: atMs, actor, action, subjects, reason }: Static<typeof Line>): ChainedEntry {
  return { seq, atMs, actor, action, subjects, reason };
}

function macOf(body: Omit<Static<typeof Line>, 'mac'>, key: Buffer): string {
  return createHmac('sha256', key).update(JSON.stringify(body), 'utf8').digest('hex');
}

export function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const hashOf = (line: string) => hash('sha256', line, 'hex');
