/**
 * Hands in what the platform is told by the stream of journals. A message is published after the last of its subject and of
 * no other (`Nats-Expected-Last-Subject-Sequence`) and under a name of its content (`Nats-Msg-Id`), so that one that is sent
 * again after a cut is not in the stream twice. That the servers stored it confirms nothing: the platform does, once it has
 * it on disk, by what it says on `confirm.<gateway>`. What the stream has lost by then is published again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { Bus, BusSession } from '../../cluster/bus/connect.ts';
import { type CursorMessage, OwnCursor } from '../../cluster/bus/own-cursor.ts';
import type { BusNames } from '../../cluster/bus/subjects.ts';
import { SEAL_HEADER } from '../../outbound/answer-seal.ts';
import { PlatformError } from '../../outbound/platform-error.ts';
import type { PlatformResponse, SealKeys } from '../../outbound/platform-request.ts';
import type { RouteBounds, UploadRequest } from '../upload-route.ts';
import {
  type Confirmation,
  type ConfirmedUpload,
  isSealed,
  readConfirmation,
  type SaidOnBus,
} from './confirmation.ts';
import { isFull, publishFault, wasWrongSequence } from './publish-fault.ts';
import { type LastStored, nameOf, type SentUpload, SentUploads } from './sent-uploads.ts';
import { type UploadMessage, uploadMessage } from './upload-message.ts';

export interface BusUploadsOptions {
  readonly bus: Pick<Bus, 'attend'>;
  readonly names: Pick<BusNames, 'journals' | 'journal' | 'report' | 'confirmations' | 'confirm'>;
  readonly gatewayId: string;
  /** Whose digests its messages are known by. */
  readonly profile: CryptoProfile;
  readonly bounds: RouteBounds;
  /** Keys that confirmations are sealed with; null: trust is not known yet. */
  readonly sealKeys: () => SealKeys | null;
  /** Something of the bus that will pass, or of what the platform says there. */
  readonly onFault: (error: Error) => void;
  /** Messages that the servers had acknowledged and no longer have: they are published again. */
  readonly onLost?: (messages: number) => void;
}

const PUBLISH_MS = 5_000;
const RETRY_FIRST_MS = 100;
const RETRY_LONGEST_MS = 5_000;
/** Time after which an answer may have been lost, while the bus stands; doubles with each time. */
const ASK_AGAIN_MS = 30_000;
const ASK_AGAIN_LONGEST_MS = 600_000;
const TICK_MS = 1_000;
const TELL_AGAIN_MS = 10_000;

export class BusUploads {
  readonly bounds: RouteBounds;
  readonly #options: BusUploadsOptions;
  readonly #sent = new SentUploads();
  readonly #lasts = new Map<string, LastStored>();
  readonly #stopping = new AbortController();
  readonly #forget: () => void;
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  /** How the stream stands is not known. */
  #isUnsure = true;
  /** The last that was believed. */
  #latest: SaidOnBus | null = null;
  /** What was looked at last, and what it was taken for. */
  #heard: { said: SaidOnBus; keys: SealKeys | null; confirmation: Confirmation | null } | null = null;
  #sessions = 0;
  /** In a row. */
  #wrongSequences = 0;
  #told = { message: '', atMs: 0 };
  #progressMs = performance.now();
  #askAgainMs = ASK_AGAIN_MS;

  constructor(options: BusUploadsOptions) {
    this.#options = options;
    this.bounds = options.bounds;
    this.#forget = options.bus.attend((session) => {
      this.#running = this.#running.then(() => this.#serve(session));
    });
  }

  /** Milliseconds for which something waits for its answer and nothing is answered; 0: nothing waits. */
  get stuckMs(): number {
    const oldest = this.#sent.oldestWaiting;
    return oldest === null ? 0 : performance.now() - Math.max(oldest.sinceMs, this.#progressMs);
  }

  /** How often the bus stood. */
  get sessions(): number {
    return this.#sessions;
  }

  /** The stream is there, and the platform has answered all that it holds of this gateway. */
  get isReady(): boolean {
    return !this.#isUnsure && !this.#sent.hasUnanswered;
  }

  /** When the platform last answered something, by `performance.now`. */
  get progressMs(): number {
    return this.#progressMs;
  }

  /** Null: it goes over HTTP only. */
  messageOf(request: UploadRequest): UploadMessage | null {
    return uploadMessage(this.#options, request);
  }

  /** As UploadRoute; rejects only when it is given up, and with the platform's refusal. */
  async send(message: UploadMessage, signal: AbortSignal): Promise<PlatformResponse> {
    return await new Promise<PlatformResponse>((resolve, reject) => {
      const waiter = {
        answered: (answer: ConfirmedUpload) => {
          signal.removeEventListener('abort', giveUp);
          settle(answer, this.#areSealed, resolve, reject);
        },
      };
      const giveUp = () => {
        this.#sent.giveUp(message, waiter);
        reject(new PlatformError('timeout', 'the platform has not answered on the bus'));
      };
      if (signal.aborted) return void giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      this.#sent.add(message, waiter, performance.now());
      // It may have been answered before this process asked.
      if (this.#latest) this.#hear(this.#latest);
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#forget();
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  get #areSealed(): boolean {
    return (this.#options.sealKeys()?.size ?? 0) > 0;
  }

  /** From the begin of a session to its end. */
  async #serve(session: BusSession): Promise<void> {
    const { names, gatewayId } = this.#options;
    const over = AbortSignal.any([session.signal, this.#stopping.signal]);
    if (over.aborted) return;
    this.#sessions += 1;
    over.addEventListener('abort', () => this.#wake(), { once: true });
    this.#isUnsure = true;
    // From the first that is there, which is the last that was said: nothing else is kept.
    const cursor = new OwnCursor({
      bus: {
        attend(work) {
          work(session);
          return () => {};
        },
      },
      stream: names.confirmations,
      subjects: [names.confirm(gatewayId)],
      place: null,
      beginsAt: 'first',
      take: (message) => this.#take(message),
      keep: () => {},
      onFault: (error) => this.#tell(error),
    });
    try {
      await this.#publishAll(session, over);
    } finally {
      await cursor.close();
    }
  }

  async #publishAll(session: BusSession, over: AbortSignal): Promise<void> {
    let failures = 0;
    while (!over.aborted) {
      try {
        if (this.#isUnsure) await this.#lookAtStream(session);
        const upload = this.#sent.next;
        if (upload === null) await this.#idle();
        else await this.#publish(session, upload);
        failures = 0;
      } catch (error) {
        if (over.aborted) return;
        this.#isUnsure = true;
        this.#tell(publishFault(error, this.#options.names.journals));
        const pauseMs = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** failures);
        failures += 1;
        await sleep(pauseMs, undefined, { signal: over }).catch(() => {});
      }
    }
  }

  /** Asks the servers what they hold of this gateway. */
  async #lookAtStream({ manager }: BusSession): Promise<void> {
    const { names, onLost } = this.#options;
    const { created, state } = await manager.streams.info(names.journals);
    this.#lasts.clear();
    for (const subject of this.#sent.subjects) {
      const last = await manager.streams.getMessage(names.journals, { last_by_subj: subject });
      const name = last?.header.get('Nats-Msg-Id') ?? null;
      this.#lasts.set(subject, { sequence: last?.seq ?? 0, name });
    }
    const lost = this.#sent.standsAt({ made: String(created), first: state.first_seq, lasts: this.#lasts });
    this.#isUnsure = false;
    if (lost > 0) onLost?.(lost);
  }

  async #publish({ jetstream }: BusSession, upload: SentUpload): Promise<void> {
    const { subject, body } = upload.message;
    const last = this.#lasts.get(subject);
    if (last === undefined) {
      this.#isUnsure = true;
      return;
    }
    upload.isInDoubt = true;
    const name = nameOf(upload);
    try {
      const { seq, duplicate } = await jetstream.publish(subject, body, {
        msgID: name,
        expect: { lastSubjectSequence: last.sequence },
        timeout: PUBLISH_MS,
      });
      upload.isInDoubt = false;
      upload.sequence = seq;
      if (!duplicate) this.#lasts.set(subject, { sequence: seq, name });
      else if (this.#latest) this.#hear(this.#latest);
      this.#wrongSequences = 0;
    } catch (error) {
      const isStale = wasWrongSequence(error);
      // Then it was not stored.
      if (isStale || isFull(error)) upload.isInDoubt = false;
      // Once in a while it is the platform that has made room of what it has read.
      this.#wrongSequences = isStale ? this.#wrongSequences + 1 : 0;
      if (!isStale || this.#wrongSequences > 1) throw error;
      this.#isUnsure = true;
    }
  }

  /** Waits for something to publish; meanwhile an answer may have been lost. */
  async #idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    const oldest = this.#sent.oldestWaiting;
    if (oldest === null || this.stuckMs < this.#askAgainMs) return;
    this.#askAgainMs = Math.min(this.#askAgainMs * 2, ASK_AGAIN_LONGEST_MS);
    if (oldest.sequence !== null) this.#sent.askAgain(oldest, performance.now());
  }

  #take({ subject, data, headers }: CursorMessage): void {
    const said = { subject, data, seal: headers?.get(SEAL_HEADER) ?? null };
    if (this.#hear(said)) this.#latest = said;
    else {
      const why = 'what is said on the bus to this gateway is not under the seal of the platform';
      this.#tell(new PlatformError('signature', why));
    }
  }

  /** The same is told again only after a while. */
  #tell(error: Error): void {
    const nowMs = performance.now();
    const { message, atMs } = this.#told;
    if (error.message === message && nowMs - atMs < TELL_AGAIN_MS) return;
    this.#told = { message: error.message, atMs: nowMs };
    this.#options.onFault(error);
  }

  /** Returns whether it is believed. */
  #hear(said: SaidOnBus): boolean {
    const confirmation = this.#believed(said);
    if (confirmation === null) return false;
    if (!this.#sent.isOfStream(confirmation.made)) this.#isUnsure = true;
    if (this.#sent.confirmed(confirmation) > 0) {
      this.#progressMs = performance.now();
      this.#askAgainMs = ASK_AGAIN_MS;
    }
    this.#wake();
    return true;
  }

  /** Null: it is none, or not under the seal. Without keys what it says counts as not sealed. */
  #believed(said: SaidOnBus): Confirmation | null {
    const keys = this.#options.sealKeys();
    if (this.#heard?.said === said && this.#heard.keys === keys) return this.#heard.confirmation;
    const isTrue = keys === null || keys.size === 0 || isSealed(said, keys);
    const confirmation = isTrue ? readConfirmation(this.#options.gatewayId, said) : null;
    this.#heard = { said, keys, confirmation };
    return confirmation;
  }
}

function settle(
  { status, answer }: ConfirmedUpload,
  sealed: boolean,
  resolve: (response: PlatformResponse) => void,
  reject: (error: PlatformError) => void,
): void {
  const message = `the platform answered with status ${status} on the bus`;
  if (status === 200) resolve({ body: Buffer.from(JSON.stringify(answer)), isSealed: sealed });
  else reject(new PlatformError('status', message, { status, isSealed: sealed }));
}
