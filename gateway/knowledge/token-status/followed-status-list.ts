/** One status list of tokens as this gateway follows it: verified, newer than what was in force, kept, handed over. */
import type { StatusListSource } from '../../../workers/trust/document.ts';
import type { PlatformEndpoint } from '../../outbound/platform-request.ts';
import { fetchStatusList } from './fetch-status-list.ts';
import type { StatusListFolder } from './status-list-folder.ts';
import { type ListSigner, listSigner } from './status-list-key.ts';
import {
  checkTimes,
  openStatusListToken,
  type StatusListToken,
  tokenBytesMax,
  usableUntilMs,
} from './status-list-token.ts';
import { TokenStatusError } from './token-status-error.ts';
import type { TokenStatusHandle } from './token-status-handle.ts';

export interface FollowedListOptions {
  readonly source: StatusListSource;
  readonly folder: StatusListFolder;
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
  readonly text: string;
  readonly token: StatusListToken;
}

export class FollowedStatusList {
  readonly #options: FollowedListOptions;
  readonly #signer: ListSigner;
  /** The newest that verified: in force, or past its end. Nothing issued before it is taken. */
  #held: Held | null = null;
  #isInForce = false;

  constructor(options: FollowedListOptions) {
    this.#options = options;
    this.#signer = listSigner(options.source.keyJwk);
  }

  get uri(): string {
    return this.#options.source.uri;
  }

  get thumbprint(): string {
    return this.#signer.thumbprint;
  }

  /** The newest that verified; null: there is none. */
  get token(): StatusListToken | null {
    return this.#held?.token ?? null;
  }

  /**
   * Puts in force what is on disk, where it still may be; where not, it is remembered all the same, for nothing older
   * to come after it. Rejects with TokenStatusError.
   */
  async restore(): Promise<void> {
    const text = this.#options.folder.read(this.uri);
    if (text === null) return;
    this.#held = { text, token: await this.#open(text) };
    this.#checkTimes(this.#held);
    this.#putInForce(this.#held);
  }

  /** Fetches it once. Rejects with TokenStatusError and PlatformError; then what was in force stays. */
  async refresh(stopping: AbortSignal): Promise<void> {
    const { platform, maxBytes, folder } = this.#options;
    const text = await fetchStatusList(this.uri, platform, tokenBytesMax(maxBytes), stopping);
    const known = text === this.#held?.text ? this.#held : null;
    const fetched = known ?? { text, token: await this.#open(text) };
    if (this.#held !== null && fetched.token.issuedAtMs < this.#held.token.issuedAtMs) {
      throw new TokenStatusError('rollback', 'the token is issued before the one that was in force');
    }
    this.#checkTimes(fetched);
    // Trust that came meanwhile may have ended this list's part in it.
    if (stopping.aborted) return;
    if (known === null) folder.keep(this.uri, text);
    this.#held = fetched;
    if (known === null || !this.#isInForce) this.#putInForce(fetched);
  }

  #open(text: string): Promise<StatusListToken> {
    const { maxBytes } = this.#options;
    return openStatusListToken(text, { uri: this.uri, signer: this.#signer, maxBytes });
  }

  #checkTimes({ token }: Held): void {
    checkTimes(token, this.#options.now(), this.#options.toleranceMs);
  }

  #putInForce({ token }: Held): void {
    const { bits, entries, issuedAtMs } = token;
    this.#isInForce = true;
    this.#options.onList({
      uri: this.uri,
      keyThumbprint: this.thumbprint,
      bits,
      entries,
      issuedAtMs,
      usableUntilMs: usableUntilMs(token),
    });
  }
}
