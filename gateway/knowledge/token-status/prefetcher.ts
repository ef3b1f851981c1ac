/**
 * Follows the status lists of tokens that trust names: fetches each ahead of its end, never because of a tap. What is
 * in force stays until something newer has verified.
 */
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { Limits } from '../../../config/settings.ts';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import type { StatusListSource, StatusRoot } from '../../../workers/trust/document.ts';
import { PlatformError } from '../../outbound/platform-error.ts';
import type { PlatformEndpoint } from '../../outbound/platform-request.ts';
import { RetryPause } from '../../outbound/retry-pause.ts';
import { FollowedStatusList } from './followed-status-list.ts';
import { authorityId } from './list-authority.ts';
import { listOfProfile, type OwnListSource } from './list-of-profile.ts';
import { type ListToken, tokenBytesMax, usableUntilMs } from './list-token.ts';
import { Semaphore } from './semaphore.ts';
import { StatusListFolder } from './status-list-folder.ts';
import { TokenStatusError } from './token-status-error.ts';
import type { TokenStatusHandle } from './token-status-handle.ts';

export interface TokenStatusPrefetcherOptions {
  /** Where tokens are kept. */
  readonly folder: string;
  /** Whose digests name files and identifiers. */
  readonly profile: CryptoProfile;
  readonly limits: Pick<Limits, 'token_status_lists' | 'token_status_bytes' | 'clock_tolerance_ms'>;
  /** Its time limit holds for every issuer; its token is shown to no other. */
  readonly platform: PlatformEndpoint;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly onList: (list: TokenStatusHandle) => void;
  /** Every failure; what was in force stays. `fault`: of TOKEN_STATUS_FAULTS or PLATFORM_FAULTS, or `internal`. */
  readonly onFault: (fault: string, message: string) => void;
}

interface Following {
  readonly list: FollowedStatusList;
  readonly stopping: AbortController;
  readonly pause: RetryPause;
  /** What is on disk was looked at: nothing is fetched before, lest it be older. */
  isRestored: boolean;
  /** Null until it is started. */
  running: Promise<void> | null;
}

/** Wait between two looks at a list whose issuer does not say (`ttl`), and bounds of what one may say. */
const USUAL_MS = 900_000;
const LEAST_MS = 1_000;
const LONGEST_MS = 86_400_000;
const RETRY = { firstMs: 1_000, longestMs: 300_000, longestAnsweringMs: 10_000 } as const;
/** Fetched and inflated at once, at most: what bounds the memory that takes. */
const AT_ONCE = 2;

export class TokenStatusPrefetcher {
  readonly #options: TokenStatusPrefetcherOptions;
  readonly #digest: DigestAlgorithm;
  readonly #folder: StatusListFolder;
  readonly #semaphore = new Semaphore(AT_ONCE);
  #following: readonly Following[] = [];
  #isStarted = false;
  #isStopped = false;

  /** Makes the folder. Throws the system's errors. */
  constructor(options: TokenStatusPrefetcherOptions) {
    this.#options = options;
    this.#digest = algorithmFor('token-status-index', options.profile);
    this.#folder = new StatusListFolder(
      options.folder,
      this.#digest,
      tokenBytesMax(options.limits.token_status_bytes),
    );
  }

  /**
   * Follows exactly these lists from now on. A list that is new here, or is another's word now, is put in force from disk
   * where its token verifies again. Resolves when that is done; never rejects.
   */
  async setSources(sources: readonly StatusListSource[], roots: readonly StatusRoot[] = []): Promise<void> {
    if (this.#isStopped) return;
    const { profile } = this.#options;
    const wanted = this.#withinLimit(sources).map((source) => listOfProfile(source, profile));
    const before = this.#following;
    const kept = before.filter(({ list }) => wanted.some((source) => isSame(source, roots, list)));
    const fresh = wanted
      .filter((source) => !kept.some(({ list }) => isSame(source, roots, list)))
      .map((source) => this.#follow(source, roots));
    this.#following = [...kept, ...fresh];
    const left = before.filter((each) => !kept.includes(each));
    for (const { stopping } of left) stopping.abort();
    await Promise.all(left.map(({ running }) => running));
    this.#forgetOthers();
    await Promise.all(fresh.map((each) => this.#restore(each)));
  }

  /** Fetches every list, at once and from then on in its time. */
  start(): void {
    this.#isStarted = true;
    for (const each of this.#following) if (each.isRestored) this.#start(each);
  }

  /** When the platform is back, what failed is not waited for any longer. */
  setPlatformAnswers(answers: boolean): void {
    for (const { pause } of this.#following) pause.setPlatformAnswers(answers);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { stopping } of this.#following) stopping.abort();
    await Promise.all(this.#following.map(({ running }) => running));
  }

  #withinLimit(sources: readonly StatusListSource[]): readonly StatusListSource[] {
    const { token_status_lists: most } = this.#options.limits;
    if (sources.length > most) {
      this.#options.onFault('too_many', `${sources.length} status lists are more than the ${most} allowed`);
    }
    return sources.slice(0, most);
  }

  #follow(source: OwnListSource, roots: readonly StatusRoot[]): Following {
    const { limits, platform, now, onList } = this.#options;
    const stopping = new AbortController();
    const list = new FollowedStatusList({
      source,
      roots,
      folder: this.#folder,
      digest: this.#digest,
      platform,
      maxBytes: limits.token_status_bytes,
      toleranceMs: limits.clock_tolerance_ms,
      now,
      onList: (handle) => {
        if (!stopping.signal.aborted) onList(handle);
      },
    });
    const pause = new RetryPause(RETRY, stopping.signal);
    return { list, stopping, pause, isRestored: false, running: null };
  }

  async #restore(following: Following): Promise<void> {
    try {
      await this.#semaphore.run(() => following.list.restore());
    } catch (error) {
      if (!following.stopping.signal.aborted) this.#fault(error);
    }
    following.isRestored = true;
    if (this.#isStarted) this.#start(following);
  }

  #start(following: Following): void {
    following.running ??= this.#run(following);
  }

  async #run(following: Following): Promise<void> {
    const { list, stopping, pause } = following;
    while (!stopping.signal.aborted) {
      try {
        await this.#refresh(following);
        pause.succeeded();
        await pause.idle(list.token === null ? USUAL_MS : this.#restMs(list.token));
      } catch (error) {
        if (stopping.signal.aborted) return;
        this.#fault(error);
        await pause.afterFailure(error as Error);
      }
    }
  }

  async #refresh({ list, stopping }: Following): Promise<void> {
    await this.#semaphore.run(async () => {
      if (!stopping.signal.aborted) await list.refresh(stopping.signal);
    });
  }

  /** As long as the issuer says, but twice at least before its end. Jitter only ever shortens it. */
  #restMs(token: ListToken): number {
    const untilEndMs = usableUntilMs(token) - this.#options.now();
    const wantedMs = Math.min(token.ttlMs ?? USUAL_MS, untilEndMs / 2, LONGEST_MS);
    return Math.max(LEAST_MS, wantedMs);
  }

  #forgetOthers(): void {
    try {
      this.#folder.keepOnly(this.#following.map(({ list }) => list.uri));
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    const known = error instanceof TokenStatusError || error instanceof PlatformError;
    this.#options.onFault(known ? error.code : 'internal', (error as Error).message);
  }
}

function isSame(source: OwnListSource, roots: readonly StatusRoot[], list: FollowedStatusList): boolean {
  return source.uri === list.uri && authorityId(source, roots) === list.authority;
}
