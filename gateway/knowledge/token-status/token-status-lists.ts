/** What a tap asks of status lists of tokens: memory only, and only of lists that trust names now. */
import type { StatusReference } from '../../../workers/contract.ts';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { entryAt } from './status-list-entries.ts';
import { keyThumbprint } from './status-list-key.ts';
import type { TokenStatusHandle } from './token-status-handle.ts';

/**
 * Status of a token (draft-ietf-oauth-status-list, clause 7.1): valid 0, invalid 1, suspended 2; `other` has a meaning
 * between its issuer and whoever knows it. The last three are no status, and none of them is "valid" or "unknown":
 *
 * - `not_covered`: trust names no such list;
 * - `stale`: none that may still be used is at hand;
 * - `out_of_range`: the list has no such entry.
 */
export type TokenStatus =
  | {
      readonly kind: 'valid' | 'invalid' | 'suspended' | 'other';
      readonly value: number;
      /** When the list was issued, milliseconds since 1970 UTC. */
      readonly asOfMs: number;
    }
  | { readonly kind: 'not_covered' | 'stale' | 'out_of_range' };

export interface TokenStatusListsOptions {
  /** Trust in force now. */
  readonly trust: () => Pick<TrustDocument, 'statusLists'>;
  /** The newest list that was handed over, by its uri. */
  readonly list: (uri: string) => TokenStatusHandle | null;
}

const MEANINGS = ['valid', 'invalid', 'suspended'] as const;

export class TokenStatusLists {
  readonly #options: TokenStatusListsOptions;
  #sources: TrustDocument['statusLists'];
  /** Thumbprint of the key by the uri, of the sources above. */
  #keys: ReadonlyMap<string, string> = new Map();

  constructor(options: TokenStatusListsOptions) {
    this.#options = options;
  }

  /** `nowMs`: milliseconds since 1970 UTC. Never throws. */
  lookup(reference: StatusReference, nowMs: number): TokenStatus {
    if (reference.kind !== 'status_list') return { kind: 'not_covered' };
    const { uri, index } = reference;
    const key = this.#keysNow().get(uri);
    if (key === undefined) return { kind: 'not_covered' };
    const list = this.#options.list(uri);
    if (list === null || list.keyThumbprint !== key || nowMs >= list.usableUntilMs) return { kind: 'stale' };
    const value = entryAt(list.entries, list.bits, index);
    if (value === null) return { kind: 'out_of_range' };
    return { kind: MEANINGS[value] ?? 'other', value, asOfMs: list.issuedAtMs };
  }

  #keysNow(): ReadonlyMap<string, string> {
    const { statusLists } = this.#options.trust();
    if (statusLists !== this.#sources) {
      this.#sources = statusLists;
      this.#keys = new Map(
        (statusLists ?? []).map(({ uri, keyJwk }) => [uri, keyThumbprint(keyJwk)] as const),
      );
    }
    return this.#keys;
  }
}
