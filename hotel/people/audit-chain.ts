/**
 * The lines of the audit log: JSON, one an entry, in the order they happened. Each carries the digest of the line before, so
 * nothing can be taken out or put elsewhere, and an HMAC under the log's key, so nothing can be put in. A line that names no
 * algorithm is digested with SHA-256 and has its HMAC; one that names HMAC-SM3, with SM3.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { derivedKey, digestOf, macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { AuditEntry } from './audit.ts';

/** An entry in its place. */
export interface ChainedEntry extends AuditEntry {
  /** From 1, up by one. */
  readonly seq: number;
}

/** Where a chain ends: the number of the last entry, and the digest of its line in hex. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

const KEY_BYTES = 32;
const NAMED = algorithmFor('audit-mac', 'sm');

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
    alg: Type.Optional(Type.Literal(NAMED)),
    mac: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
);
const checkLine = Compile(Line);

/** Without the line break. */
export function chainLine(
  entry: AuditEntry,
  end: ChainEnd,
  key: Buffer,
  profile: CryptoProfile,
): { line: string; end: ChainEnd } {
  const { atMs: at_ms, actor, action, subjects, reason } = entry;
  const body = {
    ...{ seq: end.seq + 1, at_ms, actor, action, subjects: [...subjects], reason, prev: end.hash },
    ...(profile === 'sm' && { alg: NAMED }),
  };
  const line = JSON.stringify({ ...body, mac: auditMac(JSON.stringify(body), key, profile) });
  return { line, end: { seq: body.seq, hash: hashOf(line, profile) } };
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
  const profile = profileOf(read);
  if (key !== null && !isEqual(mac, auditMac(JSON.stringify(body), key, profile))) return 'forged';
  return { entry: entryOf(read), end: { seq: body.seq, hash: hashOf(line, profile) } };
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

/** The profile whose algorithms a line is of. */
export function profileIn(line: string): CryptoProfile | null {
  const read = parsed(line);
  return read === null ? null : profileOf(read);
}

const profileOf = ({ alg }: Static<typeof Line>): CryptoProfile => (alg === NAMED ? 'sm' : 'international');

/** Hex. `key`: of the log; SM3 has one of its own, derived from it. */
export function auditMac(text: string, key: Buffer, profile: CryptoProfile): string {
  const mac = algorithmFor('audit-mac', profile);
  const own = profile === 'international' ? key : derivedKey(mac, key, 'onecard audit log', KEY_BYTES);
  return macOf(mac, own, Buffer.from(text, 'utf8')).toString('hex');
}

export function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const hashOf = (line: string, profile: CryptoProfile) =>
  digestOf(algorithmFor('audit-chain', profile), Buffer.from(line, 'utf8')).toString('hex');
