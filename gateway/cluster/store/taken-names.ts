/**
 * Names that only one of a cluster may take, such as those of device tokens, and since when what was taken is remembered. A name
 * is `SET name nonce NX GET PX left`: nothing back, or the own nonce where an answer was lost, and it is taken now. Beside it
 * stands a mark of when its part of the store was empty: a store that was restarted without what it kept has none.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_ANSWER, type Store, type StoreAnswer, type StoreQuestion } from './store.ts';
import { storeNames } from './store-names.ts';

export interface NamesAnswer {
  readonly taken: 'first' | 'seen';
  /** Since when what was taken is remembered without a gap, milliseconds since 1970 UTC. */
  readonly sinceMs: number;
}

export interface TakenNamesOptions {
  readonly store: Pick<Store, 'askAll' | 'isThere' | 'tell'>;
  readonly cluster: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Whoever connects can wait longer than a tap: the same question is asked so often, with pauses. */
const TRIES = 4;
const PAUSE_MS = 25;
/** Clocks of two gateways may be this far apart: a name is kept for so much longer. */
const CLOCKS_APART_MS = 10_000;
const NONCE_BYTES = 8;
const NONCE = /^[0-9a-f]{16}$/;
const TIME = /^\d{1,16}$/;

/** So long `take` lasts at most, with a store that has so long to answer. */
export const takingMsMax = (deadlineMs: number): number => TRIES * (deadlineMs + PAUSE_MS);

export class TakenNames {
  readonly #options: TakenNamesOptions;
  readonly #names: ReturnType<typeof storeNames>;

  constructor(options: TakenNamesOptions) {
    this.#options = options;
    this.#names = storeNames(options.cluster);
  }

  /** Marks a store that is empty: from then on it remembers. Whoever asks without that marks it too. */
  begin(): void {
    const at = String(Math.floor(this.#options.now()));
    const mark = (digit: string) => ({
      command: 'set',
      args: [this.#names.tokensSince(digit), at, 'NX', 'GET'],
    });
    this.#options.store.tell([...'0123456789abcdef'].map(mark));
  }

  /**
   * Takes all of some names until a time, milliseconds since 1970 UTC. `seen`: another has one of them, and then nobody has all.
   * Null: no answer in time. Never rejects.
   */
  async take(names: readonly string[], untilMs: number): Promise<NamesAnswer | null> {
    const { store, now } = this.#options;
    const nonce = randomBytes(NONCE_BYTES).toString('hex');
    for (let tries = 0; tries < TRIES && store.isThere; tries += 1) {
      if (tries > 0) await sleep(PAUSE_MS);
      const atMs = Math.floor(now());
      const questions = names.flatMap((name) => this.#questions(name, { nonce, atMs, untilMs }));
      const answers = await new Promise<readonly StoreAnswer[]>((resolve) =>
        store.askAll(questions, resolve),
      );
      const answer = read(answers, nonce, atMs);
      if (answer !== null) return answer;
    }
    return null;
  }

  #questions(
    name: string,
    { nonce, atMs, untilMs }: { readonly nonce: string; readonly atMs: number; readonly untilMs: number },
  ): StoreQuestion[] {
    const leftMs = String(Math.max(1, Math.ceil(untilMs - atMs)) + CLOCKS_APART_MS);
    return [
      // First: a name that is taken then is taken under this mark.
      { command: 'set', args: [this.#names.tokensSince(name), String(atMs), 'NX', 'GET'] },
      { command: 'set', args: [this.#names.token(name), nonce, 'NX', 'GET', 'PX', leftMs] },
    ];
  }
}

/** Null: an answer is missing, or is none. What is no nonce is no answer: it never counts as first. */
function read(answers: readonly StoreAnswer[], nonce: string, atMs: number): NamesAnswer | null {
  let taken: NamesAnswer['taken'] = 'first';
  let sinceMs = 0;
  for (let i = 0; i < answers.length; i += 2) {
    const [since, holder] = [answers[i], answers[i + 1]];
    if (since !== null && (typeof since !== 'string' || !TIME.test(since))) return null;
    if (holder === NO_ANSWER || (holder !== null && (typeof holder !== 'string' || !NONCE.test(holder)))) {
      return null;
    }
    if (holder !== null && holder !== nonce) taken = 'seen';
    sinceMs = Math.max(sinceMs, since === null ? atMs : Number(since));
  }
  return answers.length === 0 ? null : { taken, sinceMs };
}
