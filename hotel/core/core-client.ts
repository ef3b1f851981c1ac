/** DeskCore across the threads: each call is a question to the gateway's main thread, within a time. */
import type { DeskCore } from '../../gateway/desk/desk-core.ts';
import type { Asked, DeskVerb, ToDesk } from '../../gateway/desk/messages.ts';
import { HotelError } from '../hotel-error.ts';

/** Above the longest deadline of a tap: whoever answers later has hung. */
const ANSWER_MS = 15_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class CoreClient implements DeskCore {
  readonly #ask: (asked: Asked) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(ask: (asked: Asked) => void) {
    this.#ask = ask;
  }

  readonly verify: DeskCore['verify'] = (tap) => this.#call('verify', [tap]);
  readonly challenge: DeskCore['challenge'] = (wish) => this.#call('challenge', [wish]);
  readonly match: DeskCore['match'] = (ref, digests) => this.#call('match', [ref, digests]);
  readonly pin: DeskCore['pin'] = (ref, pin) => this.#call('pin', [ref, pin]);
  readonly pinHash: DeskCore['pinHash'] = (ref) => this.#call('pinHash', [ref]);
  readonly judgeAgain: DeskCore['judgeAgain'] = (decisionId) => this.#call('judgeAgain', [decisionId]);
  readonly standing: DeskCore['standing'] = () => this.#call('standing', []);
  readonly board: DeskCore['board'] = () => this.#call('board', []);

  /** An answer came. One that nobody waits for any more is dropped. */
  take(message: Extract<ToDesk, { readonly kind: 'answered' | 'failed' }>): void {
    const waits = this.#waiting.get(message.id);
    if (waits === undefined) return;
    this.#waiting.delete(message.id);
    clearTimeout(waits.timer);
    if (message.kind === 'answered') waits.resolve(message.value);
    else waits.reject(new HotelError('core_failed', message.why));
  }

  #call<Value>(verb: DeskVerb, args: readonly unknown[]): Promise<Value> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<Value>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new HotelError('core_silent', 'the gateway does not answer'));
      }, ANSWER_MS);
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject, timer });
      this.#ask({ kind: 'ask', id, verb, args });
    });
  }
}
