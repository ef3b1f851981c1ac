/** Keys that sign and keys that verify: an algorithm and bytes of fixed length, which no other algorithm is tried with. */
import type { SignatureAlgorithm } from '../algorithms.ts';

/** Ed25519: 32 bytes (RFC 8032 clause 5.1.5). ES256 and SM2: X ‖ Y, 64 bytes. */
export interface VerifyingKey {
  readonly algorithm: SignatureAlgorithm;
  readonly bytes: Buffer;
}

/** Of all three algorithms; ES256 and SM2: r ‖ s. */
export const SIGNATURE_BYTES = 64;

/** A private key in this process. */
export interface SigningKey {
  readonly publicKey: VerifyingKey;
  /** 64 bytes. SM2 with the distinguishing ID of GM/T 0009 clause 10. */
  sign(message: Uint8Array): Buffer;
  /** PKCS #8 in PEM. */
  toPem(): string;
}

/** A private key wherever it is: in a file, in a token, in a cipher machine. */
export interface HeldSigningKey {
  readonly publicKey: VerifyingKey;
  /** 64 bytes, as of `SigningKey`. Rejects with CryptoError `held_elsewhere` when its holder does not answer in time. */
  sign(message: Uint8Array): Promise<Buffer>;
}

/** The same key in this process, where another may be held elsewhere. */
export function heldHere(key: SigningKey): HeldSigningKey {
  return { publicKey: key.publicKey, sign: async (message) => key.sign(message) };
}
