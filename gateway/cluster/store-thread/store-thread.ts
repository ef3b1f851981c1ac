/**
 * The store that all gateways share, from the main thread. A thread of its own asks it: sockets and their wakes cost more than all else
 * that a tap takes of the main thread. One that dies or does not start is a store that is away, and is started again.
 */

import { RestartPause } from '../../scheduling/restart-pause.ts';
import { ClusterError } from '../cluster-error.ts';
import type { StoreConnectionEvents } from '../store/connect-store.ts';
import type { StoreEvents } from '../store/store.ts';
import type { NamesAnswer } from '../store/taken-names.ts';
import type { Taken, Wanted } from '../store/taking.ts';
import type { GivenBack } from './ask-records.ts';
import type { FromStoreThread, StoreThreadData } from './messages.ts';
import type { StoreLane } from './store-lane.ts';
import { StoreLife } from './store-life.ts';
import { noAnswers } from './waiting-taps.ts';

export interface StoreThreadEvents extends Omit<StoreConnectionEvents, 'there'> {
  there(): void;
  /** The thread ended, and is started again. */
  died(reason: string): void;
}

export interface StoreThreadOptions {
  readonly data: Omit<StoreThreadData, 'words' | 'asks' | 'answers'>;
  /** Another entry module: tests put a faulty one here. */
  readonly entry?: URL | undefined;
  /** The short way to a server; null: all is asked by the thread. It ends with this. */
  readonly lane: StoreLane | null;
  readonly told: StoreThreadEvents;
  readonly events: StoreEvents;
}

/** Time that a start waits for the first word of the thread, beside what that waits for the servers. */
const START_MS = 15_000;
/** One that ran for so long had started well: the pauses begin anew. */
const SETTLED_MS = 60_000;
/** Given back while there was no thread, or no room, and told once there is. */
const OWED_MAX = 4_096;

export class StoreThread {
  readonly #options: StoreThreadOptions;
  readonly #lane: StoreLane | null;
  readonly #pause = new RestartPause({ firstMs: 100, longestMs: 5_000 });
  readonly #tried = Promise.withResolvers<string | null>();
  readonly #owed: [Wanted, GivenBack][] = [];
  #life: StoreLife;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: StoreThreadOptions) {
    this.#options = options;
    this.#lane = options.lane;
    this.#life = this.#begin();
  }

  /** Resolves when it is known whether the servers can be used, or after a while. Rejects with ClusterError where they cannot. */
  async firstTry(): Promise<void> {
    const timer = setTimeout(() => this.#tried.resolve(null), START_MS);
    const refusal = await this.#tried.promise;
    clearTimeout(timer);
    if (refusal !== null) throw new ClusterError('unusable', refusal);
  }

  get isThere(): boolean {
    return this.#life.isThere && this.#lane?.isOpen !== true;
  }

  get underWay(): number {
    return this.#life.underWay + (this.#lane?.underWay ?? 0);
  }

  /** Memory that the heap of the thread holds, as it said last. */
  get heapBytes(): number {
    return this.#life.heapBytes;
  }

  /** Asks for all together. Calls back once, never within the call, in order. */
  takeAll(all: readonly Wanted[], onTaken: (taken: readonly Taken[]) => void): void {
    const life = this.#life;
    if (this.#owed.length > 0 && life.isThere) this.#tellOwed();
    const { waiting_max: waitingMax } = this.#options.data.store;
    const waiting = life.waiting + (this.#lane?.waiting ?? 0);
    if (this.isThere && waiting + all.length <= waitingMax) {
      if (this.#lane?.take(all, onTaken) || life.take(all, onTaken)) return;
    }
    this.#options.events.refused(all.length);
    queueMicrotask(() => onTaken(noAnswers(all)));
  }

  /** What a tap took and does not use: the showing where it is its own still, and one use of the card. */
  giveBack(wanted: Wanted, what: GivenBack): void {
    if (this.#lane?.giveBack(wanted, what)) return;
    if (!this.#life.giveBack(wanted, what) && this.#owed.length < OWED_MAX) this.#owed.push([wanted, what]);
  }

  /**
   * Calls back for all that the thread answered meanwhile: whoever is awake for something else saves the wake for it. The lane's wakes
   * cost too little to look for its answers more often.
   */
  collect(): void {
    this.#life.collect();
  }

  /**
   * Takes all of some names until a time, milliseconds since 1970 UTC. `seen`: another has one of them, and then nobody has all.
   * Null: no answer in time. Never rejects.
   */
  take(names: readonly string[], untilMs: number): Promise<NamesAnswer | null> {
    return this.#life.isThere ? this.#life.takeNames(names, untilMs) : Promise.resolve(null);
  }

  /** Asks it something, so that it is known to answer where no tap asks. */
  look(): void {
    this.#life.look();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    this.#lane?.stop();
    await this.#life.stop();
  }

  #tellOwed(): void {
    for (const [wanted, what] of this.#owed.splice(0)) this.giveBack(wanted, what);
  }

  #begin(): StoreLife {
    const startedAt = performance.now();
    const { data, entry, events } = this.#options;
    return new StoreLife({
      ...{ data, entry, events },
      onMessage: (message) => this.#receive(message),
      onEnded: (reason) => {
        this.#lane?.leadTo(null);
        if (this.#isStopping) return;
        if (performance.now() - startedAt > SETTLED_MS) this.#pause.reset();
        this.#options.told.died(reason);
        this.#tried.resolve(null);
        this.#restart = setTimeout(() => {
          this.#life = this.#begin();
          this.#tellOwed();
        }, this.#pause.next());
      },
    });
  }

  #receive(message: Exclude<FromStoreThread, { kind: 'read' | 'named' }>): void {
    const { told } = this.#options;
    if (message.kind === 'there') {
      this.#lane?.leadTo(message.address);
      told.there();
    } else if (message.kind === 'away') {
      this.#lane?.leadTo(null);
      told.away(message.detail);
    } else if (message.kind === 'unfit') told.unfit(message.sentence);
    else this.#tried.resolve(message.refusal);
  }
}
