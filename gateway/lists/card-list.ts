/**
 * The card list in force: exact for every card in it; any other card is `unknown`, never guessed.
 *
 * One revision is one immutable table, built beside the one in force and put in its place whole, by one assignment: a
 * tap that has taken a list sees that revision from beginning to end.
 *
 * The table is open addressing over flat arrays. Keys are 128 bits of a keyed hash of (issuer, credential id): the key
 * is drawn anew for each table, so nobody can prepare cards that meet in one place, and no card number stays in memory.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyedDigest, lengthFirst } from '../crypto/keyed-digest.ts';
import { type CardListDocument, LISTED_STATES, type ListedState } from './card-list-document.ts';

export interface CardStatus {
  readonly state: ListedState | 'unknown';
  /** Entitlement bits; 0 for an unknown card. */
  readonly entitlements: number;
}

/** A list cannot be used; the message says why, without naming a card. */
export class CardListError extends Error {
  override readonly name = 'CardListError';
}

const UNKNOWN: CardStatus = { state: 'unknown', entitlements: 0 };
const KEY_WORDS = 4;
const EMPTY = 0;
/** Slots for each card: more than half stay empty on average, so that a look-up ends after two or three. */
const SLOTS_PER_CARD = 1.5;
/** Cards put in between two turns of the event loop: about 4 ms of work. */
const CARDS_PER_TURN = 1_000;

export class CardList {
  readonly revision: string;
  /** Milliseconds since 1970 UTC, as are the two below. */
  readonly issuedAtMs: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
  readonly #table: CardTable;

  constructor(document: Omit<CardListDocument, 'kind' | 'cards'>, table: CardTable) {
    this.revision = document.revision;
    this.issuedAtMs = document.issuedAtMs;
    this.freshUntilMs = document.freshUntilMs;
    this.staleUntilMs = document.staleUntilMs;
    this.#table = table;
  }

  /** Cards in the list. */
  get size(): number {
    return this.#table.size;
  }

  lookup(issuer: string, credentialId: string): CardStatus {
    return this.#table.lookup(issuer, credentialId);
  }
}

/** Builds a list, a little at each turn of the event loop. Rejects with CardListError on duplicates or too many cards. */
export async function buildCardList(document: CardListDocument, maxCards: number): Promise<CardList> {
  const { cards, issuedAtMs, freshUntilMs, staleUntilMs } = document;
  if (cards.length > maxCards)
    throw new CardListError(`${cards.length} cards are more than the ${maxCards} allowed`);
  if (issuedAtMs > freshUntilMs || freshUntilMs > staleUntilMs) {
    throw new CardListError('a list is issued, then fresh, then stale');
  }
  const table = new CardTable(cards.length);
  for (const [i, card] of cards.entries()) {
    if (i > 0 && i % CARDS_PER_TURN === 0) await nextTurn();
    table.add(...card);
  }
  return new CardList(document, table);
}

class CardTable {
  readonly #digest = keyedDigest(randomBytes(32));
  readonly #mask: number;
  readonly #keys: Uint32Array;
  /** 1 + index in LISTED_STATES; 0: the slot is empty. */
  readonly #states: Uint8Array;
  readonly #entitlements: Uint32Array;
  #size = 0;

  constructor(cards: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, cards * SLOTS_PER_CARD)));
    this.#mask = slots - 1;
    this.#keys = new Uint32Array(slots * KEY_WORDS);
    this.#states = new Uint8Array(slots);
    this.#entitlements = new Uint32Array(slots);
  }

  get size(): number {
    return this.#size;
  }

  add(issuer: string, credentialId: string, state: ListedState, entitlements: number): void {
    const key = this.#key(issuer, credentialId);
    const slot = this.#slot(key);
    // Which of two entries holds would be a guess.
    if (this.#states[slot] !== EMPTY) throw new CardListError('the list holds a card twice');
    this.#keys.set(key, slot * KEY_WORDS);
    this.#states[slot] = 1 + LISTED_STATES.indexOf(state);
    this.#entitlements[slot] = entitlements;
    this.#size += 1;
  }

  lookup(issuer: string, credentialId: string): CardStatus {
    const slot = this.#slot(this.#key(issuer, credentialId));
    const state = LISTED_STATES[(this.#states[slot] ?? EMPTY) - 1];
    return state ? { state, entitlements: this.#entitlements[slot] ?? 0 } : UNKNOWN;
  }

  #key(issuer: string, credentialId: string): Uint32Array {
    return new Uint32Array(this.#digest(lengthFirst(issuer, credentialId)).buffer);
  }

  /** The slot that holds the key, or the empty one where it would go. There is always an empty one. */
  #slot(key: Uint32Array): number {
    const keys = this.#keys;
    let slot = (key[0] ?? 0) & this.#mask;
    for (;;) {
      if (this.#states[slot] === EMPTY) return slot;
      const at = slot * KEY_WORDS;
      if (
        keys[at] === key[0] &&
        keys[at + 1] === key[1] &&
        keys[at + 2] === key[2] &&
        keys[at + 3] === key[3]
      ) {
        return slot;
      }
      slot = (slot + 1) & this.#mask;
    }
  }
}
