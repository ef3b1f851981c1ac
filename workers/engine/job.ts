/**
 * The signature engine's interface: fixed width, so that a batch is four flat arrays and nothing of variable length
 * crosses to native code. Nothing secret passes through; verification may take variable time.
 */
export const CURVES = { sm2: 0, p256: 1 } as const;
export type CurveName = keyof typeof CURVES;

/** Bytes of X and Y, of the digest e, and of r and s. */
export const PUBLIC_KEY_BYTES = 64;
/** 02 or 03, and X. */
export const COMPRESSED_KEY_BYTES = 33;
export const DIGEST_BYTES = 32;
export const SIGNATURE_BYTES = 64;

export interface SignatureJob {
  readonly curve: CurveName;
  /** X ‖ Y, big-endian. */
  readonly publicKey: Uint8Array;
  /** For SM2: e = SM3(Z_A ‖ M), GB/T 32918.2 clause 7.1. */
  readonly digest: Uint8Array;
  /** r ‖ s, big-endian. */
  readonly signature: Uint8Array;
  /** As in MessageJob. */
  readonly keyRepeats?: boolean;
}

/** ENTL is the bit length of the ID in two bytes (GB/T 32918.2 clause 5.5), so an ID is shorter than 8192 bytes. */
export const SM2_ID_BYTES_MAX = 8191;

/** A job whose digest the engine makes, e = SM3(Z_A ‖ M): it hashes a whole batch side by side. */
export interface MessageJob {
  readonly curve: 'sm2';
  /** X ‖ Y, big-endian. */
  readonly publicKey: Uint8Array;
  readonly digest: null;
  /** The signer's distinguishing ID: bytes, not text. */
  readonly id: Uint8Array;
  /** M, in two parts; the second may be empty. */
  readonly message: Uint8Array;
  readonly appended: Uint8Array;
  /** r ‖ s, big-endian. */
  readonly signature: Uint8Array;
  /**
   * Whether the key has signed before and will again, as that of a card which is remembered. A hint: the engine may keep
   * a table of it, smaller than those of `prepare`.
   */
  readonly keyRepeats?: boolean;
}

export type Job = SignatureJob | MessageJob;

export const NOTHING: Uint8Array = new Uint8Array();

/** The job of an SM2 signature over `message` ‖ `appended`. */
export function sm2Job(
  publicKey: Uint8Array,
  id: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  appended: Uint8Array = NOTHING,
  keyRepeats = false,
): MessageJob {
  return { curve: 'sm2', publicKey, digest: null, id, message, appended, signature, keyRepeats };
}

export interface SignatureEngine {
  readonly name: string;
  /**
   * Says that many signatures of this key will come: one of a CA or an issuer, once its chain is proven. The engine may
   * make a table for it. `owner`: for whom, see `release`.
   */
  prepare(curve: CurveName, publicKey: Uint8Array, owner?: object): void;
  /** Gives up the tables that were made for an owner: trust that is no longer in force. */
  release(owner: object): void;
  /** One verdict a job, in order: 1 verifies, 0 does not. One bad job fails alone. Throws on wrong sizes only. */
  verify(jobs: readonly Job[]): Uint8Array;
  /** X ‖ Y of a 33-byte compressed point (02/03 ‖ X), or null when it is not a point of the curve. */
  decompress(curve: CurveName, compressed: Uint8Array): Uint8Array | null;
  /** Whether X ‖ Y is a point of the curve with both coordinates below p. */
  isOnCurve(curve: CurveName, publicKey: Uint8Array): boolean;
}
