/** Challenges that were asked for and not given yet. */
import type { Code } from '../config/codes.ts';
import { type Challenge, type ChallengeWish, encodeAskChallenge } from './messages.ts';

interface Asked {
  readonly frame: Uint8Array;
  /** By performance.now(). */
  readonly askedAt: number;
  readonly done: (answer: Challenge | Code) => void;
}

export class AskedChallenges {
  readonly #asked = new Map<number, Asked>();
  #nextId = 0;

  /** The message that asks. `done` is called once, with the challenge or with why there is none. */
  ask(wish: ChallengeWish, done: Asked['done']): Uint8Array {
    const id = this.#nextId++;
    const frame = encodeAskChallenge(id, wish);
    this.#asked.set(id, { frame, askedAt: performance.now(), done });
    return frame;
  }

  /** Messages to send again on a new connection. */
  frames(): Uint8Array[] {
    return [...this.#asked.values()].map(({ frame }) => frame);
  }

  answered(id: number, answer: Challenge | Code): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.done(answer);
  }

  /** Ends those that were asked for before a moment. */
  giveUp(before: number, code: Code): void {
    for (const [id, { askedAt }] of this.#asked) if (askedAt < before) this.answered(id, code);
  }
}
