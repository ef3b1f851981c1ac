/** Requests for phone documents in bounded memory: found by either id, ended in time, and forgotten some time after. */
import type { Code } from '../../config/codes.ts';
import { isOpen, type PhoneRequest } from './phone-request.ts';

export interface RequestTableOptions {
  readonly openMax: number;
  /** How long one that has ended can still be read. */
  readonly keptMs: number;
  readonly now: () => number;
  /** Told of every change. */
  readonly onChange: (request: PhoneRequest) => void;
}

/** Of one workplace: a clerk who presses a hundred times takes nothing from the others. */
const SHARE_OF_ONE_DESK = 4;

export class RequestTable {
  readonly #options: RequestTableOptions;
  /** By request id, in the order in which they were made. */
  readonly #requests = new Map<string, PhoneRequest>();
  readonly #byAnswer = new Map<string, string>();

  constructor(options: RequestTableOptions) {
    this.#options = options;
  }

  get openCount(): number {
    return this.#open().length;
  }

  /** False: too many are open, and nothing was kept. */
  add(request: PhoneRequest): boolean {
    this.sweep();
    const { openMax } = this.#options;
    const open = this.#open();
    const ofDesk = open.filter(({ owner }) => owner.desk === request.owner.desk).length;
    if (open.length >= openMax || ofDesk >= Math.ceil(openMax / SHARE_OF_ONE_DESK)) return false;
    if (this.#requests.size >= openMax * 2) this.#forgetOldestEnded();
    this.#requests.set(request.requestId, request);
    this.#byAnswer.set(request.answerId, request.requestId);
    return true;
  }

  /** One whose time is over is `expired` from that moment, whenever it is looked at. */
  at(requestId: string): PhoneRequest | null {
    const request = this.#requests.get(requestId);
    return request === undefined ? null : this.#inTime(request);
  }

  ofAnswer(answerId: string): PhoneRequest | null {
    const requestId = this.#byAnswer.get(answerId);
    return requestId === undefined ? null : this.at(requestId);
  }

  change(request: PhoneRequest): PhoneRequest {
    if (this.#requests.has(request.requestId)) {
      this.#requests.set(request.requestId, request);
      this.#options.onChange(request);
    }
    return request;
  }

  fail(request: PhoneRequest, code: Code): PhoneRequest {
    return this.change({ ...request, state: 'failed', code, bound: null });
  }

  /** Ends what is past its time, and forgets what ended long ago. */
  sweep(): void {
    const forgottenMs = this.#options.now() - this.#options.keptMs;
    for (const request of [...this.#requests.values()]) {
      const { expiresAtMs } = this.#inTime(request);
      if (expiresAtMs < forgottenMs) this.#forget(request);
    }
  }

  #open(): PhoneRequest[] {
    return [...this.#requests.values()].filter(isOpen);
  }

  #inTime(request: PhoneRequest): PhoneRequest {
    // One that is being judged came in time.
    const isWaiting = request.state === 'made' || request.state === 'fetched';
    if (!isWaiting || this.#options.now() <= request.expiresAtMs) return request;
    return this.change({ ...request, state: 'expired', code: 'phone.expired', bound: null });
  }

  #forgetOldestEnded(): void {
    const ended = [...this.#requests.values()].find((request) => !isOpen(request));
    if (ended !== undefined) this.#forget(ended);
  }

  #forget({ requestId, answerId }: PhoneRequest): void {
    this.#requests.delete(requestId);
    this.#byAnswer.delete(answerId);
  }
}
