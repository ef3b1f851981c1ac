/**
 * What deltas change of a list: an immutable table in shared memory, open addressing, with the whole 128-bit key of each
 * card. The newest overlay that holds a card decides; a card taken off the list is held too.
 */

import { findPlace, openBase } from './base-table.ts';
import { CHANGE_BYTES, DELTA_TAKEN_OFF } from './delta-changes.ts';
import { ListBuildError } from './list-errors.ts';
import {
  LIST_KEY_BYTES,
  LISTED_STATES,
  type ListHandle,
  type ListHead,
  type ListMemory,
} from './list-handle.ts';
import { LIST_KEY_WORDS } from './list-key.ts';

export const OVERLAY_LAYOUT = 'onecard.list.overlay.v1';

/** State of an empty slot, and of a card taken off. */
const EMPTY = 0;
export const OVERLAY_TAKEN_OFF = 255;
/** At least a third of the slots stays empty. */
const SLOTS_PER_CARD = 1.5;
/** Overlays a look-up goes through at most, before the smaller ones are merged. */
const MAX_OVERLAYS = 6;

export interface OverlayTable {
  readonly cards: number;
  readonly mask: number;
  readonly keys: Uint32Array;
  readonly states: Uint8Array;
  readonly entitlements: Uint32Array;
}

/** The table in the memory. Throws RangeError when the memory is not laid out as one. */
export function openOverlay({ layout, parts, numbers }: ListMemory): OverlayTable {
  const [keys, states, entitlements] = parts;
  const [cards = 0, slots = 0] = numbers;
  if (layout !== OVERLAY_LAYOUT || !keys || !states || !entitlements || states.byteLength !== slots) {
    throw new RangeError(`not a list's overlay: ${layout}`);
  }
  return {
    cards,
    mask: slots - 1,
    keys: new Uint32Array(keys),
    states: new Uint8Array(states),
    entitlements: new Uint32Array(entitlements),
  };
}

/** The slot that holds a key (its four words), or the empty one where it would go. There is always an empty one. */
export function findSlot(table: OverlayTable, k0: number, k1: number, k2: number, k3: number): number {
  const { keys, states, mask } = table;
  for (let slot = k0 & mask; ; slot = (slot + 1) & mask) {
    if (states[slot] === EMPTY) return slot;
    const at = slot * LIST_KEY_WORDS;
    if (keys[at] === k0 && keys[at + 1] === k1 && keys[at + 2] === k2 && keys[at + 3] === k3) return slot;
  }
}

/**
 * An overlay of changes as a delta packs them (`delta-changes.ts`), read where they lie. Throws ListBuildError:
 * `duplicate` for a key twice, `unusable` for bytes that are no whole changes and for a state that no list has.
 */
export function buildOverlay(packed: Uint8Array): ListMemory {
  if (packed.length % CHANGE_BYTES !== 0) throw unusable();
  const writer = new OverlayWriter(packed.length / CHANGE_BYTES);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const key = new Uint32Array(LIST_KEY_WORDS);
  for (let at = 0; at < packed.length; at += CHANGE_BYTES) {
    for (let i = 0; i < LIST_KEY_WORDS; i += 1) key[i] = view.getUint32(at + 4 * i, true);
    const state = view.getUint8(at + LIST_KEY_BYTES);
    if (state > LISTED_STATES.length) throw unusable();
    const takenOff = state === DELTA_TAKEN_OFF;
    const entitlements = takenOff ? 0 : view.getUint32(at + LIST_KEY_BYTES + 1);
    if (!writer.put(key, 0, takenOff ? OVERLAY_TAKEN_OFF : state, entitlements)) {
      throw new ListBuildError('duplicate', 'one delta changes a card twice');
    }
  }
  return writer.memory();
}

/** One overlay that says the same as several, newest first. */
export function mergeOverlays(overlays: readonly ListMemory[]): ListMemory {
  const tables = overlays.map(openOverlay);
  const writer = new OverlayWriter(tables.reduce((sum, { cards }) => sum + cards, 0));
  for (const table of tables) writer.putAll(table);
  return writer.memory();
}

/** Bytes that a list's overlays hold. */
export function overlayBytes({ overlays }: ListHandle): number {
  return overlays.flatMap(({ parts }) => parts).reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/**
 * The list after a delta: the same base, one more overlay (small ones are merged, so that there are never more than a
 * few), its size counted anew. Tens of milliseconds for 100,000 changes: for a thread that serves nobody. `packed` and
 * errors as of `buildOverlay`.
 */
export function withChanges(handle: ListHandle, head: ListHead, packed: Uint8Array): ListHandle {
  const newest = buildOverlay(packed);
  const size = handle.size + growth(handle, openOverlay(newest));
  const overlays = [newest, ...handle.overlays];
  // As in a log-structured tree: one that is not much larger than what comes on top of it is merged with that.
  let merged = 1;
  let cards = newest.numbers[0] ?? 0;
  while (merged < overlays.length) {
    const next = overlays[merged]?.numbers[0] ?? 0;
    if (next > 2 * cards && overlays.length - merged < MAX_OVERLAYS) break;
    cards += next;
    merged += 1;
  }
  const first = merged === 1 ? newest : mergeOverlays(overlays.slice(0, merged));
  return { ...handle, head, size, overlays: [first, ...overlays.slice(merged)] };
}

/** By how many cards a list grows with the newest overlay on top of it. */
function growth(handle: ListHandle, { keys, states }: OverlayTable): number {
  const base = openBase(handle.base);
  const older = handle.overlays.map(openOverlay);
  let grown = 0;
  for (let slot = 0; slot < states.length; slot += 1) {
    if (states[slot] === EMPTY) continue;
    const at = slot * LIST_KEY_WORDS;
    const k0 = keys[at] as number;
    const k1 = keys[at + 1] as number;
    const k2 = keys[at + 2] as number;
    const k3 = keys[at + 3] as number;
    let before = EMPTY;
    for (const table of older) {
      before = table.states[findSlot(table, k0, k1, k2, k3)] ?? EMPTY;
      if (before !== EMPTY) break;
    }
    const was = before === EMPTY ? findPlace(base, k0, k1, k2) >= 0 : before !== OVERLAY_TAKEN_OFF;
    const is = states[slot] !== OVERLAY_TAKEN_OFF;
    grown += Number(is) - Number(was);
  }
  return grown;
}

function unusable(): ListBuildError {
  return new ListBuildError('unusable', 'a change that no list has');
}

class OverlayWriter {
  readonly #room: number;
  readonly #table: OverlayTable;
  readonly #parts: readonly SharedArrayBuffer[];
  #cards = 0;

  constructor(cards: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, cards * SLOTS_PER_CARD)));
    const keys = new SharedArrayBuffer(slots * LIST_KEY_BYTES);
    const states = new SharedArrayBuffer(slots);
    const entitlements = new SharedArrayBuffer(slots * 4);
    this.#room = slots;
    this.#parts = [keys, states, entitlements];
    this.#table = openOverlay({ layout: OVERLAY_LAYOUT, parts: this.#parts, numbers: [0, slots] });
  }

  /** Puts a key in, words from `at` on; false when it is there already, and stays as it was. */
  put(words: Uint32Array, at: number, state: number, entitlements: number): boolean {
    const { keys, states } = this.#table;
    const [k0, k1] = [words[at] as number, words[at + 1] as number];
    const [k2, k3] = [words[at + 2] as number, words[at + 3] as number];
    const slot = findSlot(this.#table, k0, k1, k2, k3);
    if (states[slot] !== EMPTY) return false;
    const to = slot * LIST_KEY_WORDS;
    keys[to] = k0;
    keys[to + 1] = k1;
    keys[to + 2] = k2;
    keys[to + 3] = k3;
    states[slot] = state;
    this.#table.entitlements[slot] = entitlements;
    this.#cards += 1;
    return true;
  }

  putAll({ keys, states, entitlements }: OverlayTable): void {
    for (let slot = 0; slot < states.length; slot += 1) {
      const state = states[slot] as number;
      if (state !== EMPTY) this.put(keys, slot * LIST_KEY_WORDS, state, entitlements[slot] as number);
    }
  }

  memory(): ListMemory {
    return { layout: OVERLAY_LAYOUT, parts: this.#parts, numbers: [this.#cards, this.#room] };
  }
}
