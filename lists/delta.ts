/** Links of the chain of signed revisions: deltas, and heads, which say what is newest (docs/platform.md). */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { digestAlgorithmOf, NAMED_HEX_PATTERN, type NamedDigest } from '../crypto/named-digest.ts';
import { DIGEST_BESIDE, type JwsRefusal } from '../crypto/signature/compact-jws.ts';
import { base64urlBytes } from '../workers/codecs/base64url.ts';
import { CHANGE_BYTES, changesAreSound } from './delta-changes.ts';
import { type LinkKeys, linkHash, readLinkJws } from './delta-jws.ts';

export const DELTA_TYP = 'onecard-list-delta';
export const HEAD_TYP = 'onecard-list-head';

export interface LinkTimes {
  /** Milliseconds since 1970 UTC, as are the two below. */
  readonly issuedAtMs: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
}

export interface Delta extends LinkTimes {
  readonly generation: string;
  readonly revision: number;
  /** The chain's hash before this link. */
  readonly previousHash: NamedDigest;
  /** The chain's hash after it. */
  readonly chainHash: NamedDigest;
  /** Packed (`delta-changes.ts`), and sound. */
  readonly changes: Uint8Array;
}

export interface ChainHead extends LinkTimes {
  readonly generation: string;
  readonly revision: number;
  readonly chainHash: NamedDigest;
}

export interface LinkLimits {
  /** One link, as signed. */
  readonly delta_bytes: number;
  /** Changes in one link. */
  readonly delta_changes: number;
}

export type ReadRefusal = JwsRefusal | 'oversized';
export type ReadLink<T> =
  | { readonly ok: true; readonly link: T }
  | { readonly ok: false; readonly refuse: ReadRefusal };

/** A head has no more than this. */
const HEAD_BYTES_MAX = 2_048;

const chained = {
  v: Type.Literal(1),
  list: Type.Literal('cards'),
  generation: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  revision: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  issuedAtMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  freshUntilMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  staleUntilMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
};
const Hash = Type.String({ pattern: NAMED_HEX_PATTERN });
const DeltaPayload = Type.Object(
  { ...chained, previousHash: Hash, changes: Type.String() },
  { additionalProperties: false },
);
const HeadPayload = Type.Object({ ...chained, chainHash: Hash }, { additionalProperties: false });
const compiledDelta = Compile(DeltaPayload);
const compiledHead = Compile(HeadPayload);

/** Reads one delta and checks it as far as it stands alone; its place in the chain is for `delta-chain.ts`. */
export function readDelta(jws: string, keys: LinkKeys, limits: LinkLimits): ReadLink<Delta> {
  const read = readLinkJws(jws, DELTA_TYP, keys, limits.delta_bytes);
  if (!read.ok) return read;
  const { payload, algorithm } = read;
  if (!compiledDelta.Check(payload) || !inOrder(payload) || payload.revision === 0) return malformed;
  if (!isOfChain(payload.previousHash, algorithm)) return malformed;
  const changes = payload.changes === '' ? new Uint8Array(0) : base64urlBytes(payload.changes);
  if (changes === null) return malformed;
  if (changes.length > limits.delta_changes * CHANGE_BYTES) return { ok: false, refuse: 'oversized' };
  if (!changesAreSound(changes)) return malformed;
  const { generation, revision, previousHash, issuedAtMs, freshUntilMs, staleUntilMs } = payload;
  const times = { issuedAtMs, freshUntilMs, staleUntilMs };
  return {
    ok: true,
    link: { generation, revision, previousHash, chainHash: linkHash(jws, algorithm), changes, ...times },
  };
}

export function readHead(jws: string, keys: LinkKeys): ReadLink<ChainHead> {
  const read = readLinkJws(jws, HEAD_TYP, keys, HEAD_BYTES_MAX);
  if (!read.ok) return read;
  const { payload, algorithm } = read;
  if (!compiledHead.Check(payload) || !inOrder(payload)) return malformed;
  if (!isOfChain(payload.chainHash, algorithm)) return malformed;
  const { generation, revision, chainHash, issuedAtMs, freshUntilMs, staleUntilMs } = payload;
  return { ok: true, link: { generation, revision, chainHash, issuedAtMs, freshUntilMs, staleUntilMs } };
}

const malformed = { ok: false, refuse: 'malformed' } as const;

/** Whether a hash is of the digest that goes with the link's own signature. */
function isOfChain(hash: NamedDigest, algorithm: SignatureAlgorithm): boolean {
  return digestAlgorithmOf(hash) === DIGEST_BESIDE[algorithm];
}

/** A list is issued, then fresh, then stale. */
function inOrder({
  issuedAtMs,
  freshUntilMs,
  staleUntilMs,
}: Static<typeof HeadPayload> | LinkTimes): boolean {
  return issuedAtMs <= freshUntilMs && freshUntilMs <= staleUntilMs;
}
