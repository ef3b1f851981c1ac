/** Where the gateway's own keys are: in its folder, in a token, in a cipher machine. Whoever uses one does not know which. */
import type { SignatureAlgorithm, WrapAlgorithm } from './algorithms.ts';
import type { HeldKeyWrap } from './sealing/key-wrap.ts';
import type { HeldSigningKey, VerifyingKey } from './signature/keys.ts';

export const KEY_HOLDER_KINDS = ['file', 'pkcs11', 'sdf'] as const;
export type KeyHolderKind = (typeof KEY_HOLDER_KINDS)[number];

/** Told to log and metrics. */
export interface KeyHolderEvents {
  /** One operation was answered, milliseconds. */
  answered(elapsedMs: number): void;
  /** It was not, in time or at all, or wrongly; `detail` is for the operator and holds no secret. */
  failed(detail: string): void;
}

export interface KeyHolder {
  readonly kind: KeyHolderKind;
  /** The key of a label that signs with this algorithm. Rejects with CryptoError `unusable` when it is none, or of another kind. */
  signingKey(label: string, algorithm: SignatureAlgorithm): Promise<HeldSigningKey>;
  /** The same where its public key is known: nothing is asked, so that it can be had while the holder is away. */
  knownSigningKey(label: string, publicKey: VerifyingKey): HeldSigningKey;
  /** The key-encryption key of a label. Rejects as `signingKey`. */
  keyWrap(label: string, algorithm: WrapAlgorithm): Promise<HeldKeyWrap>;
  close(): Promise<void>;
}
