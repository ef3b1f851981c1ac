/**
 * A list in force, as one thread reads it: exact for every card on it; any other card of an issuer it covers is
 * `unknown` (but for a chance below 10^-12 per look-up, see base-table.ts), and of another issuer's cards it says nothing.
 *
 * One handle is one revision, whole and immutable: whoever has taken a list sees that revision from beginning to end.
 */
import {
  type BaseTable,
  codeAt,
  EXCEPTION_CODE,
  findPlace,
  openBase,
  stateOf,
  valueAt,
} from './base-table.ts';
import type { CardStatus, ListHandle, ListHead } from './list-handle.ts';
import { LIST_KEY_BYTES, LIST_KEY_WORDS, type ListKeyHash, listKeyHash } from './list-key.ts';
import { findSlot, OVERLAY_TAKEN_OFF, type OverlayTable, openOverlay } from './overlay.ts';

const UNKNOWN: CardStatus = Object.freeze({ state: 'unknown', entitlements: 0 });
const NOT_COVERED: CardStatus = Object.freeze({ state: 'not_covered', entitlements: 0 });

export class CardList {
  readonly head: ListHead;
  /** As decisions and answers say it: first 8 hex digits of the generation, a dot, the revision. */
  readonly revision: string;
  /** Cards on the list. */
  readonly size: number;
  readonly covers: readonly string[];
  readonly #covered: ReadonlySet<string>;
  readonly #hash: ListKeyHash;
  readonly #base: BaseTable;
  readonly #dictionary: readonly CardStatus[];
  readonly #overlays: readonly OverlayTable[];
  readonly #key = new Uint32Array(LIST_KEY_WORDS);
  readonly #keyBytes = new Uint8Array(this.#key.buffer);

  /** Opens the handle in this thread; the memory is shared. Throws RangeError on memory that is no list. */
  constructor(handle: ListHandle) {
    this.head = handle.head;
    this.revision = revisionText(handle.head);
    this.size = handle.size;
    this.covers = handle.covers;
    this.#covered = new Set(handle.covers);
    this.#hash = listKeyHash(handle.hashKey);
    this.#base = openBase(handle.base);
    this.#dictionary = this.#base.dictionary.map((value) =>
      Object.freeze({ state: stateOf(value), entitlements: value[1] }),
    );
    this.#overlays = handle.overlays.map(openOverlay);
  }

  lookup(issuer: string, credentialId: string): CardStatus {
    if (!this.#covered.has(issuer)) return NOT_COVERED;
    this.#hash(issuer, credentialId, this.#key);
    return this.#find();
  }

  /** A card's key, 16 bytes, as deltas name it. */
  keyOf(issuer: string, credentialId: string): Uint8Array {
    this.#hash(issuer, credentialId, this.#key);
    // A small array that nobody asks for its buffer costs no memory of its own outside the heap.
    const key = new Uint8Array(LIST_KEY_BYTES);
    key.set(this.#keyBytes);
    return key;
  }

  /** As `lookup`, for a key of 16 bytes. Throws RangeError on another length. */
  lookupKey(issuer: string, key: Uint8Array): CardStatus {
    if (key.length !== LIST_KEY_BYTES) throw new RangeError(`a card's key has ${LIST_KEY_BYTES} bytes`);
    if (!this.#covered.has(issuer)) return NOT_COVERED;
    this.#keyBytes.set(key);
    return this.#find();
  }

  #find(): CardStatus {
    const k0 = this.#key[0] as number;
    const k1 = this.#key[1] as number;
    const k2 = this.#key[2] as number;
    for (const overlay of this.#overlays) {
      const slot = findSlot(overlay, k0, k1, k2, this.#key[3] as number);
      const state = overlay.states[slot] as number;
      if (state === OVERLAY_TAKEN_OFF) return UNKNOWN;
      if (state !== 0) {
        const entitlements = overlay.entitlements[slot] as number;
        return { state: stateOf([state, entitlements]), entitlements };
      }
    }
    const place = findPlace(this.#base, k0, k1, k2);
    if (place < 0) return UNKNOWN;
    const code = codeAt(this.#base, place);
    if (code !== EXCEPTION_CODE) return this.#dictionary[code] as CardStatus;
    const value = valueAt(this.#base, place);
    return { state: stateOf(value), entitlements: value[1] };
  }
}

/** A list's revision as decisions and answers say it. */
export function revisionText({ generation, revision }: ListHead): string {
  return `${generation.slice(0, 8)}.${revision}`;
}
