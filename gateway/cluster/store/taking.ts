/**
 * What may be taken once in a whole cluster, or counted for all of it: showings of a presentation and uses of a
 * card on a stale list.
 *
 * A showing is `SET name tap NX GET PX left`: nothing back, and it is taken now; the same tap back, and it is a tap sent again
 * elsewhere; another's, and it was taken before. With two keys in force it has two names, which all gateways take in the same
 * order, the second only once they have the first: of two that want both, one has neither.
 */
import { keyedDigest } from '../../../workers/names/keyed-digest.ts';
import type { TapId } from '../../verification.ts';
import type { ClusterKeys } from '../cluster-keys.ts';
import { NO_ANSWER, type Store, type StoreAnswer, type StoreQuestion } from './store.ts';
import { type StoreNames, storeNames, tapMark } from './store-names.ts';

/** A card whose uses are counted, on one revision of the list. */
export interface CountedCard {
  readonly listRevision: string;
  readonly credentialId: string;
}

export interface Wanted {
  /** Of the showing; none: it is not taken. */
  readonly names: readonly Uint8Array[];
  /** Up to when it could be shown again, milliseconds since 1970 UTC. */
  readonly untilMs: number;
  readonly tap: TapId;
  /** Null: nothing is counted. */
  readonly card: CountedCard | null;
}

export interface Taken {
  readonly showing: 'first' | 'same' | 'seen' | 'no_answer' | 'not_wanted';
  /** How often the card was used before; null: not counted, or not known. */
  readonly cardTaps: number | null;
}

export interface TakingOptions {
  readonly store: Store;
  readonly cluster: string;
  readonly keys: ClusterKeys;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Clocks of two gateways may be this far apart: a name is kept for so much longer. Default: 10 s. */
  readonly clocksApartMs?: number;
}

const CLOCKS_APART_MS = 10_000;
/** A card that is not used for so long has its budget anew: outages end before. */
const COUNTED_MS = 7 * 86_400_000;
/** Given back while the store is away, and told when it is there again. */
const OWED_MAX = 4_096;
const MARK = /^[0-9a-f]{16}$/;
/** Where the value is still that tap's. DELEX and DELIFEQ of newer servers do the same without a script. */
const DELETE_OWN = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0";

/** One that is being asked about. */
interface Asking {
  readonly wanted: Wanted;
  readonly mark: string;
  showing: Taken['showing'];
  cardTaps: number | null;
}

export class Taking {
  readonly #store: Store;
  readonly #names: StoreNames;
  readonly #now: () => number;
  readonly #cardNames: readonly ((message: Uint8Array) => Uint8Array)[];
  readonly #clocksApartMs: number;
  #owed: StoreQuestion[] = [];

  constructor({ store, cluster, keys, now, clocksApartMs = CLOCKS_APART_MS }: TakingOptions) {
    this.#store = store;
    this.#names = storeNames(cluster);
    this.#now = now;
    this.#clocksApartMs = clocksApartMs;
    this.#cardNames = keys.map(({ of }) => keyedDigest(of.budget));
  }

  /** Asks for all in one write. Calls back once, never within the call, in order. */
  takeAll(all: readonly Wanted[], onTaken: (taken: readonly Taken[]) => void): void {
    if (this.#owed.length > 0) this.#tellOwed();
    const asking = all.map(
      (wanted): Asking => ({
        ...{ wanted, mark: tapMark(wanted.tap), cardTaps: null },
        showing: wanted.names.length === 0 ? 'not_wanted' : 'no_answer',
      }),
    );
    const round = new Round();
    for (const each of asking) {
      if (each.wanted.names.length > 0) this.#askShowing(round, each, 0);
      if (each.wanted.card !== null) this.#askCard(round, each, each.wanted.card);
    }
    this.#run(round, () => {
      const next = new Round();
      for (const each of asking) {
        if (each.wanted.names.length > 1 && isTaken(each.showing)) this.#askShowing(next, each, 1);
      }
      if (next.questions.length === 0) onTaken(asking);
      else this.#run(next, () => onTaken(asking));
    });
  }

  /** What a tap took and does not use: the showing where it is its own still, and one use of the card. */
  giveBack({ names, tap, card }: Wanted, what: { readonly showing: boolean; readonly card: boolean }): void {
    const mark = tapMark(tap);
    const questions: StoreQuestion[] = [];
    if (what.showing) for (const name of names) questions.push(this.#deleteOwn(name, mark));
    if (what.card && card !== null) {
      for (const name of this.#cardKeys(card)) questions.push({ command: 'decr', args: [name] });
    }
    this.#tell(questions);
  }

  #askShowing(round: Round, each: Asking, at: number): void {
    const { wanted, mark } = each;
    const name = wanted.names[at];
    if (name === undefined) return;
    const args = [this.#names.showing(name), mark, 'NX', 'GET', 'PX', this.#leftMs(wanted.untilMs)];
    round.add({ command: 'set', args }, (answer) => {
      const before = each.showing;
      each.showing = showingOf(answer, mark);
      if (at === 0) return;
      if (each.showing === 'first' && before === 'same') each.showing = 'same';
      // Another has the second name: the first is not ours either.
      const first = wanted.names[0];
      if (each.showing === 'seen' && first !== undefined) this.#tell([this.#deleteOwn(first, mark)]);
    });
  }

  #askCard(round: Round, each: Asking, card: CountedCard): void {
    for (const name of this.#cardKeys(card)) {
      round.add({ command: 'incr', args: [name] }, (answer) => {
        if (typeof answer === 'number' && answer > 0)
          each.cardTaps = Math.max(each.cardTaps ?? 0, answer - 1);
      });
      round.add({ command: 'pexpire', args: [name, String(COUNTED_MS)] }, () => {});
    }
  }

  #cardKeys({ listRevision, credentialId }: CountedCard): string[] {
    const id = Buffer.from(credentialId, 'utf8');
    return this.#cardNames.map((nameOf) => this.#names.card(listRevision, nameOf(id)));
  }

  #deleteOwn(name: Uint8Array, mark: string): StoreQuestion {
    return { command: 'eval', args: [DELETE_OWN, '1', this.#names.showing(name), mark] };
  }

  #leftMs(untilMs: number): string {
    return String(Math.max(1, Math.ceil(untilMs - this.#now())) + this.#clocksApartMs);
  }

  #run({ questions, onAnswers }: Round, onEnd: () => void): void {
    this.#store.askAll(questions, (answers) => {
      for (let i = 0; i < onAnswers.length; i += 1) {
        const answer = answers[i];
        onAnswers[i]?.(answer === undefined ? NO_ANSWER : answer);
      }
      onEnd();
    });
  }

  #tell(questions: readonly StoreQuestion[]): void {
    if (questions.length === 0 || this.#store.tell(questions)) return;
    if (this.#owed.length + questions.length <= OWED_MAX) this.#owed.push(...questions);
  }

  #tellOwed(): void {
    if (this.#store.tell(this.#owed)) this.#owed = [];
  }
}

/** Questions of one write, and where each answer goes. */
class Round {
  readonly questions: StoreQuestion[] = [];
  readonly onAnswers: ((answer: StoreAnswer) => void)[] = [];

  add(question: StoreQuestion, onAnswer: (answer: StoreAnswer) => void): void {
    this.questions.push(question);
    this.onAnswers.push(onAnswer);
  }
}

function isTaken(showing: Taken['showing']): boolean {
  return showing === 'first' || showing === 'same';
}

/** What is no mark is no answer: it never counts as first. */
function showingOf(answer: StoreAnswer, mark: string): Taken['showing'] {
  if (answer === null) return 'first';
  if (typeof answer !== 'string' || !MARK.test(answer)) return 'no_answer';
  return answer === mark ? 'same' : 'seen';
}
