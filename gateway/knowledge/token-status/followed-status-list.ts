/** One status list of tokens as this gateway follows it: verified, newer than what was in force, kept, handed over. */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { StatusRoot } from '../../../workers/trust/document.ts';
import type { PlatformEndpoint } from '../../outbound/platform-request.ts';
import { fetchStatusList } from './fetch-status-list.ts';
import { authorityOf, type ListAuthority } from './list-authority.ts';
import type { OwnListSource } from './list-of-profile.ts';
import { checkTimes, type ListToken, openListToken, tokenBytesMax, usableUntilMs } from './list-token.ts';
import type { StatusListFolder } from './status-list-folder.ts';
import { TokenStatusError } from './token-status-error.ts';
import type { TokenStatusHandle } from './token-status-handle.ts';

export interface FollowedListOptions {
  readonly source: OwnListSource;
  readonly roots: readonly StatusRoot[];
  readonly folder: StatusListFolder;
  /** What identifiers are kept by. */
  readonly digest: DigestAlgorithm;
  readonly platform: PlatformEndpoint;
  /** Largest list, inflated. */
  readonly maxBytes: number;
  /** By how much an issuer's clock may be ahead. */
  readonly toleranceMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly onList: (list: TokenStatusHandle) => void;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly token: ListToken;
}

export class FollowedStatusList {
  readonly #options: FollowedListOptions;
  readonly #authority: ListAuthority;
  /** The newest that verified: in force, or past its end. Nothing issued before it is taken. */
  #held: Held | null = null;
  #isInForce = false;

  constructor(options: FollowedListOptions) {
    this.#options = options;
    this.#authority = authorityOf(options.source, options.roots);
  }

  get uri(): string {
    return this.#options.source.uri;
  }

  /** Whose word it is. */
  get authority(): string {
    return this.#authority.id;
  }

  /** The newest that verified; null: there is none. */
  get token(): ListToken | null {
    return this.#held?.token ?? null;
  }

  /**
   * Puts in force what is on disk, where it still may be; where not, it is remembered all the same, for nothing older
   * to come after it. Rejects with TokenStatusError.
   */
  async restore(): Promise<void> {
    const bytes = this.#options.folder.read(this.uri);
    if (bytes === null) return;
    this.#held = { bytes, token: await this.#open(bytes) };
    this.#checkTimes(this.#held);
    this.#putInForce(this.#held);
  }

  /** Fetches it once. Rejects with TokenStatusError and PlatformError; then what was in force stays. */
  async refresh(stopping: AbortSignal): Promise<void> {
    const { source, platform, maxBytes, folder } = this.#options;
    const bytes = await fetchStatusList(source.fetchedAt, platform, tokenBytesMax(maxBytes), stopping);
    const known = this.#held !== null && Buffer.compare(bytes, this.#held.bytes) === 0 ? this.#held : null;
    const fetched = known ?? { bytes, token: await this.#open(bytes) };
    if (this.#held !== null && fetched.token.issuedAtMs < this.#held.token.issuedAtMs) {
      throw new TokenStatusError('rollback', 'the token is issued before the one that was in force');
    }
    this.#checkTimes(fetched);
    // Trust that came meanwhile may have ended this list's part in it.
    if (stopping.aborted) return;
    if (known === null) folder.keep(this.uri, bytes);
    this.#held = fetched;
    if (known === null || !this.#isInForce) this.#putInForce(fetched);
  }

  #open(bytes: Uint8Array): Promise<ListToken> {
    const { digest, maxBytes, now } = this.#options;
    return openListToken(bytes, {
      uri: this.uri,
      authority: this.#authority,
      digest,
      maxBytes,
      nowMs: now(),
    });
  }

  #checkTimes({ token }: Held): void {
    checkTimes(token, this.#options.now(), this.#options.toleranceMs);
  }

  #putInForce({ token }: Held): void {
    const { uri, issuedAtMs } = token;
    const said = { uri, authority: this.authority, issuedAtMs, usableUntilMs: usableUntilMs(token) };
    this.#isInForce = true;
    this.#options.onList(
      token.kind === 'status_list'
        ? { ...said, kind: token.kind, bits: token.bits, entries: token.entries }
        : { ...said, kind: token.kind, identifiers: token.identifiers },
    );
  }
}
