/** Commits of the register, one transaction at a time: what comes while one is written is written together in the next. */

interface Waiting<Change> {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** Of one transaction. */
const CHANGES_MAX = 256;

export interface QueueParts<Change, Plan> {
  /** Looks at what is there, once for each transaction. */
  readonly plan: () => Plan;
  /** Adds a change to the plan whole, or throws and adds nothing. */
  readonly add: (plan: Plan, change: Change) => void;
  /** Durable when it resolves; rejects when nothing of it is kept. */
  readonly write: (plan: Plan) => Promise<void>;
}

export class CommitQueue<Change, Plan> {
  readonly #parts: QueueParts<Change, Plan>;
  #waiting: Waiting<Change>[] = [];
  #working: Promise<void> | null = null;

  constructor(parts: QueueParts<Change, Plan>) {
    this.#parts = parts;
  }

  commit(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Resolves when all that came is written or refused. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  async #work(): Promise<void> {
    // What comes in the same turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#transaction(this.#waiting.splice(0, CHANGES_MAX));
    this.#working = null;
  }

  async #transaction(all: readonly Waiting<Change>[]): Promise<void> {
    const { plan: begin, add, write } = this.#parts;
    const taken: Waiting<Change>[] = [];
    try {
      const plan = begin();
      for (const each of all) {
        try {
          add(plan, each.change);
          taken.push(each);
        } catch (cause) {
          each.reject(cause as Error);
        }
      }
      if (taken.length > 0) await write(plan);
      for (const { resolve } of taken) resolve();
    } catch (cause) {
      for (const { reject } of all) reject(cause as Error);
    }
  }
}
