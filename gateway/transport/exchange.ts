/**
 * One HTTP request and its response. uWebSockets.js ends a request object with the callback, forbids the response
 * object after an abort, and detaches buffers on return: all of that stays in this file.
 */

import type { HttpResponse } from 'uWebSockets.js';
import type { Code } from '../../config/codes.ts';
import { http } from '../../config/node-http.ts';
import type { EventLoopTurns } from './event-loop-turns.ts';
import { GrowingBytes } from './growing-bytes.ts';
import type { HeldBody } from './held-bodies.ts';
import { problem, problemHeaders } from './problem.ts';
import type { Problem } from './problem-schema.ts';
import type { RequestHead } from './request-head.ts';
import type { Unread, UnreadAnswers } from './taps/unread-answers.ts';
import { type WrittenAnswer, writeAnswer } from './taps/written-answer.ts';

const { STATUS_CODES } = http;

export type BodyResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: Code };

export interface BodyReading {
  /** The largest that is taken. */
  readonly bytes: number;
  readonly timeoutMs: number;
}

export interface ExchangeHost {
  readonly turns: EventLoopTurns;
  readonly unread: UnreadAnswers;
  /** The gateway is going: each answer ends its connection. */
  leaving(): boolean;
  /** Called once, when the answer was taken or the connection is gone. `stays`: the connection may have another request. */
  ended(stays: boolean): void;
  /** Called when the request as a whole was refused, not for a tap the pipeline refused. */
  refused(code: Code): void;
  /** The gateway's time, milliseconds since 1970 UTC. */
  now(): number;
  /** The name that tokens for this gateway alone are for. */
  readonly gatewayId: string;
  /** Called with what was thrown while a body was used. */
  failed(cause: unknown): void;
}

export class Exchange {
  /** Where it comes from, as `addressKey` tells addresses apart. */
  readonly address: string;
  readonly method: string;
  readonly contentType: string;
  readonly accept: string;
  readonly ifNoneMatch: string;
  readonly #head: RequestHead;
  readonly #response: HttpResponse;
  readonly #host: ExchangeHost;
  /** Of the event loop, in which the request came, or the newest piece of its body. */
  #turn: number;
  #isAnswered = false;
  #isEnded = false;
  /** It is not sure where the request ends. */
  #endsConnection = false;
  #waiting: Unread | null = null;
  #stopReading: (() => void) | null = null;

  /** Must be made inside the callback of the request. */
  constructor(response: HttpResponse, head: RequestHead, address: string, host: ExchangeHost) {
    this.address = address;
    this.method = head.method;
    this.contentType = head.contentType ?? '';
    this.accept = head.accept;
    this.ifNoneMatch = head.ifNoneMatch;
    this.#head = head;
    this.#response = response;
    this.#host = host;
    this.#turn = host.turns.now();
    response.onAborted(() => this.#aborted());
  }

  /** Token of `Authorization: Bearer` (RFC 6750 clause 2.1); null without one. */
  get bearer(): string | null {
    return /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(this.#head.authorization ?? '')?.[1] ?? null;
  }

  /**
   * Reads the whole body and calls `use` once, with bytes that are gone when it returns. `held` is let go when `use` is done,
   * also where that takes a while. Must be called inside the callback of the request.
   */
  readBody(
    { bytes: bytesMax, timeoutMs }: BodyReading,
    held: HeldBody,
    use: (body: BodyResult) => void | Promise<void>,
  ): void {
    // 0 where the length is not known before.
    const announced = Number(this.#head.contentLength) || 0;
    if (announced > bytesMax) {
      this.#use({ ok: false, code: 'request.too_large' }, held, use);
      return;
    }
    const came = new GrowingBytes();
    let settled = false;
    const settle = (body: BodyResult) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      this.#use(body, held, use);
    };
    const timer = setTimeout(() => settle({ ok: false, code: 'request.too_slow' }), timeoutMs);
    this.#stopReading = () => settle({ ok: false, code: 'request.truncated' });
    const noRoom = () => {
      // What is left is read and dropped, so that the client reads its answer; without a length it may have no end.
      if (announced === 0) this.#endsConnection = true;
      settle({ ok: false, code: 'request.too_much_at_once' });
    };
    if (!held.hold(announced)) {
      noRoom();
      return;
    }
    this.#response.onData((chunk, isLast) => {
      this.#turn = this.#host.turns.now();
      if (settled) return;
      const piece = new Uint8Array(chunk);
      const length = came.length + piece.length;
      if (length > bytesMax) return settle({ ok: false, code: 'request.too_large' });
      if (!held.hold(length)) return noRoom();
      // Most bodies come in one piece, which is not copied.
      if (isLast && came.length === 0) return settle({ ok: true, bytes: piece });
      came.append(piece);
      if (isLast) settle({ ok: true, bytes: came.all() });
    });
  }

  #use(body: BodyResult, held: HeldBody, use: (body: BodyResult) => void | Promise<void>): void {
    try {
      const using = use(body);
      if (using === undefined) held.letGo();
      else using.catch((cause) => this.#host.failed(cause)).finally(() => held.letGo());
    } catch (cause) {
      held.letGo();
      this.#host.failed(cause);
    }
  }

  /**
   * Answers, once: a second answer is dropped. What the client does not take at once is sent when it does, and the
   * connection takes no other request before that.
   */
  respond(status: number, headers: WrittenAnswer['headers'], body: string | Uint8Array): void {
    if (this.#isEnded || this.#isAnswered) return;
    this.#isAnswered = true;
    this.#stopReading?.();
    // What is left of a body that was not wanted is not read: the connection ends with the answer.
    const closes = this.#endsConnection || this.#host.leaving() || status === 413 || status === 408;
    const answer = {
      status: `${status} ${STATUS_CODES[status] ?? ''}`,
      headers,
      body,
      isHead: this.method === 'head',
      closes,
    };
    const { turns } = this.#host;
    if (turns.isOver(this.#turn)) this.#write(answer);
    else turns.after(() => this.#write(answer));
  }

  json(status: number, value: unknown): void {
    this.respond(status, [['Content-Type', 'application/json']], JSON.stringify(value));
  }

  problem(document: Problem, headers: readonly (readonly [string, string])[] = []): void {
    this.respond(document.status, [...problemHeaders(document), ...headers], JSON.stringify(document));
  }

  /** Refuses the request as a whole. */
  refuse(code: Code, retryAfterMs = 0): void {
    this.#host.refused(code);
    const { gatewayId: gateway } = this.#host;
    // A device whose clock is off learns the gateway's time before it is let in; one whose token is for all, whom it met.
    const isLate = code === 'auth.expired';
    this.problem({
      ...problem(code, retryAfterMs),
      ...(isLate && { server_time_ms: this.#host.now() }),
      ...(code === 'auth.cluster_unreachable' && { gateway }),
    });
  }

  /** Refuses a request of which it is not sure where it ends, or for whom it is. The connection ends with the answer. */
  refuseUnclear(code: Code): void {
    this.#endsConnection = true;
    this.refuse(code);
  }

  /** `allow`: the methods there are (RFC 9110 clause 15.5.6). */
  refuseMethod(allow: string): void {
    this.#host.refused('request.method_not_allowed');
    this.problem(problem('request.method_not_allowed'), [['Allow', allow]]);
  }

  #write(answer: WrittenAnswer): void {
    if (this.#isEnded) return;
    let left = 0;
    try {
      left = writeAnswer(this.#response, answer, () => this.#end(!answer.closes));
    } catch (cause) {
      // A confined fault costs this one request its answer, not all others theirs.
      this.#host.failed(cause);
      this.#end(false);
    }
    if (this.#isEnded) return;
    this.#waiting = this.#host.unread.begin(left, () => {
      this.#host.refused('connection.slow_reader');
      this.#response.close();
    });
  }

  /** The connection is gone, and with it the answer, where there was none yet. */
  #aborted(): void {
    // Within the turn in which it came only another request can have ended it: what a peer does is read in a later one.
    if (!this.#host.turns.isOver(this.#turn)) this.#host.refused('connection.pipelined');
    this.#end(false);
  }

  #end(stays: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopReading?.();
    this.#waiting?.over();
    this.#host.ended(stays && !this.#head.wantsClose);
  }
}
