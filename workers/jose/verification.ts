/**
 * How a signature of JOSE (RFC 7518 clause 3, RFC 8037) is verified: ES256 by the engine, what the engine lacks by node:crypto.
 * The key says which algorithms it may be used with; a name in a header only chooses among them (RFC 8725 clause 3.1).
 */
import { constants, hash, type KeyObject, verify } from 'node:crypto';
import type { Code } from '../../config/codes.ts';
import { type Job, SIGNATURE_BYTES } from '../engine/job.ts';

/** No `none` and no MAC: neither is a signature. */
export type SignatureAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'RS256' | 'PS256';

/** A public key that signatures are verified with. */
export type PublicSignatureKey =
  | { readonly type: 'p256' /** X ‖ Y, a point of the curve. */; readonly publicKey: Uint8Array }
  | {
      readonly type: SlowKeyType;
      /** The key; may throw where it is none. Called only when the signature is to be verified. */
      readonly open: () => KeyObject;
    };
export type SlowKeyType = 'p384' | 'p521' | 'ed25519' | 'rsa';

/** A signature that the engine does not verify. `verify` never throws. */
export interface SlowVerification {
  readonly algorithm: SlowKeyType;
  verify(): boolean;
}

/** What is left to do for a signature: a job of the engine, a slow check, or nothing, for the code given. */
export type Verification =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'slow'; readonly slow: SlowVerification }
  | { readonly kind: 'refused'; readonly code: Code };

interface AlgorithmRules {
  readonly key: PublicSignatureKey['type'];
  /** Of the signature; null for RSA: as many as the modulus has. */
  readonly signatureBytes: number | null;
  readonly hash: string | null;
}

const ALGORITHMS: Readonly<Record<SignatureAlgorithm, AlgorithmRules>> = {
  ES256: { key: 'p256', signatureBytes: SIGNATURE_BYTES, hash: 'sha256' },
  ES384: { key: 'p384', signatureBytes: 96, hash: 'sha384' },
  ES512: { key: 'p521', signatureBytes: 132, hash: 'sha512' },
  EdDSA: { key: 'ed25519', signatureBytes: 64, hash: null },
  RS256: { key: 'rsa', signatureBytes: null, hash: 'sha256' },
  PS256: { key: 'rsa', signatureBytes: null, hash: 'sha256' },
};
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 4_096;
const PSS_SALT_BYTES = 32;

export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}

/**
 * Never throws for any bytes. `message`: what was signed; text must be ASCII. `keyRepeats`: as in a Job. Codes:
 * `key.algorithm_mismatch`, `signature.encoding`.
 */
export function verificationOf(
  algorithm: SignatureAlgorithm,
  key: PublicSignatureKey,
  message: Uint8Array | string,
  signature: Uint8Array,
  keyRepeats = false,
): Verification {
  const rules = ALGORITHMS[algorithm];
  if (key.type !== rules.key) return { kind: 'refused', code: 'key.algorithm_mismatch' };
  if (rules.signatureBytes !== null && signature.length !== rules.signatureBytes) {
    return { kind: 'refused', code: 'signature.encoding' };
  }
  if (key.type !== 'p256') {
    const { type, open } = key;
    const verifyIt = () => verifySlowly(algorithm, open, message, signature);
    return { kind: 'slow', slow: { algorithm: type, verify: verifyIt } };
  }
  const digest = hash('sha256', message, 'buffer');
  return { kind: 'job', job: { curve: 'p256', publicKey: key.publicKey, digest, signature, keyRepeats } };
}

/** False for what does not verify, and for a key that is none. */
function verifySlowly(
  algorithm: SignatureAlgorithm,
  open: () => KeyObject,
  message: Uint8Array | string,
  signature: Uint8Array,
): boolean {
  try {
    const key = open();
    if (!suits(algorithm, key)) return false;
    const { hash: hashName } = ALGORITHMS[algorithm];
    const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message;
    return verify(hashName, bytes, { key, ...optionsOf(algorithm) }, signature);
  } catch {
    return false;
  }
}

/** The key is what it was said to be: whoever opened it may have read another kind from a stranger's bytes. */
function suits(algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (algorithm) {
    case 'ES384':
      return namedCurve === 'secp384r1';
    case 'ES512':
      return namedCurve === 'secp521r1';
    case 'EdDSA':
      return key.asymmetricKeyType === 'ed25519';
    case 'RS256':
    case 'PS256':
      return (
        key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX
      );
    default:
      return false;
  }
}

function optionsOf(algorithm: SignatureAlgorithm) {
  switch (algorithm) {
    case 'PS256':
      return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_BYTES };
    case 'RS256':
      return { padding: constants.RSA_PKCS1_PADDING };
    default:
      return { dsaEncoding: 'ieee-p1363' as const };
  }
}
