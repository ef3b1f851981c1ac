/** Keeps trust, and the lists that come with it as targets, as new as the platform has them. */

import type { TakenProfiles } from '../../config/crypto-settings.ts';
import { signersOf } from '../../crypto/signature/signers.ts';
import type { LinkKeys } from '../../lists/delta-jws.ts';
import type { AnnouncedList } from '../knowledge/cards/follow-folder.ts';
import type { NamedLists } from '../knowledge/cards/follow-named.ts';
import type { PinsFollower } from '../knowledge/cards/signed-pins.ts';
import type { CityFollower } from '../knowledge/city/follow-city.ts';
import type { MetadataSet } from '../knowledge/trust/metadata-fetcher.ts';
import type { TrustBundle } from '../knowledge/trust/trust-bundle.ts';
import type { TrustInForce } from '../knowledge/trust/trust-in-force.ts';
import type { TrustRepository } from '../knowledge/trust/trust-repository.ts';
import { RetryPause } from '../outbound/retry-pause.ts';

export interface TrustLoopOptions {
  readonly repository: Pick<TrustRepository, 'load' | 'update' | 'fetchTarget' | 'timestampVersion'>;
  readonly named: NamedLists;
  /** Null: there is no desk that could use them. */
  readonly pins: PinsFollower | null;
  /** Null: the platform's city document is not followed. */
  readonly city: CityFollower | null;
  /** Whose algorithms links are taken of. */
  readonly crypto: TakenProfiles;
  readonly pollMs: number;
  readonly onTrust: (trust: TrustInForce) => void;
  readonly onFault: (error: unknown) => void;
}

/** Longest wait after a failure: an outage ends with everything up to date a few seconds later. */
const RETRY = { firstMs: 250, longestMs: 3_000, longestAnsweringMs: 1_000 } as const;

export class TrustLoop {
  readonly #options: TrustLoopOptions;
  readonly #stopping = new AbortController();
  readonly #pause = new RetryPause(RETRY, this.#stopping.signal);
  #bundle: TrustBundle | null = null;
  #keys: LinkKeys = new Map();
  #running: Promise<void> = Promise.resolve();
  /** One after the other: what comes by the bus, and what the loop asks for. */
  #last: Promise<unknown> = Promise.resolve();
  #carried = false;
  /** There is something newer than what is in force. */
  #wanted = false;

  constructor(options: TrustLoopOptions) {
    this.#options = options;
  }

  get hasTrust(): boolean {
    return this.#bundle !== null;
  }

  /** Keys that links of the card list must be signed with. */
  get keys(): LinkKeys {
    return this.#keys;
  }

  /** The card list's snapshot as it is published now; null: there is none. */
  get cards(): AnnouncedList | null {
    return this.#targets().find(({ path }) => path === 'lists/cards.list') ?? null;
  }

  /** Fetches a list of the bundle in force. Rejects with TrustUpdateError. */
  readonly download = (path: string, signal: AbortSignal): Promise<string> =>
    this.#options.repository.fetchTarget(path, signal);

  /** Puts in force what is on disk. Never rejects. */
  async restore(): Promise<void> {
    this.#options.city?.restore();
    this.#options.pins?.restore();
    try {
      const bundle = await this.#options.repository.load();
      if (bundle) this.#take(bundle);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  /** Asks the platform once. Rejects with TrustUpdateError; then what was in force stays. */
  async update(): Promise<void> {
    this.#take(await this.#options.repository.update(this.#stopping.signal));
  }

  /** Brings the city document to where the bundle in force has it. Never rejects. */
  async followCity(): Promise<void> {
    await this.#options.city?.follow(this.#stopping.signal);
  }

  /** Brings the named lists, and what comes with them, to where the bundle in force has them. Never rejects. */
  async followNamed(): Promise<void> {
    const { named, pins } = this.#options;
    const { signal } = this.#stopping;
    await named.follow(this.#targets(), this.download, signal);
    await pins?.follow(this.#targets(), this.download, signal);
  }

  /** Version of the timestamp in force. */
  get version(): number {
    return this.#options.repository.timestampVersion;
  }

  /** A whole consistent set of metadata that came another way. Rejects with TrustUpdateError; then what was in force stays. */
  takeSet(from: MetadataSet): Promise<void> {
    return this.#inTurn(async () => {
      this.#take(await this.#options.repository.update(this.#stopping.signal, from));
      await this.followCity();
      await this.followNamed();
    });
  }

  /** While what is new is brought another way, the platform is not asked but for what did not come. */
  setCarried(carried: boolean): void {
    if (carried === this.#carried) return;
    this.#carried = carried;
    if (!carried) this.#pause.nudge();
  }

  /** Something newer is out: the platform is asked now, and until it answers. */
  want(): void {
    this.#wanted = true;
    this.#pause.nudge();
  }

  /** Looks from now on, first after the usual wait. */
  start(): void {
    this.#running = this.#run();
  }

  setPlatformAnswers(answers: boolean): void {
    this.#pause.setPlatformAnswers(answers);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    await this.#pause.idle(this.#options.pollMs);
    while (!signal.aborted) {
      try {
        await this.#inTurn(() => this.#look());
        this.#pause.succeeded();
        await this.#pause.idle(this.#options.pollMs);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onFault(error);
        await this.#pause.afterFailure(error as Error);
      }
    }
  }

  /** Lists that could not be fetched are tried again also while metadata comes another way. */
  async #look(): Promise<void> {
    if (!this.#carried || this.#wanted) {
      await this.update();
      this.#wanted = false;
    }
    await this.followCity();
    await this.followNamed();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => null);
    return run;
  }

  #take(bundle: TrustBundle): void {
    if (bundle === this.#bundle) return;
    this.#bundle = bundle;
    const keys = bundle.listKeys.map(({ kid, publicKey }) => [kid, publicKey] as const);
    this.#keys = signersOf('list-link', keys, this.#options.crypto);
    this.#options.onTrust(bundle.trust);
  }

  #targets(): AnnouncedList[] {
    return [...(this.#bundle?.targets ?? [])].map(([path, { digest }]) => ({ path, digest }));
  }
}
