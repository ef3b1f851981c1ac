/**
 * A client of `onecard.gate.v1`. It keeps one connection, makes its own tokens, and sends a tap again after a
 * reconnect under the number it had, so that no tap is decided twice and none is forgotten.
 */
import { randomBytes } from 'node:crypto';
import { CODES, type Code, codeEntry } from '../config/codes.ts';
import { OnecardError } from '../config/onecard-error.ts';
import type { Answer, DecisionAnswer } from './answer.ts';
import { AskedChallenges } from './asked-challenges.ts';
import { Backoff } from './backoff.ts';
import { type DevicePrivateKey, deviceKey, signDeviceToken } from './device-token.ts';
import { GateLink } from './gate-link.ts';
import { type Challenge, type ChallengeWish, encodeTap, type Tap, type Welcome } from './messages.ts';
import { Outstanding, type OutstandingTap } from './outstanding.ts';
import { ServerClock } from './server-clock.ts';

export interface GateClientOptions {
  /**
   * `ws://` or `wss://` addresses of the gate path. More than one, of gateways of one cluster: the next is tried when one
   * fails, drains or does not let this device in, and taps that are not answered go along.
   */
  readonly url: string | readonly string[];
  readonly deviceId: string;
  readonly privateKey: DevicePrivateKey;
  /** The gateway's name, which tokens are bound to; or else `cluster`. */
  readonly gatewayId?: string | undefined;
  /** The name of its cluster: tokens are good at any of its gateways, once in all. */
  readonly cluster?: string | undefined;
  /** Taps that may wait for an answer at once. Default: 256. The gateway's own limit applies as well. */
  readonly outstandingMax?: number;
  /** After this long without an answer a tap is given up. Default: 30 s. */
  readonly giveUpMs?: number;
  /** A tap refused with `retry` is sent again until this long after it was made. Default: 0, never. */
  readonly retryWithinMs?: number;
  /** First and longest pause between attempts to connect. Default: 100 ms and 5 s. */
  readonly reconnectFirstMs?: number;
  readonly reconnectMaxMs?: number;
  /** Told of every decision, besides whoever made the tap. */
  readonly onDecision?: (decision: DecisionAnswer) => void;
  /** Told of every change, with the reason: a code of the gateway, or what happened to the connection. */
  readonly onState?: (state: GateClientState, reason: string) => void;
  /** Told of a message that the gateway refused without reading its number: a fault in what was sent. */
  readonly onFault?: (code: Code) => void;
}

export type GateClientState = 'connecting' | 'ready' | 'draining' | 'closed';

/** A tap cannot be taken, or the client cannot go on; `code` is one of docs/codes.md. */
export class GateClientError extends OnecardError {
  override readonly name = 'GateClientError';
  readonly code: Code;

  constructor(code: Code) {
    super(CODES[code].meaning);
    this.code = code;
  }
}

/** How often taps are looked through for those to give up. */
const SWEEP_MS = 50;
/** A refusal that may be tried again at once is tried again after this. */
const RETRY_PAUSE_MS_MIN = 10;

interface Waiter {
  readonly resolve: (welcome: Welcome) => void;
  readonly reject: (error: GateClientError) => void;
}

export class GateClient {
  readonly #options: GateClientOptions;
  readonly #urls: readonly string[];
  readonly #stream: Uint8Array = new Uint8Array(randomBytes(16));
  readonly #outstanding = new Outstanding();
  readonly #challenges = new AskedChallenges();
  readonly #clock = new ServerClock();
  readonly #backoff: Backoff;
  readonly #createToken: (gatewayId: string | null) => Promise<string>;
  readonly #sweepTimer: NodeJS.Timeout;
  #waiters: Waiter[] = [];
  #whenEmpty: (() => void)[] = [];
  #whenClosed: (() => void)[] = [];
  #state: GateClientState = 'connecting';
  #link: GateLink | null = null;
  #welcome: Welcome | null = null;
  #failure: Code = 'gateway.draining';
  #closing = false;
  #urlIndex = 0;
  /** Addresses in a row that do not let this device in. */
  #shutOut = 0;
  #nextSeq = 0;
  #connectTimer: NodeJS.Timeout | null = null;
  #graceTimer: NodeJS.Timeout | null = null;

  /** Starts to connect. Throws TypeError for a key that cannot sign tokens, and without an address or a name to sign for. */
  constructor(options: GateClientOptions) {
    const { url, deviceId, cluster } = options;
    const audience = cluster ?? options.gatewayId;
    if (audience === undefined)
      throw new TypeError('a client needs the name of its gateway, or of its cluster');
    const key = deviceKey(options.privateKey);
    this.#options = options;
    this.#urls = typeof url === 'string' ? [url] : url;
    if (this.#urls.length === 0) throw new TypeError('a client needs an address');
    this.#backoff = new Backoff({
      firstMs: options.reconnectFirstMs ?? 100,
      maxMs: options.reconnectMaxMs ?? 5_000,
    });
    this.#createToken = async (gatewayId) => {
      const nowMs = Date.now() + this.#clock.offsetMs;
      return signDeviceToken(key, { deviceId, gatewayId: gatewayId ?? audience, nowMs });
    };
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#connect();
  }

  get state(): GateClientState {
    return this.#state;
  }

  /** Name of the gateway that greeted last; null: none did. */
  get gateway(): string | null {
    return this.#welcome?.gatewayId ?? null;
  }

  /** Names this client's numbering, 16 bytes. */
  get stream(): Uint8Array {
    return this.#stream;
  }

  /** Taps that wait for an answer. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** Whether one more tap would be taken now. */
  get canSend(): boolean {
    return !this.#closing && this.#outstanding.size < this.#outstandingMax;
  }

  /** Add to this machine's time to get the gateway's, milliseconds; known after the first welcome. */
  get clockOffsetMs(): number {
    return this.#clock.offsetMs;
  }

  /** Resolves when the gateway has greeted; rejects with GateClientError when it never will. */
  whenReady(): Promise<Welcome> {
    if (this.#welcome !== null && this.#state === 'ready') return Promise.resolve(this.#welcome);
    if (this.#state === 'closed') return Promise.reject(new GateClientError(this.#failure));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Resolves with the answer, decision or refusal. Rejects with GateClientError when the tap cannot be taken. */
  tap(tap: Tap): Promise<Answer> {
    return new Promise((resolve) => this.send(tap, resolve));
  }

  /**
   * As `tap`, without a promise for each: `done` is called once, later. Returns the tap's number. Throws
   * GateClientError when the tap cannot be taken (`canSend`).
   */
  send(tap: Tap, done: (answer: Answer) => void): number {
    if (this.#closing) throw new GateClientError(this.#failure);
    if (this.#outstanding.size >= this.#outstandingMax) throw new GateClientError('tap.too_many_in_flight');
    const seq = this.#nextSeq++;
    const waiting: OutstandingTap = {
      seq,
      frame: encodeTap(seq, tap),
      done,
      madeAt: performance.now(),
      sent: false,
    };
    this.#outstanding.add(waiting);
    if (this.#state === 'ready') this.#sendNow(waiting);
    return seq;
  }

  /**
   * A challenge for the next credential that is shown at a scene: bound to both, short-lived, good once. Asked for again
   * after a reconnect. Rejects with GateClientError when it is refused, or not given in `giveUpMs`.
   */
  challenge(wish: ChallengeWish = {}): Promise<Challenge> {
    if (this.#closing) return Promise.reject(new GateClientError(this.#failure));
    return new Promise((resolve, reject) => {
      const frame = this.#challenges.ask(wish, (answer) => {
        if (typeof answer === 'string') reject(new GateClientError(answer));
        else resolve(answer);
      });
      if (this.#state === 'ready') this.#link?.send(frame);
    });
  }

  /** Takes no more taps, waits for the answers that are due, leaves. Resolves when the connection is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#outstanding.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    if (this.#state === 'closed') return;
    const closed = new Promise<void>((resolve) => this.#whenClosed.push(resolve));
    if (this.#link === null) this.#finish('gateway.draining');
    else this.#link.leave();
    await closed;
  }

  get #outstandingMax(): number {
    return Math.min(
      this.#options.outstandingMax ?? 256,
      this.#welcome?.maxInFlight ?? Number.POSITIVE_INFINITY,
    );
  }

  #connect(): void {
    this.#connectTimer = null;
    const link: GateLink = new GateLink({
      url: this.#urls[this.#urlIndex % this.#urls.length] as string,
      stream: this.#stream,
      clock: this.#clock,
      createToken: this.#createToken,
      events: {
        welcomed: (welcome) => this.#welcomed(welcome),
        answered: (answer) => this.#answered(answer),
        challenged: (id, challenge) => this.#challenges.answered(id, challenge),
        refused: (code) => this.#options.onFault?.(code),
        draining: (graceMs) => this.#drained(graceMs),
        lost: (reason) => this.#lost(reason),
      },
    });
    this.#link = link;
  }

  #welcomed(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#backoff.reset();
    this.#shutOut = 0;
    this.#enter('ready', 'welcome');
    for (const tap of [...this.#outstanding.all()]) this.#sendNow(tap);
    for (const frame of this.#challenges.frames()) this.#link?.send(frame);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(welcome);
  }

  #sendNow(tap: OutstandingTap): void {
    // The gateway would close the connection, and with it hold up every other tap.
    if (tap.frame.length > (this.#welcome?.maxFrameBytes ?? 0)) {
      this.#settle(tap, refusal(tap.seq, 'request.too_large'));
      return;
    }
    this.#outstanding.markSent(tap);
    this.#link?.send(tap.frame);
  }

  #answered(answer: Answer): void {
    const tap = this.#outstanding.get(answer.seq);
    // Answered before, or given up.
    if (tap === undefined) return;
    if (answer.kind === 'refusal' && this.#goesElsewhere(tap, answer.code)) return;
    if (answer.kind === 'refusal' && answer.retry && this.#retries(tap, answer.retryAfterMs)) return;
    if (answer.kind === 'decision') this.#options.onDecision?.(answer);
    this.#settle(tap, answer);
  }

  /** Whether the tap waits for the next gateway: this one is leaving, and did not judge it. */
  #goesElsewhere(tap: OutstandingTap, code: Code): boolean {
    if (code !== 'gateway.draining' || this.#urls.length === 1) return false;
    this.#outstanding.markUnsent(tap);
    this.#leaveIfDone();
    return true;
  }

  /** Whether the tap will be sent again by itself. */
  #retries(tap: OutstandingTap, retryAfterMs: number): boolean {
    const pauseMs = Math.max(RETRY_PAUSE_MS_MIN, retryAfterMs);
    if (performance.now() + pauseMs > tap.madeAt + (this.#options.retryWithinMs ?? 0)) return false;
    this.#outstanding.markUnsent(tap);
    this.#leaveIfDone();
    setTimeout(() => {
      const stillWaits = this.#outstanding.get(tap.seq) === tap && !tap.sent;
      if (stillWaits && this.#state === 'ready') this.#sendNow(tap);
    }, pauseMs);
    return true;
  }

  #settle(tap: OutstandingTap, answer: Answer): void {
    this.#outstanding.remove(tap);
    tap.done(answer);
    this.#leaveIfDone();
    if (this.#outstanding.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Sends nothing new here, waits for what was sent, then goes elsewhere. */
  #drained(graceMs: number): void {
    if (this.#state !== 'ready') return;
    this.#enter('draining', 'gateway.draining');
    this.#graceTimer = setTimeout(() => this.#leave(), graceMs);
    this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    if (this.#state === 'draining' && this.#outstanding.sent === 0) this.#leave();
  }

  #leave(): void {
    if (this.#graceTimer !== null) clearTimeout(this.#graceTimer);
    this.#graceTimer = null;
    this.#link?.leave();
  }

  #lost(reason: string): void {
    this.#link = null;
    if (this.#graceTimer !== null) clearTimeout(this.#graceTimer);
    this.#graceTimer = null;
    this.#outstanding.connectionLost();
    const code = Object.hasOwn(CODES, reason) ? (reason as Code) : null;
    if (code !== null && this.#isFinal(code)) {
      // Nothing this client could do differently would be taken.
      this.#finish(code);
    } else if (this.#closing && this.#outstanding.size === 0) {
      this.#finish('gateway.draining');
    } else {
      this.#urlIndex++;
      this.#enter('connecting', reason);
      this.#connectTimer = setTimeout(() => this.#connect(), this.#backoff.next());
    }
  }

  /** A gateway that knows nothing of the device yet, or only too well, has nothing to say for the others. */
  #isFinal(code: Code): boolean {
    if (codeEntry(code).retry) return false;
    if (code.startsWith('auth.')) this.#shutOut += 1;
    return !code.startsWith('auth.') || this.#shutOut >= this.#urls.length;
  }

  #sweep(): void {
    const giveUpMs = this.#options.giveUpMs ?? 30_000;
    for (const tap of this.#outstanding.madeBefore(performance.now() - giveUpMs)) {
      this.#settle(tap, refusal(tap.seq, 'tap.deadline_exceeded'));
    }
    this.#challenges.giveUp(performance.now() - giveUpMs, 'tap.deadline_exceeded');
  }

  /** Ends for good; what still waits is refused with the code. */
  #finish(code: Code): void {
    if (this.#state === 'closed') return;
    this.#closing = true;
    this.#failure = code;
    clearInterval(this.#sweepTimer);
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    this.#enter('closed', code);
    for (const tap of [...this.#outstanding.all()]) this.#settle(tap, refusal(tap.seq, code));
    this.#challenges.giveUp(Number.POSITIVE_INFINITY, code);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new GateClientError(code));
    for (const resolve of this.#whenClosed.splice(0)) resolve();
  }

  #enter(state: GateClientState, reason: string): void {
    this.#state = state;
    this.#options.onState?.(state, reason);
  }
}

/** What this client says itself of a tap that the gateway did not answer. */
function refusal(seq: number, code: Code): Answer {
  return { kind: 'refusal', seq, code, retry: codeEntry(code).retry, retryAfterMs: 0 };
}
