/** Where the gateway's own keys are: in its folder, in a token, in a cipher machine. Whoever uses one does not know which. */
import type { SignatureAlgorithm } from './algorithms.ts';
import type { HeldKeyWrap } from './sealing/key-wrap.ts';
import type { HeldSigningKey } from './signature/keys.ts';

/** Told to log and metrics. */
export interface KeyHolderEvents {
  /** One operation was answered, milliseconds. */
  answered(elapsedMs: number): void;
  /** It was not, in time or at all; `detail` is for the operator and holds no secret. */
  failed(detail: string): void;
}

export interface KeyHolder {
  /** For people: `file`, `pkcs11`, `sdf`. */
  readonly kind: string;
  /** The key of a label that signs with this algorithm. Rejects with CryptoError `unusable` when it is none, or of another kind. */
  signingKey(label: string, algorithm: SignatureAlgorithm): Promise<HeldSigningKey>;
  /** The key-encryption key of a label. Rejects as `signingKey`. */
  keyWrap(label: string): Promise<HeldKeyWrap>;
  close(): Promise<void>;
}
