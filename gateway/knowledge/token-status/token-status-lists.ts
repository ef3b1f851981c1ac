/** What a tap asks of status lists of tokens: memory only, and only of lists that trust names now. */
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { StatusReference } from '../../../workers/contract.ts';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { hasIdentifier } from './identifier-digests.ts';
import { authorityId } from './list-authority.ts';
import { listOfProfile } from './list-of-profile.ts';
import { entryAt } from './status-list-entries.ts';
import type { TokenStatusHandle } from './token-status-handle.ts';

/**
 * Status of a token (draft-ietf-oauth-status-list, clause 7.1): valid 0, invalid 1, suspended 2; `other` has a meaning
 * between its issuer and whoever knows it (3, and 12 to 15), and `reserved` none yet: not valid. On a list of identifiers, those
 * that are there are invalid. `out_of_range`: the list has no such entry, or is of the other kind, and the token must be refused (clause 8.3). The last two
 * are no status, and neither is "valid" or "unknown":
 *
 * - `not_covered`: trust names no such list;
 * - `stale`: none that may still be used is at hand.
 */
export type TokenStatus =
  | {
      readonly kind: 'valid' | 'invalid' | 'suspended' | 'other' | 'reserved' | 'out_of_range';
      /** When the list was issued, milliseconds since 1970 UTC. */
      readonly asOfMs: number;
    }
  | { readonly kind: 'not_covered' | 'stale' };

type ListTrust = Pick<TrustDocument, 'statusLists' | 'statusRoots'>;

export interface TokenStatusListsOptions {
  /** Under whose key lists are that have two. */
  readonly profile: CryptoProfile;
  /** Trust in force now. */
  readonly trust: () => ListTrust;
  /** The newest list that was handed over, by its uri. */
  readonly list: (uri: string) => TokenStatusHandle | null;
}

const MEANINGS = ['valid', 'invalid', 'suspended'] as const;
const APPLICATION_SPECIFIC: ReadonlySet<number> = new Set([3, 12, 13, 14, 15]);

export class TokenStatusLists {
  readonly #options: TokenStatusListsOptions;
  #sources: TrustDocument['statusLists'];
  /** Whose word each list is, by its uri, of the sources above. */
  #authorities: ReadonlyMap<string, string> = new Map();

  constructor(options: TokenStatusListsOptions) {
    this.#options = options;
  }

  /** `nowMs`: milliseconds since 1970 UTC. Never throws. */
  lookup(reference: StatusReference, nowMs: number): TokenStatus {
    const authority = this.#authoritiesNow().get(reference.uri);
    if (authority === undefined) return { kind: 'not_covered' };
    const list = this.#options.list(reference.uri);
    if (list === null || list.authority !== authority || nowMs >= list.usableUntilMs)
      return { kind: 'stale' };
    return { kind: statusOn(list, reference), asOfMs: list.issuedAtMs };
  }

  #authoritiesNow(): ReadonlyMap<string, string> {
    const { statusLists, statusRoots = [] } = this.#options.trust();
    if (statusLists !== this.#sources) {
      this.#sources = statusLists;
      this.#authorities = new Map(
        (statusLists ?? [])
          .map((source) => listOfProfile(source, this.#options.profile))
          .map((source) => [source.uri, authorityId(source, statusRoots)] as const),
      );
    }
    return this.#authorities;
  }
}

function statusOn(list: TokenStatusHandle, reference: StatusReference): StatusOnList {
  if (list.kind === 'identifier_list') {
    if (reference.kind !== 'identifier_list') return 'out_of_range';
    return hasIdentifier(list.identifiers, reference.id) ? 'invalid' : 'valid';
  }
  const value = reference.kind === 'status_list' ? entryAt(list.entries, list.bits, reference.index) : null;
  if (value === null) return 'out_of_range';
  return MEANINGS[value] ?? (APPLICATION_SPECIFIC.has(value) ? 'other' : 'reserved');
}

type StatusOnList = Extract<TokenStatus, { readonly asOfMs: number }>['kind'];
