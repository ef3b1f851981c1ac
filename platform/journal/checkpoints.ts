/**
 * Keeps the checkpoints that gateways give of their journals, and holds each against the tree of the records that arrived.
 * A gateway's key is the one it is configured with, or the first one it showed. What does not fit is kept too, as evidence,
 * and refused.
 */
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { type JournalFile, openJournalFile } from '../journal-file.ts';
import { type CheckpointNote, KEY_PATTERN, verifiedNote } from './checkpoint-note.ts';
import type { Leaves } from './leaves.ts';

export const CheckpointUploadSchema = Type.Object(
  {
    gateway: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }),
    key: Type.String({
      pattern: KEY_PATTERN,
      description: 'Ed25519: 32 bytes, base64. SM2: `SM2:` and X ‖ Y, 64 bytes, base64.',
    }),
    checkpoint: Type.String({ maxLength: 4_096 }),
    before: Type.Optional(
      Type.String({
        maxLength: 4_096,
        description: 'The last checkpoint of the tree before, which says which key goes on.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type CheckpointUpload = Static<typeof CheckpointUploadSchema>;

/**
 * - `verified`: it is the root of the records that arrived.
 * - `pending`: some of the records it covers have not arrived.
 * - `inconsistent`: it is another root than that of the records, or of another checkpoint.
 */
export type CheckpointState = 'verified' | 'pending' | 'inconsistent';

export type CheckpointSummary = Readonly<Record<CheckpointState | 'refused', number>>;

export interface KeptCheckpoint {
  readonly checkpoint: string;
  readonly state: CheckpointState;
  readonly received_at_ms: number;
}

export type CheckpointAnswer =
  | { readonly kind: 'kept'; readonly state: CheckpointState }
  /** Not signed with the key that is known of the gateway. */
  | { readonly kind: 'refused' };

interface Kept {
  readonly note: CheckpointNote;
  state: CheckpointState;
  /** First position whose record it waits for. */
  missing: number | null;
  readonly receivedAtMs: number;
}

interface Shelf {
  key: string;
  /** Keys that vouched for the next, the newest first. */
  formerKeys: readonly string[];
  kept: Kept[];
}

export interface CheckpointsOptions {
  /** Where they are kept; null: in memory. */
  readonly folder: string | null;
  readonly now: () => number;
  readonly leavesOf: (gateway: string, epoch: string) => Leaves;
  /** Keys of gateways, base64, by gateway; of others the first one shown counts. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** Of each gateway; of older ones the last of each hour stays. */
const RECENT = 2_048;
const HOUR_MS = 3_600_000;

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #shelves = new Map<string, Shelf>();
  #file: JournalFile | null = null;
  #refused = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Throws when the folder cannot be used. */
  static async open(options: CheckpointsOptions): Promise<Checkpoints> {
    const checkpoints = new Checkpoints(options);
    if (options.folder !== null) {
      checkpoints.#file = await openJournalFile(join(options.folder, 'checkpoints.jsonl'), (line) => {
        const { received_at_ms, ...upload } = JSON.parse(line) as CheckpointUpload & {
          received_at_ms: number;
        };
        checkpoints.#take(upload, received_at_ms);
      });
    }
    return checkpoints;
  }

  /** Resolves when it is kept. Throws what the disk said. */
  accept(upload: CheckpointUpload): Promise<CheckpointAnswer> {
    const done = this.#last.catch(() => {}).then(() => this.#accept(upload));
    this.#last = done;
    return done;
  }

  /** Records of a gateway have arrived: what waited for them is looked at again. */
  arrived(gateway: string): void {
    const shelf = this.#shelves.get(gateway);
    for (const kept of shelf?.kept ?? []) {
      const { note, missing } = kept;
      if (missing !== null && this.#options.leavesOf(gateway, note.epoch).has(missing)) this.#hold(kept);
    }
  }

  /** The gateway's key, those before it, and its checkpoints, oldest first. */
  of(gateway: string): {
    readonly key: string | null;
    readonly former_keys?: readonly string[];
    readonly checkpoints: readonly KeptCheckpoint[];
  } {
    const { key = null, formerKeys = [], kept = [] } = this.#shelves.get(gateway) ?? {};
    return {
      key,
      ...(formerKeys.length > 0 && { former_keys: formerKeys }),
      checkpoints: kept.map(({ note, state, receivedAtMs }) => ({
        checkpoint: note.text,
        state,
        received_at_ms: receivedAtMs,
      })),
    };
  }

  summary(): CheckpointSummary {
    const counts = { verified: 0, pending: 0, inconsistent: 0, refused: this.#refused };
    for (const { kept } of this.#shelves.values()) for (const { state } of kept) counts[state] += 1;
    return counts;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file?.close();
  }

  async #accept(upload: CheckpointUpload): Promise<CheckpointAnswer> {
    const { gateway, checkpoint } = upload;
    const known = this.#shelves.get(gateway)?.kept.find(({ note }) => note.text === checkpoint);
    if (known) return { kind: 'kept', state: known.state };
    if (this.#believed(upload) === null) {
      this.#refused += 1;
      return { kind: 'refused' };
    }
    const receivedAtMs = this.#options.now();
    await this.#file?.append([JSON.stringify({ ...upload, received_at_ms: receivedAtMs })]);
    const state = this.#take(upload, receivedAtMs);
    return state === null ? { kind: 'refused' } : { kind: 'kept', state };
  }

  /** What is believed of an upload: its checkpoint, and the one before, where that vouches for a key that is new. */
  #believed({ gateway, key, checkpoint, before }: CheckpointUpload): Believed | null {
    const known = this.#shelves.get(gateway)?.key ?? this.#options.keys?.[gateway] ?? key;
    const closing = known === key ? null : noteOf(gateway, known, before);
    if (known !== key && closing?.goesOn !== key) return null;
    const note = noteOf(gateway, key, checkpoint);
    return note && { note, closing };
  }

  #take(upload: CheckpointUpload, receivedAtMs: number): CheckpointState | null {
    const believed = this.#believed(upload);
    if (believed === null) return null;
    const { note, closing } = believed;
    const shelf = this.#shelves.get(upload.gateway) ?? { key: upload.key, formerKeys: [], kept: [] };
    this.#shelves.set(upload.gateway, shelf);
    if (closing !== null) {
      shelf.formerKeys = [shelf.key, ...shelf.formerKeys.filter((key) => key !== shelf.key)];
      shelf.key = upload.key;
      if (!shelf.kept.some((each) => each.note.text === closing.text)) {
        this.#keep(shelf, closing, receivedAtMs);
      }
    }
    const { state } = this.#keep(shelf, note, receivedAtMs);
    if (shelf.kept.length > RECENT * 2) shelf.kept = thinnedOut(shelf.kept);
    return state;
  }

  #keep(shelf: Shelf, note: CheckpointNote, receivedAtMs: number): Kept {
    const kept: Kept = { note, state: 'inconsistent', missing: null, receivedAtMs };
    if (!contradicts(shelf.kept, note)) this.#hold(kept);
    shelf.kept.push(kept);
    return kept;
  }

  /** Holds it against the records that arrived. */
  #hold(kept: Kept): void {
    const { gateway, epoch, size, begins, tree, root } = kept.note;
    const found = this.#options.leavesOf(gateway, epoch).rootAt(size, begins, tree);
    kept.missing = 'missing' in found ? found.missing : null;
    if ('missing' in found) kept.state = 'pending';
    else kept.state = Buffer.from(found.root).toString('base64') === root ? 'verified' : 'inconsistent';
  }
}

interface Believed {
  readonly note: CheckpointNote;
  readonly closing: CheckpointNote | null;
}

function noteOf(gateway: string, key: string, text: string | undefined): CheckpointNote | null {
  const note = text === undefined ? null : verifiedNote(text, key);
  return note?.gateway === gateway ? note : null;
}

/** A log only grows: of the same size it has the same root, and a later checkpoint is of no smaller tree. */
function contradicts(kept: readonly Kept[], note: CheckpointNote): boolean {
  const others = kept
    .map((each) => each.note)
    .filter(({ epoch, tree }) => epoch === note.epoch && tree === note.tree);
  const newest = others.at(-1);
  if (newest && newest.size > note.size && newest.atMs < note.atMs) return true;
  return others.some(({ size, root }) => size === note.size && root !== note.root);
}

function thinnedOut(kept: readonly Kept[]): Kept[] {
  return kept.filter(({ note, state }, i) => {
    const next = kept[i + 1];
    if (i >= kept.length - RECENT || !next || state === 'inconsistent') return true;
    return Math.floor(next.note.atMs / HOUR_MS) !== Math.floor(note.atMs / HOUR_MS);
  });
}
