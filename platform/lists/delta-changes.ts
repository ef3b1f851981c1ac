/** Packs changes of credentials for deltas: 21 bytes each (docs/platform.md). */
import { LIST_KEY_BYTES, LISTED_STATES } from '../../lists/list-handle.ts';
import { LIST_KEY_WORDS, type ListKeyHash } from '../../lists/list-key.ts';
import type { CredentialStatus } from '../cards/ledger.ts';

export const CHANGE_BYTES = LIST_KEY_BYTES + 5;
const CHUNK_CHANGES = 4_096;
const DELTA_TAKEN_OFF = 0;

export class PackedChanges {
  readonly #hash: ListKeyHash;
  readonly #key = new Uint32Array(LIST_KEY_WORDS);
  readonly #keyBytes = new Uint8Array(this.#key.buffer);
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(hash: ListKeyHash) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#size;
  }

  add({ issuer, credentialId, state, entitlements }: CredentialStatus): void {
    const inChunk = this.#size % CHUNK_CHANGES;
    if (inChunk === 0) this.#chunks.push(Buffer.alloc(CHUNK_CHANGES * CHANGE_BYTES));
    const chunk = this.#chunks.at(-1) ?? Buffer.alloc(0);
    const at = inChunk * CHANGE_BYTES;
    this.#hash(issuer, credentialId, this.#key);
    chunk.set(this.#keyBytes, at);
    if (state === 'unknown') chunk[at + LIST_KEY_BYTES] = DELTA_TAKEN_OFF;
    else {
      chunk[at + LIST_KEY_BYTES] = LISTED_STATES.indexOf(state) + 1;
      chunk.writeUInt32BE(entitlements, at + LIST_KEY_BYTES + 1);
    }
    this.#size += 1;
  }

  /** The bytes, in pieces of at most `changesMax` changes. */
  pieces(changesMax: number): Uint8Array[] {
    const all = Buffer.concat(this.#chunks).subarray(0, this.#size * CHANGE_BYTES);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += changesMax * CHANGE_BYTES) {
      pieces.push(all.subarray(at, at + changesMax * CHANGE_BYTES));
    }
    return pieces;
  }
}
