/** What the platform publishes: the trust and the card list, each signed and under a revision of its own. */
import type { TrustDocument } from '../workers/trust/document.ts';
import type { ListedState } from './cards/identity.ts';
import type { City } from './city.ts';
import type { PlatformKey } from './sign.ts';

export const DOCUMENT_KINDS = ['trust', 'cards'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export interface PublishedDocument {
  readonly revision: string;
  /** Compact JWS. */
  readonly jws: string;
}

/** What changes with a publication. Cards that are not named stay as they are. */
export interface Publication {
  readonly cards?: readonly CardChange[];
  /** In place of the trust so far. */
  readonly trust?: TrustDocument;
}

export interface CardChange {
  readonly index: number;
  readonly state?: ListedState;
  readonly entitlements?: number;
}

export interface DocumentsOptions {
  readonly city: City;
  readonly key: PlatformKey;
  readonly now: () => number;
  /** How long a card list counts as fresh, and how long as usable. A new one is made at half of the first. */
  readonly fresh_ms: number;
  readonly stale_ms: number;
}

/** Cards of a list that is sent as one document. */
export const LISTED_CARDS_MAX = 1_000_000;

export class Documents {
  readonly #options: DocumentsOptions;
  readonly #changes = new Map<number, CardChange>();
  readonly #made = new Map<DocumentKind, { madeAtMs: number; document: Promise<PublishedDocument> }>();
  #trust: TrustDocument;
  #lastRevision = 0;

  /** Throws RangeError when the city has more cards than fit one document. */
  constructor(options: DocumentsOptions) {
    if (options.city.size > LISTED_CARDS_MAX) {
      throw new RangeError(`one document lists up to ${LISTED_CARDS_MAX} cards`);
    }
    if (options.fresh_ms >= options.stale_ms) throw new RangeError('fresh_ms must be below stale_ms');
    this.#options = options;
    this.#trust = options.city.trustDocument();
  }

  /** Throws RangeError when a card does not exist; then nothing is changed. */
  publish({ cards = [], trust }: Publication): void {
    for (const { index } of cards) this.#options.city.identity(index);
    for (const change of cards)
      this.#changes.set(change.index, { ...this.#changes.get(change.index), ...change });
    if (cards.length > 0) this.#made.delete('cards');
    if (trust) {
      this.#trust = trust;
      this.#made.delete('trust');
    }
  }

  current(kind: DocumentKind): Promise<PublishedDocument> {
    const nowMs = this.#options.now();
    const made = this.#made.get(kind);
    const renew = kind === 'cards' ? this.#options.fresh_ms / 2 : Number.POSITIVE_INFINITY;
    if (made && nowMs - made.madeAtMs < renew) return made.document;
    const document = this.#make(kind, nowMs);
    this.#made.set(kind, { madeAtMs: nowMs, document });
    // A document that could not be made is tried again by the next request.
    document.catch(() => this.#made.delete(kind));
    return document;
  }

  async #make(kind: DocumentKind, nowMs: number): Promise<PublishedDocument> {
    // Rises across restarts as long as the clock does, so that a gateway can tell which is newer.
    this.#lastRevision = Math.max(nowMs, this.#lastRevision + 1);
    const revision = String(this.#lastRevision);
    const head = { kind, revision, issuedAtMs: nowMs };
    const payload =
      kind === 'trust' ? { ...head, document: this.#trust } : { ...head, ...this.#cardList(nowMs) };
    return { revision, jws: await this.#options.key.sign(Buffer.from(JSON.stringify(payload))) };
  }

  #cardList(nowMs: number) {
    const { city, fresh_ms, stale_ms } = this.#options;
    const cards = [];
    for (let index = 0; index < city.size; index += 1) {
      cards.push(...city.listEntries({ ...city.identity(index), ...this.#changes.get(index) }));
    }
    return { freshUntilMs: nowMs + fresh_ms, staleUntilMs: nowMs + stale_ms, cards };
  }
}
