/** The shape every family of credential has. Adding one is adding a folder and a line in `table.ts`. */
import type { TObject, TSchema } from 'typebox';
import type { Code } from '../../config/codes.ts';
import type { PersonalClaim } from '../../config/personal-claims.ts';
import type { CardMode } from '../../config/policy-schema.ts';
import type { CacheSpace, SlabCache } from '../cache/slab-cache.ts';
import type { JsonNames } from '../codecs/json-cursor.ts';
import type { MsgpackCursor } from '../codecs/msgpack-cursor.ts';
import type { ProofFacts } from '../contract.ts';
import type { Job, SignatureEngine } from '../engine/job.ts';
import type { TrustDocument } from '../trust/document.ts';
import type { Loading } from '../trust/loading.ts';

/** How byte strings appear in a message: as text in JSON, as `bin` in MessagePack. */
export interface ByteForm {
  readonly name: 'hex' | 'bin';
  /** Schema of a byte string of at most `maxBytes`; in JSON, hex text. */
  schema(maxBytes: number): TSchema;
  /** The bytes of a value that the schema accepted. */
  read(value: unknown): Uint8Array;
  /** The same where the field's standard has base64 (RFC 4648, clause 4, padded): in JSON, base64 text. */
  base64Schema(maxBytes: number): TSchema;
  readBase64(value: unknown): Uint8Array;
}

/** What a scanner read of a symbol. */
export interface Scanned {
  readonly bytes: Uint8Array;
  /** The same as text, where all of it is printable ASCII; else null. */
  readonly text: string | null;
}

/**
 * One check of a proof, in order. A signature check is settled only after the engine verified its job. A slow check is made
 * after that, and only when every earlier check of its proof held: a holder's key is chosen by the wallet, and nobody is to
 * buy a millisecond by naming a curve.
 */
export type Check =
  | { readonly check: string; readonly code: Code; readonly ok: boolean }
  | { readonly check: string; readonly code: Code; readonly job: Job }
  | { readonly check: string; readonly code: Code; readonly slow: SlowCheck };

/** What the engine lacks. */
export interface SlowCheck {
  readonly algorithm: 'p384' | 'p521' | 'brainpool' | 'ed25519' | 'rsa' | 'mac';
  /** Whether it holds. Never throws for any bytes. */
  verify(): boolean;
}

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
  /** How the city's card is shown with it; null where it is no card of the city, such as a foreign document. */
  readonly cardMode: CardMode | null;
  /** Names of the public claims that it can carry; `age_over_*` stands for all that begin so. */
  readonly claims: readonly string[];
  /** Personal claims that it can disclose. */
  readonly discloses: readonly PersonalClaim[];
  /** What it is, in a sentence, for the published documents. */
  readonly about: string;
  /** A presentation in JSON, for the published documents: the shape is right, the proof is not. Null where none is presented. */
  readonly example: { readonly credential: unknown; readonly context: unknown } | null;
  /** Each kind of its anchors in a trust document. All have the family's name as `family`. */
  readonly anchorSchemas: readonly TObject[];
  /** Each kind of revocation in a trust document. */
  readonly revocationSchemas?: readonly TObject[];
  /**
   * The public keys that an anchor which its schema accepted holds, lower-case hex: X ‖ Y, or the modulus. None of them may
   * speak for the platform as well.
   */
  anchorKeys(anchor: unknown): readonly string[];
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
  /** With `packDirectly`: how its JSON becomes the MessagePack that it packs. Without: JSON always goes the long way. */
  readonly jsonNames?: JsonNames;
  /**
   * For families that are read by a scanner: the credential, in MessagePack form, where what was read looks like one of
   * this family; null where it does not. From the outside alone, and so that no two families take the same.
   */
  fromScan?(scanned: Scanned): unknown;
  /** Nothing of it can be proven here: the platform that drew it is asked what it means, and a proof is of its shape alone. */
  readonly resolved?: true;
  /**
   * What is shown is used up by its first showing, and a copy of it is as good at another gate until then: a code on a
   * screen. Not where whoever reads it draws what is signed, nor where nothing is ever used up (`holderBound` false).
   */
  readonly bearer?: true;
  /**
   * Whether it can be shown with a challenge of the gateway: `required`, never without; `optional`, where the scene wants
   * it. Without this, never.
   */
  readonly challenge?: 'required' | 'optional';
  /** Length of its challenges where the format has room for no other; default: as the gateway issues them. */
  readonly challengeBytes?: 4;
  /** The bytes of the challenge in an input, as the gateway issued them; null where there are none. Never throws. */
  challengeOf?(input: Input): Uint8Array | null;
  /** Names what costs about the same to prove, from the input's outside alone; batches are sized by it. */
  costKey(input: Input): string;
  /** Indexes the anchors of this family, step by step. Throws TrustError on an anchor that cannot be used. */
  loadTrust(document: TrustDocument, setting: TrustSetting): Loading<Trust>;
  /**
   * Parses and checks everything but signatures. Never throws for any bytes. Where `detail` is false, plain checks that
   * held may be missing among those of the proof. `disclose`: names of personal claims that whoever asks may see.
   */
  begin(
    input: Input,
    trust: Trust,
    atMs: number,
    detail?: boolean,
    disclose?: readonly string[],
  ): PendingProof;
}
