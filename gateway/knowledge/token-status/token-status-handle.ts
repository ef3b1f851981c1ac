/** A status list of tokens as it crosses threads: shared memory, and what is needed to read it. */

/** A status list of tokens (draft-ietf-oauth-status-list), inflated. */
export interface TokenStatusHandle {
  readonly uri: string;
  /** RFC 7638 thumbprint of the key it is signed with: a list whose key trust no longer names says nothing. */
  readonly keyThumbprint: string;
  /** 1, 2, 4 or 8 bits for each token. */
  readonly bits: number;
  readonly entries: SharedArrayBuffer;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
  readonly usableUntilMs: number;
}
