/**
 * Where a list stands in its chain of signed revisions, and what a link does to that. Pure: the same links in the same
 * order lead to the same place, whether they come from the platform or from disk.
 */
import { digestAlgorithmOf, type NamedDigest } from '../crypto/named-digest.ts';
import type { ChainHead, Delta, LinkTimes } from './delta.ts';

/**
 * Why a link is not taken; each stops the chain at the last good revision.
 *
 * - `gap`: a revision before it is missing.
 * - `fork`: it goes on from, or is, another link than the one held at that revision.
 * - `generation`: it belongs to another generation of the list.
 * - `rollback`: the chain is further on than that, or a later head was seen.
 * - `future`: signed later than it can be by now.
 * - `signature`, `malformed`, `oversized`: it cannot be read (`delta.ts`).
 * - `other_profile`: rightly signed, by a key of the profile of algorithms that is not taken.
 */
export const CHAIN_REFUSALS = [
  'gap',
  'fork',
  'generation',
  'rollback',
  'future',
  'signature',
  'malformed',
  'oversized',
  'other_profile',
] as const;
export type ChainRefusal = (typeof CHAIN_REFUSALS)[number];

export interface ChainState extends LinkTimes {
  readonly generation: string;
  readonly revision: number;
  readonly chainHash: NamedDigest;
  /** Hashes at earlier revisions, newest last: `revision - past.length` is that of the first. */
  readonly past: readonly NamedDigest[];
}

export type ChainStep =
  | { readonly kind: 'applied'; readonly state: ChainState }
  /** Held already; nothing changes. */
  | { readonly kind: 'already' }
  | { readonly refuse: ChainRefusal };

export interface ChainClock {
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** How far ahead of that a link may be signed. */
  readonly toleranceMs: number;
}

/** Hashes remembered, to tell a link that is held from one of a fork. */
const PAST_MAX = 64;

/** Where the chain stands at a snapshot. */
export function chainAt(head: ChainHead): ChainState {
  const { generation, revision, chainHash, issuedAtMs, freshUntilMs, staleUntilMs } = head;
  return { generation, revision, chainHash, issuedAtMs, freshUntilMs, staleUntilMs, past: [] };
}

/** A delta goes on from exactly where the chain stands. Its order is that of the hashes, whatever its signer's clock. */
export function addDelta(state: ChainState, delta: Delta, clock: ChainClock): ChainStep {
  if (delta.generation !== state.generation) return { refuse: 'generation' };
  if (delta.revision <= state.revision) return heldBefore(state, delta.revision, delta.chainHash);
  if (delta.revision > state.revision + 1) return { refuse: 'gap' };
  if (!mayBeSame(delta.previousHash, state.chainHash)) return { refuse: 'fork' };
  if (delta.issuedAtMs > clock.nowMs + clock.toleranceMs) return { refuse: 'future' };
  const { generation, revision, chainHash } = delta;
  const past = [...state.past, state.chainHash].slice(-PAST_MAX);
  return { kind: 'applied', state: { generation, revision, chainHash, ...latest(state, delta), past } };
}

/**
 * A head at the chain's revision moves its freshness forward. One that is further on says that deltas are missing: a
 * `gap`, which fetching them closes.
 */
export function addHead(state: ChainState, head: ChainHead, clock: ChainClock): ChainStep {
  if (head.generation !== state.generation) return { refuse: 'generation' };
  if (head.issuedAtMs > clock.nowMs + clock.toleranceMs) return { refuse: 'future' };
  if (head.revision > state.revision) return { refuse: 'gap' };
  if (head.revision < state.revision) {
    const held = heldBefore(state, head.revision, head.chainHash);
    return 'refuse' in held ? held : { refuse: 'rollback' };
  }
  if (!mayBeSame(head.chainHash, state.chainHash)) return { refuse: 'fork' };
  if (head.issuedAtMs < state.issuedAtMs) return { refuse: 'rollback' };
  if (head.issuedAtMs === state.issuedAtMs) return { kind: 'already' };
  const { chainHash, issuedAtMs, freshUntilMs, staleUntilMs } = head;
  return { kind: 'applied', state: { ...state, chainHash, issuedAtMs, freshUntilMs, staleUntilMs } };
}

/**
 * Whether the list may go from here to a snapshot: within one generation never back, and to another only to one that
 * was issued later. Null state: to any. A snapshot settles a fork, since its signers stand above those of links.
 */
export function maySwitch(state: ChainState | null, to: ChainHead, clock: ChainClock): ChainRefusal | null {
  if (to.issuedAtMs > clock.nowMs + clock.toleranceMs) return 'future';
  if (state === null) return null;
  if (to.generation === state.generation) return to.revision < state.revision ? 'rollback' : null;
  return to.issuedAtMs < state.issuedAtMs ? 'rollback' : null;
}

/** What a link at a revision that is passed says: nothing new, that there are two chains, or too old to tell. */
function heldBefore(state: ChainState, revision: number, chainHash: string): ChainStep {
  const held = [...state.past, state.chainHash].at(revision - state.revision - 1);
  if (state.revision - revision > state.past.length || held === undefined) return { refuse: 'rollback' };
  return mayBeSame(held, chainHash) ? { kind: 'already' } : { refuse: 'fork' };
}

/**
 * Whether two hashes may be of the same place. A platform signs one chain for each profile of algorithms, of the same revisions; hashes
 * of two digests say nothing of each other, so a gateway that changes over goes on along the other chain at its own revision.
 */
export function mayBeSame(one: NamedDigest, other: NamedDigest): boolean {
  return one === other || digestAlgorithmOf(one) !== digestAlgorithmOf(other);
}

/** Freshness never goes back. */
function latest(a: LinkTimes, b: LinkTimes): LinkTimes {
  const { issuedAtMs, freshUntilMs, staleUntilMs } = b.issuedAtMs >= a.issuedAtMs ? b : a;
  return { issuedAtMs, freshUntilMs, staleUntilMs };
}
