/**
 * A list as it crosses threads: shared memory, and what is needed to read it. Never changed once it is handed out: a
 * newer revision is another handle, so that a tap sees one revision whole.
 */

import type { NamedDigest } from '../crypto/named-digest.ts';

/** States an issuer gives; a card on no list has none. The order is that of the bytes in list files and deltas, from 1. */
export const LISTED_STATES = ['good', 'suspended', 'lost', 'replaced', 'cancelled'] as const;
export type ListedState = (typeof LISTED_STATES)[number];

/** Bytes of a card's key: SipHash-2-4 with 128-bit output of (issuer, credential id) under the list's own key. */
export const LIST_KEY_BYTES = 16;

/** Where a list stands in its chain of signed revisions, and until when it may be used. */
export interface ListHead {
  /** `cards`, or a named list. */
  readonly name: string;
  /** Names the key that cards are hashed with, 32 hex digits; deltas apply within one generation only. */
  readonly generation: string;
  /** Rises by one with each delta. */
  readonly revision: number;
  /** Of the newest link of the chain. A snapshot carries the one at its revision. */
  readonly chainHash: NamedDigest;
  /** A snapshot alone: of the chain that SM2 keys sign, where the other is of Ed25519 keys. */
  readonly sm3ChainHash?: NamedDigest;
  /** Milliseconds since 1970 UTC, as are the two below. */
  readonly issuedAtMs: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
}

export interface ListHandle {
  readonly head: ListHead;
  /** 16 bytes. */
  readonly hashKey: Uint8Array;
  /** Issuers all of whose cards are on the list: any other issuer's card is not covered, rather than unknown. */
  readonly covers: readonly string[];
  /** Cards on the list. */
  readonly size: number;
  /** The snapshot: immutable, and the same memory for every handle made from it. */
  readonly base: ListMemory;
  /** What deltas have changed since, newest first: the first that holds a card decides. */
  readonly overlays: readonly ListMemory[];
}

/** Shared memory of a table, whose layout its reader knows. */
export interface ListMemory {
  readonly layout: string;
  readonly parts: readonly SharedArrayBuffer[];
  readonly numbers: readonly number[];
}

/**
 * What a list says of a card. `unknown`: its issuer is covered and it is not there. `not_covered`: the list says nothing
 * of that issuer's cards.
 */
export interface CardStatus {
  readonly state: ListedState | 'unknown' | 'not_covered';
  /** Entitlement bits; 0 unless listed. */
  readonly entitlements: number;
}
