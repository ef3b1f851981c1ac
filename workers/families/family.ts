/** The shape every family of credential has. Adding one is adding a folder and a line in `table.ts`. */
import type { TSchema } from 'typebox';
import type { Code } from '../../config/codes.ts';
import type { CacheSpace, SlabCache } from '../cache/slab-cache.ts';
import type { MsgpackCursor } from '../codecs/msgpack-cursor.ts';
import type { ProofFacts } from '../contract.ts';
import type { Job, SignatureEngine } from '../engine/job.ts';
import type { TrustDocument } from '../trust/document.ts';
import type { Loading } from '../trust/loading.ts';

/** How byte strings appear in a message: as hex text in JSON, as `bin` in MessagePack. */
export interface ByteForm {
  readonly name: 'hex' | 'bin';
  /** Schema of a byte string of at most `maxBytes`. */
  schema(maxBytes: number): TSchema;
  /** The bytes of a value that the schema accepted. */
  read(value: unknown): Uint8Array;
}

/** One check of a proof, in order. A signature check is settled only after the engine verified its job. */
export type Check =
  | { readonly check: string; readonly code: Code; readonly ok: boolean }
  | { readonly check: string; readonly code: Code; readonly job: Job };

/** A proof before its signatures are verified. */
export interface PendingProof {
  readonly checks: readonly Check[];
  /** Null when a plain check has already failed. */
  readonly facts: ProofFacts | null;
  /** Called once after every check held: remembers what was proven, so the next tap need not. */
  readonly remember: (() => void) | null;
}

/**
 * What a family is given to prepare one revision of trust. The spaces that it opens end with that revision, as do the tables
 * of keys that it prepares with this engine.
 */
export interface TrustSetting {
  readonly engine: SignatureEngine;
  /** The memory of this thread for what was proven, under all revisions and of all families. */
  readonly cache: SlabCache;
  /** Opens a space of that memory; `part`: what metrics call it. */
  readonly openSpace: (part: string) => CacheSpace;
  readonly counters: CacheCounters;
}

export interface CacheCounters {
  chainHits: number;
  chainMisses: number;
  authorisationHits: number;
  authorisationMisses: number;
}

export interface DirectlyPacked {
  /** As `packInput` packs it. */
  readonly packedInput: Uint8Array;
  readonly costKey: string;
}

export interface Family<Input, Trust> {
  readonly name: string;
  /** False for what only `onecard verify` reads, never a gate. */
  readonly presentable: boolean;
  credentialSchema(bytes: ByteForm): TSchema;
  contextSchema(bytes: ByteForm): TSchema;
  /** Narrows what both schemas accepted. Throws only on misuse. */
  read(credential: unknown, context: unknown, bytes: ByteForm): Input;
  /**
   * A short cut for what most clients send: takes the values of `credential` and `context` from a MessagePack message,
   * the cursor before the first, and packs the input to the same bytes as the long way would. Null where it will not: the
   * long way then judges. It may take less than the schemas accept, never more.
   */
  readonly packDirectly?: (cursor: MsgpackCursor) => DirectlyPacked | null;
  /** Names what costs about the same to prove, from the input's outside alone; batches are sized by it. */
  costKey(input: Input): string;
  /** Indexes the anchors of this family, step by step. Throws TrustError on an anchor that cannot be used. */
  loadTrust(document: TrustDocument, setting: TrustSetting): Loading<Trust>;
  /**
   * Parses and checks everything but signatures. Never throws for any bytes. Where `detail` is false, plain checks that
   * held may be missing among those of the proof.
   */
  begin(input: Input, trust: Trust, atMs: number, detail?: boolean): PendingProof;
}
