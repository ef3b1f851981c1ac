/**
 * Changes of a delta as they are packed: 21 bytes each, the card's key (16), its new state (1), its entitlements (4,
 * big-endian). State 0 takes the card off the list.
 */
import { LIST_KEY_BYTES, LISTED_STATES, type ListedState } from './list-handle.ts';
import type { ListChange } from './overlay.ts';

export const CHANGE_BYTES = LIST_KEY_BYTES + 5;
/** Index in LISTED_STATES and one; this is none of them. */
export const DELTA_TAKEN_OFF = 0;

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
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const seen = new Set<string>();
  for (let at = 0; at < bytes.length; at += CHANGE_BYTES) {
    const state = bytes[at + LIST_KEY_BYTES] ?? 0;
    if (state > LISTED_STATES.length) return false;
    if (state === DELTA_TAKEN_OFF && bytes.readUInt32BE(at + LIST_KEY_BYTES + 1) !== 0) return false;
    seen.add(bytes.toString('latin1', at, at + LIST_KEY_BYTES));
  }
  return seen.size === packed.length / CHANGE_BYTES;
}

/** Changes one by one, for the table they go into. Keys are views of `packed`. */
export function* unpackChanges(packed: Uint8Array): Generator<ListChange> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at + CHANGE_BYTES <= packed.length; at += CHANGE_BYTES) {
    const state = view.getUint8(at + LIST_KEY_BYTES);
    const entitlements = view.getUint32(at + LIST_KEY_BYTES + 1);
    yield { key: packed.subarray(at, at + LIST_KEY_BYTES), state, entitlements };
  }
}
