/** A status list of tokens as it crosses threads: shared memory, and what is needed to read it. */
import type { IdentifierDigests } from './identifier-digests.ts';

interface ListHandle {
  readonly uri: string;
  /** Whose word it is (`ListAuthority.id`): a list whose authority trust no longer names says nothing. */
  readonly authority: string;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
  readonly usableUntilMs: number;
}

/** A status list of tokens (draft-ietf-oauth-status-list), inflated. */
export interface StatusListHandle extends ListHandle {
  readonly kind: 'status_list';
  /** 1, 2, 4 or 8 bits for each token. */
  readonly bits: number;
  readonly entries: SharedArrayBuffer;
}

/** A list of identifiers that are revoked. */
export interface IdentifierListHandle extends ListHandle {
  readonly kind: 'identifier_list';
  readonly identifiers: IdentifierDigests;
}

export type TokenStatusHandle = StatusListHandle | IdentifierListHandle;
