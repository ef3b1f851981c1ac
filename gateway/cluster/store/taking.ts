/**
 * What may be taken once in a whole cluster, or counted for all of it: showings of a presentation and uses of a
 * card on a stale list.
 *
 * A showing is `SET name tap NX GET PX left`: nothing back, and it is taken now; the same tap back, and it is a tap sent again
 * elsewhere; another's, and it was taken before. With two keys in force it has two names, which all gateways take in the same
 * order, the second only once they have the first: of two that want both, one has neither.
 */
import type { CryptoProfile, TakenProfiles } from '../../../config/crypto-settings.ts';
import { profilesInForce } from '../../../crypto/accepted.ts';
import type { DigestAlgorithm, MacAlgorithm } from '../../../crypto/algorithms.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { keyedDigest } from '../../../workers/names/keyed-digest.ts';
import type { TapId } from '../../verification.ts';
import type { ClusterKeys } from '../cluster-keys.ts';
import type { Store, StoreAnswer, StoreQuestion } from './store.ts';
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
  readonly crypto: TakenProfiles;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Default: `CLOCKS_APART_MS`. */
  readonly clocksApartMs?: number;
}

/** Clocks of two gateways may be this far apart: a name is kept for so much longer. */
export const CLOCKS_APART_MS = 10_000;
/** A card that is not used for so long has its budget anew: outages end before. */
const COUNTED_TEXT = String(7 * 86_400_000);
/** Given back while the store is away, and told when it is there again. */
const OWED_MAX = 4_096;
const MARK = /^(sm3:)?[0-9a-f]{16}$/;
/** Where the value is still that tap's. DELEX and DELIFEQ of newer servers do the same without a script. */
const DELETE_OWN = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0";

/** One that is being asked about. */
interface Asking {
  readonly wanted: Wanted;
  readonly mark: string;
  /** Where its answers begin. */
  readonly at: number;
  showing: Taken['showing'];
  cardTaps: number | null;
}

export class Taking {
  readonly #store: Store;
  readonly #names: StoreNames;
  readonly #now: () => number;
  readonly #cardNames: readonly {
    readonly algorithm: MacAlgorithm;
    nameOf(message: Uint8Array): Uint8Array;
  }[];
  /** The first is the one that is written; while the algorithms change, another gateway may have written the other. */
  readonly #marks: readonly [DigestAlgorithm, ...DigestAlgorithm[]];
  readonly #clocksApartMs: number;
  #owed: StoreQuestion[] = [];

  constructor({ store, cluster, keys, crypto, now, clocksApartMs = CLOCKS_APART_MS }: TakingOptions) {
    this.#store = store;
    this.#names = storeNames(cluster);
    this.#now = now;
    this.#clocksApartMs = clocksApartMs;
    this.#cardNames = keys.map(({ profile, of }) => {
      const algorithm = algorithmFor('budget-name', profile);
      return { algorithm, nameOf: keyedDigest(of.budget, algorithm) };
    });
    const [own, ...others] = profilesInForce(crypto);
    const markIn = (profile: CryptoProfile) => algorithmFor('tap-mark', profile);
    this.#marks = [markIn(own), ...others.map(markIn)];
  }

  /** Asks for all in one write. Calls back once, never within the call, in order. */
  takeAll(all: readonly Wanted[], onTaken: (taken: readonly Taken[]) => void): void {
    if (this.#owed.length > 0) this.#tellOwed();
    const asking: Asking[] = [];
    const questions: StoreQuestion[] = [];
    for (const wanted of all) {
      const { names, tap, card } = wanted;
      const isWanted = names.length > 0;
      const showing = isWanted ? 'no_answer' : 'not_wanted';
      const one: Asking = {
        wanted,
        mark: tapMark(tap, this.#marks[0]),
        at: questions.length,
        showing,
        cardTaps: null,
      };
      asking.push(one);
      if (isWanted) questions.push(this.#showing(one, 0));
      if (card !== null) this.#askCard(questions, card);
    }
    this.#store.askAll(questions, (answers) => {
      for (const each of asking) {
        if (each.wanted.names.length > 0) each.showing = this.#showingOf(answers[each.at], each);
        if (each.wanted.card !== null) each.cardTaps = this.#cardTapsOf(answers, each);
      }
      const further = asking.filter(({ wanted, showing }) => wanted.names.length > 1 && isTaken(showing));
      if (further.length === 0) onTaken(asking);
      else this.#takeSecond(further, () => onTaken(asking));
    });
  }

  /** What a tap took and does not use: the showing where it is its own still, and one use of the card. */
  giveBack({ names, tap, card }: Wanted, what: { readonly showing: boolean; readonly card: boolean }): void {
    const mark = tapMark(tap, this.#marks[0]);
    const questions: StoreQuestion[] = [];
    if (what.showing) for (const name of names) questions.push(this.#deleteOwn(name, mark));
    if (what.card && card !== null) {
      for (const name of this.#cardKeys(card)) questions.push({ command: 'decr', args: [name] });
    }
    this.#tell(questions);
  }

  #takeSecond(all: readonly Asking[], onTaken: () => void): void {
    const questions = all.map((each) => this.#showing(each, 1));
    this.#store.askAll(questions, (answers) => {
      for (let i = 0; i < all.length; i += 1) {
        const each = all[i] as Asking;
        const wasSame = each.showing === 'same';
        each.showing = this.#showingOf(answers[i], each);
        if (each.showing === 'first' && wasSame) each.showing = 'same';
        // Another has the second name: the first is not ours either.
        const [first] = each.wanted.names;
        if (each.showing === 'seen' && first !== undefined) this.#tell([this.#deleteOwn(first, each.mark)]);
      }
      onTaken();
    });
  }

  /** `at`: of its names, one that it has. */
  #showing({ wanted: { names, untilMs }, mark }: Asking, at: number): StoreQuestion {
    const name = this.#names.showing(names[at] as Uint8Array);
    return { command: 'set', args: [name, mark, 'NX', 'GET', 'PX', this.#leftMs(untilMs)] };
  }

  #askCard(questions: StoreQuestion[], card: CountedCard): void {
    for (const name of this.#cardKeys(card)) {
      questions.push({ command: 'incr', args: [name] });
      questions.push({ command: 'pexpire', args: [name, COUNTED_TEXT] });
    }
  }

  /** By the answers to `#askCard`, which stand behind the one of the showing. */
  #cardTapsOf(answers: readonly StoreAnswer[], { wanted, at }: Asking): number | null {
    let cardTaps: number | null = null;
    const first = wanted.names.length > 0 ? at + 1 : at;
    for (let key = 0; key < this.#cardNames.length; key += 1) {
      const uses = answers[first + 2 * key];
      if (typeof uses === 'number' && uses > 0) cardTaps = Math.max(cardTaps ?? 0, uses - 1);
    }
    return cardTaps;
  }

  #cardKeys({ listRevision, credentialId }: CountedCard): string[] {
    const id = Buffer.from(credentialId, 'utf8');
    return this.#cardNames.map(({ algorithm, nameOf }) =>
      this.#names.card(listRevision, nameOf(id), algorithm),
    );
  }

  /** What is no mark is no answer: it never counts as first. */
  #showingOf(answer: StoreAnswer | undefined, { mark, wanted }: Asking): Taken['showing'] {
    if (answer === null) return 'first';
    if (typeof answer !== 'string' || !MARK.test(answer)) return 'no_answer';
    if (answer === mark) return 'same';
    const [, ...others] = this.#marks;
    return others.some((other) => tapMark(wanted.tap, other) === answer) ? 'same' : 'seen';
  }

  #deleteOwn(name: Uint8Array, mark: string): StoreQuestion {
    return { command: 'eval', args: [DELETE_OWN, '1', this.#names.showing(name), mark] };
  }

  #leftMs(untilMs: number): string {
    return String(Math.max(1, Math.ceil(untilMs - this.#now())) + this.#clocksApartMs);
  }

  #tell(questions: readonly StoreQuestion[]): void {
    if (questions.length === 0 || this.#store.tell(questions)) return;
    if (this.#owed.length + questions.length <= OWED_MAX) this.#owed.push(...questions);
  }

  #tellOwed(): void {
    if (this.#store.tell(this.#owed)) this.#owed = [];
  }
}

function isTaken(showing: Taken['showing']): boolean {
  return showing === 'first' || showing === 'same';
}
