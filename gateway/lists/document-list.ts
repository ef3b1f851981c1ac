/** A card list from the signed JSON document of the first protocol, on top of the table that list files use. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CardList } from './card-list.ts';
import type { CardListDocument } from './card-list-document.ts';
import { ListBuildError, ListBuilder } from './list-builder.ts';
import type { ListedState, ListHead, CardStatus as ListStatus } from './list-handle.ts';

export interface CardStatus {
  readonly state: ListedState | 'unknown';
  /** Entitlement bits; 0 for an unknown card. */
  readonly entitlements: number;
}

/** A list cannot be used; the message says why, without naming a card. */
export class CardListError extends Error {
  override readonly name = 'CardListError';
}

/** Cards put in between two turns of the event loop: about 4 ms of work. */
const CARDS_PER_TURN = 1_000;

export class DocumentList {
  readonly revision: string;
  /** Milliseconds since 1970 UTC, as are the two below. */
  readonly issuedAtMs: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
  readonly #list: CardList;

  constructor(document: Omit<CardListDocument, 'kind' | 'cards'>, list: CardList) {
    this.revision = document.revision;
    this.issuedAtMs = document.issuedAtMs;
    this.freshUntilMs = document.freshUntilMs;
    this.staleUntilMs = document.staleUntilMs;
    this.#list = list;
  }

  /** Cards in the list. */
  get size(): number {
    return this.#list.size;
  }

  get head(): ListHead {
    return this.#list.head;
  }

  keyOf(issuer: string, credentialId: string): Uint8Array {
    return this.#list.keyOf(issuer, credentialId);
  }

  lookupKey(issuer: string, key: Uint8Array): CardStatus {
    const { state, entitlements } = this.#list.lookupKey(issuer, key);
    return { state: state === 'not_covered' ? 'unknown' : state, entitlements };
  }

  /** Such a document does not say whom it covers: a card that is not in it is unknown. */
  lookup(issuer: string, credentialId: string): CardStatus {
    const { state, entitlements }: ListStatus = this.#list.lookup(issuer, credentialId);
    return { state: state === 'not_covered' ? 'unknown' : state, entitlements };
  }
}

/** Builds a list, a little at each turn of the event loop. Rejects with CardListError on duplicates or too many cards. */
export async function buildCardList(document: CardListDocument, maxCards: number): Promise<DocumentList> {
  const { cards, revision, issuedAtMs, freshUntilMs, staleUntilMs } = document;
  if (cards.length > maxCards)
    throw new CardListError(`${cards.length} cards are more than the ${maxCards} allowed`);
  try {
    const builder = new ListBuilder({
      name: 'cards',
      revision: 0,
      chainHash: createHash('sha256').update(revision).digest('hex'),
      issuedAtMs,
      freshUntilMs,
      staleUntilMs,
      covers: [...new Set(cards.map(([issuer]) => issuer))],
      expectedCards: cards.length,
    });
    for (const [i, card] of cards.entries()) {
      if (i > 0 && i % CARDS_PER_TURN === 0) await nextTurn();
      builder.add(...card);
    }
    return new DocumentList(document, new CardList(builder.toHandle()));
  } catch (error) {
    throw error instanceof ListBuildError ? new CardListError(error.message, { cause: error }) : error;
  }
}
