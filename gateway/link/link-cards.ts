/** Follows the card list: the snapshot where need be, and every change as soon as the platform publishes it. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { JWS_ALGORITHM } from '../../crypto/signature/jose.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { ChainRefusal } from '../../lists/delta-chain.ts';
import { parseStrictJson } from '../../workers/codecs/strict-json.ts';
import type { CardFollower, DeltaAnswer, Taken } from '../knowledge/cards/follow-cards.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from '../outbound/platform-request.ts';
import { RetryPause } from '../outbound/retry-pause.ts';
import type { TrustLoop } from './link-trust.ts';

export interface CardLoopOptions {
  readonly endpoint: PlatformEndpoint;
  readonly follower: CardFollower;
  /** Whose chain is asked for: a platform that signs none of it gives the one it has. */
  readonly profile: CryptoProfile;
  readonly trust: Pick<TrustLoop, 'cards' | 'update' | 'download'>;
  readonly deltaWaitMs: number;
  /** Largest answer that is read. */
  readonly answerBytesMax: number;
  /** Every failure; what was in force stays. Links that are refused are told by the follower. */
  readonly onFault: (error: unknown) => void;
}

/** The least wait between two requests, should the platform answer at once without anything new. */
const REST_MS = 20;
/** Wait before looking again for a first list. */
const NO_LIST_MS = 1_000;
const RETRY = { firstMs: 250, longestMs: 3_000, longestAnsweringMs: 1_000 } as const;
/** A published snapshot that does not take the list forward is not read again for so long. */
const USELESS_MS = 60_000;
/** Wait while deltas come another way; that is over, or something is missing, ends it. */
const CARRIED_MS = 60_000;
const GONE = 410;
/** What the contract has for one request (docs/platform.md). */
const WAIT_MAX_MS = 30_000;
/** As many deltas of one card as fit the largest answer. */
const JSON_LIMITS = { depth: 2, entries: 100_000 } as const;

const Answer = Compile(
  Type.Object({ head: Type.String(), deltas: Type.Array(Type.String()) }, { additionalProperties: false }),
);

export class CardLoop {
  readonly #options: CardLoopOptions;
  readonly #stopping = new AbortController();
  readonly #pause = new RetryPause(RETRY, this.#stopping.signal);
  #underWay = new AbortController();
  #platformAnswers: boolean | null = null;
  /** The last request was answered, so that the next may wait long for news. */
  #isConnected = false;
  #resynchronise = false;
  #carried = false;
  /** Deltas are out that did not come. */
  #behind = false;
  #useless: { readonly digest: string; readonly untilAt: number } | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: CardLoopOptions) {
    this.#options = options;
  }

  /** Fetches what is published, once: the snapshot where there is none, and the deltas since. Rejects as `onFault`. */
  async first(): Promise<void> {
    if (this.#options.follower.chain === null) await this.#takeSnapshot();
    if (this.#options.follower.chain !== null) await this.#ask();
  }

  start(): void {
    this.#running = this.#run();
  }

  /** While deltas are brought another way, the platform is not asked but for what did not come. */
  setCarried(carried: boolean): void {
    if (carried === this.#carried) return;
    this.#carried = carried;
    this.#isConnected = false;
    if (carried) this.#underWay.abort();
    else this.#pause.nudge();
  }

  /**
   * Takes what came another way, as if the platform had answered it, and returns why it was refused, which is told; null: it
   * was not. Where deltas are missing before it, the platform is asked. Throws the system's error when the disk does not take
   * it.
   */
  take(answer: DeltaAnswer): ChainRefusal | 'no_list' | null {
    const { follower } = this.#options;
    if (follower.chain === null) return 'no_list';
    const { refused, more } = follower.take(answer);
    if (refused === 'generation' || refused === 'fork') this.#resynchronise = true;
    if (refused === 'gap') this.#behind = true;
    else if (refused === null && !more) this.#behind = false;
    if (this.#resynchronise || this.#behind) this.#pause.nudge();
    return refused;
  }

  /** Deltas may have been missed: the platform is asked now, and until it answers. */
  want(): void {
    this.#behind = true;
    this.#pause.nudge();
  }

  /** When the platform is back, a request that hangs on from before is given up. */
  setPlatformAnswers(answers: boolean): void {
    if (answers && this.#platformAnswers === false) this.#underWay.abort();
    this.#platformAnswers = answers;
    this.#pause.setPlatformAnswers(answers);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#underWay.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#underWay = new AbortController();
      const { signal: givenUp } = this.#underWay;
      try {
        await this.#next();
      } catch (error) {
        if (signal.aborted) return;
        this.#isConnected = false;
        if (givenUp.aborted) continue;
        this.#options.onFault(error);
        await this.#pause.afterFailure(error as Error);
      }
    }
  }

  async #next(): Promise<void> {
    const { follower, trust } = this.#options;
    if (this.#resynchronise || follower.chain === null) {
      // The newest keys and the newest snapshot, whatever was wrong with what was there.
      await trust.update();
      this.#resynchronise = false;
      await this.#takeSnapshot();
    } else if (follower.wantsSnapshot) await this.#takeSnapshot();
    if (follower.chain === null) await this.#pause.idle(NO_LIST_MS);
    else if (this.#carried && !this.#behind) await this.#pause.idle(CARRIED_MS);
    else await this.#askAndRest();
  }

  async #askAndRest(): Promise<void> {
    const { refused, more } = await this.#ask();
    if (refused !== null) {
      this.#isConnected = false;
      await this.#pause.afterFailure(new Error(refused));
      return;
    }
    this.#pause.succeeded();
    this.#isConnected = true;
    if (!more) await this.#pause.idle(REST_MS);
  }

  async #takeSnapshot(): Promise<void> {
    const { follower, trust } = this.#options;
    const target = trust.cards;
    if (target === null) return;
    const now = performance.now();
    if (this.#useless?.digest === target.digest && now < this.#useless.untilAt) return;
    const taken = await follower.takeSnapshot(target, trust.download, this.#underWay.signal);
    this.#useless = taken ? null : { digest: target.digest, untilAt: now + USELESS_MS };
  }

  /** One request, and what it brought is in force. A refusal, or deltas that are gone, ask for a snapshot. */
  async #ask(): Promise<Taken> {
    const { follower, deltaWaitMs } = this.#options;
    const waitMs =
      this.#isConnected && !this.#carried && !this.#behind ? Math.min(WAIT_MAX_MS, deltaWaitMs) : 0;
    const before = follower.chain;
    try {
      const answer = await this.#request(waitMs);
      // Overtaken by what came another way: it says nothing new, and its head is older.
      if (follower.chain !== before) return { applied: 0, refused: null, more: this.#behind };
      const taken = follower.take(answer);
      if (taken.refused !== null) this.#resynchronise = true;
      else if (!taken.more) this.#behind = false;
      return taken;
    } catch (error) {
      if (error instanceof PlatformError && error.status === GONE) this.#resynchronise = true;
      throw error;
    }
  }

  async #request(waitMs: number): Promise<DeltaAnswer> {
    const { endpoint, follower, answerBytesMax, profile } = this.#options;
    const { generation = '', revision = 0 } = follower.chain ?? {};
    const alg = profile === 'sm' ? `&alg=${JWS_ALGORITHM[algorithmFor('list-link', profile)]}` : '';
    const query = `generation=${generation}&after=${revision}&wait_ms=${waitMs}${alg}`;
    const { body } = await requestPlatform(
      { ...endpoint, timeoutMs: endpoint.timeoutMs + waitMs },
      { path: `/v1/lists/cards/deltas?${query}`, maxBytes: answerBytesMax, signal: this.#underWay.signal },
    );
    return readAnswer(body);
  }
}

/** Throws PlatformError `malformed`. */
function readAnswer(body: Buffer): DeltaAnswer {
  const read = parseStrictJson(body.toString('latin1'), JSON_LIMITS);
  if (!read.ok || !Answer.Check(read.value)) {
    throw new PlatformError('malformed', 'the answer with deltas is not of the documented shape');
  }
  return read.value;
}
