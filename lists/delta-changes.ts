/**
 * Changes of a delta as they are packed: 21 bytes each, the card's key (16), its new state (1), its entitlements (4,
 * big-endian). State 0 takes the card off the list.
 */
import { LIST_KEY_BYTES, LISTED_STATES, type ListedState } from './list-handle.ts';

export const CHANGE_BYTES = LIST_KEY_BYTES + 5;
/** Index in LISTED_STATES and one; this is none of them. */
export const DELTA_TAKEN_OFF = 0;

/** At least half of the slots are empty. */
const SLOTS_PER_CHANGE = 2;
const RUN_MAX = 256;

export interface CardChange {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** Null: no longer on the list. */
  readonly state: ListedState | null;
  /** 0 to 2^32 - 1. */
  readonly entitlements: number;
}

/** Throws RangeError on a key of another size. Whether a key occurs twice is for `changesAreSound`. */
export function packChanges(changes: readonly CardChange[]): Uint8Array {
  const packed = Buffer.alloc(changes.length * CHANGE_BYTES);
  for (const [i, { key, state, entitlements }] of changes.entries()) {
    if (key.length !== LIST_KEY_BYTES) throw new RangeError(`a card's key has ${LIST_KEY_BYTES} bytes`);
    const at = i * CHANGE_BYTES;
    packed.set(key, at);
    packed[at + LIST_KEY_BYTES] = state === null ? DELTA_TAKEN_OFF : LISTED_STATES.indexOf(state) + 1;
    packed.writeUInt32BE(entitlements, at + LIST_KEY_BYTES + 1);
  }
  return packed;
}

/** Whether the bytes are whole changes, of states there are, and none of the same card as another. */
export function changesAreSound(packed: Uint8Array): boolean {
  if (packed.length % CHANGE_BYTES !== 0) return false;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < packed.length; at += CHANGE_BYTES) {
    const state = packed[at + LIST_KEY_BYTES] as number;
    if (state > LISTED_STATES.length) return false;
    if (state === DELTA_TAKEN_OFF && view.getUint32(at + LIST_KEY_BYTES + 1) !== 0) return false;
  }
  return noKeyTwice(packed, view);
}

/**
 * By open addressing, without an object for each change: a large delta comes while taps are under way on the same cores.
 * The first word of a key picks its slot. Keys that are hashes never make a run of `RUN_MAX`; ones that were chosen to
 * make the thread work for long are refused.
 */
function noKeyTwice(packed: Uint8Array, view: DataView): boolean {
  const changes = packed.length / CHANGE_BYTES;
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, SLOTS_PER_CHANGE * changes)))).fill(-1);
  const mask = slots.length - 1;
  for (let at = 0; at < packed.length; at += CHANGE_BYTES) {
    let slot = view.getUint32(at, true) & mask;
    for (let run = 0; (slots[slot] as number) >= 0; run += 1) {
      if (run === RUN_MAX || isSameKey(view, at, slots[slot] as number)) return false;
      slot = (slot + 1) & mask;
    }
    slots[slot] = at;
  }
  return true;
}

function isSameKey(view: DataView, one: number, other: number): boolean {
  for (let word = 0; word < LIST_KEY_BYTES; word += 4) {
    if (view.getUint32(one + word) !== view.getUint32(other + word)) return false;
  }
  return true;
}
