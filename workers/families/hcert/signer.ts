/** A document signer: what its certificate says of the signatures that are good under it. */
import { constants, createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { Code } from '../../../config/codes.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { PublicKey } from '../../certificates/public-key.ts';
import { type Job, SIGNATURE_BYTES, type SignatureEngine } from '../../engine/job.ts';
import type { SlowCheck } from '../family.ts';

/** What a health certificate says: `v`, `t` or `r` in the claim. */
export type Kind = 'vaccination' | 'test' | 'recovery';

export interface Signer {
  /** Its place among the anchors of this revision of trust. */
  readonly number: number;
  readonly region: string;
  readonly notBeforeMs: number;
  /** The last millisecond. */
  readonly notAfterMs: number;
  /** Those that it may sign. */
  readonly kinds: ReadonlySet<Kind>;
  readonly key: SignerKey;
}

/** A key on P-256 is the engine's; others have been opened once. */
export type SignerKey =
  | { readonly algorithm: 'p256'; readonly point: Uint8Array }
  | { readonly algorithm: SlowAlgorithm; readonly object: KeyObject; readonly signatureBytes: number };
type SlowAlgorithm = 'p384' | 'p521' | 'brainpool' | 'rsa';

/** `digest`: SHA-256 of what was signed. */
export type SignatureToVerify =
  | { readonly kind: 'job'; readonly digest: Uint8Array; readonly job: Job }
  | { readonly kind: 'slow'; readonly digest: Uint8Array; readonly slow: SlowCheck }
  | { readonly kind: 'refused'; readonly code: Code };

const ES256 = -7;
const PS256 = -37;
const PSS_SALT_BYTES = 32;
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 4_096;

const KINDS: readonly Kind[] = ['test', 'vaccination', 'recovery'];
/**
 * Extended key usages of test, vaccination and recovery (EU DCC specification, volume 5, "DSC"), and as most member states wrote
 * them at first: with a zero more.
 */
const USAGE_PREFIXES = ['1.3.6.1.4.1.1847.2021.1.', '1.3.6.1.4.1.0.1847.2021.1.'];

/** A certificate without the extension, or with none in it, signs all kinds; with others than those three, none. */
export function kindsOf({ extensions: { extKeyUsage } }: Certificate): ReadonlySet<Kind> {
  if (extKeyUsage === null || extKeyUsage.length === 0) return new Set(KINDS);
  return new Set(
    KINDS.filter((_, i) => USAGE_PREFIXES.some((prefix) => extKeyUsage.includes(`${prefix}${i + 1}`))),
  );
}

/** The key, or what is wrong with it in words. */
export function signerKey(key: PublicKey, engine: SignatureEngine): SignerKey | string {
  const { algorithm, point, spki, modulusBits, coordinateBytes } = key;
  switch (algorithm) {
    case 'p256':
      return point !== null && engine.isOnCurve('p256', point)
        ? { algorithm, point: new Uint8Array(point) }
        : 'has a key that is no point of the curve P-256';
    case 'rsa':
      if (modulusBits < RSA_BITS_MIN || modulusBits > RSA_BITS_MAX) {
        return `has an RSA key of ${modulusBits} bits; ${RSA_BITS_MIN} to ${RSA_BITS_MAX} are taken`;
      }
      return opened(algorithm, spki, Math.ceil(modulusBits / 8));
    case 'p384':
    case 'p521':
    case 'brainpool':
      return opened(algorithm, spki, coordinateBytes * 2);
    default:
      return 'has a key of an algorithm that signs no health certificates';
  }
}

function opened(algorithm: SlowAlgorithm, spki: Uint8Array, signatureBytes: number): SignerKey | string {
  try {
    const object = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    return { algorithm, object, signatureBytes };
  } catch {
    return 'has a key that cannot be used';
  }
}

/**
 * What is left to do for a signature. The key says which algorithm is good: ES256 for all on curves (RFC 8152 leaves the curve
 * open, and Spain signs so with P-384), PS256 for RSA. `message`: Sig_structure; it is copied where it is needed later.
 */
export function signatureToVerify(
  { key }: Signer,
  algorithm: number | string | null,
  message: Uint8Array,
  signature: Uint8Array,
): SignatureToVerify {
  if (algorithm !== ES256 && algorithm !== PS256) {
    return { kind: 'refused', code: 'credential.algorithm_unsupported' };
  }
  if ((algorithm === PS256) !== (key.algorithm === 'rsa')) {
    return { kind: 'refused', code: 'key.algorithm_mismatch' };
  }
  const width = key.algorithm === 'p256' ? SIGNATURE_BYTES : key.signatureBytes;
  if (signature.length !== width) return { kind: 'refused', code: 'signature.encoding' };
  const digest = hash('sha256', message, 'buffer');
  if (key.algorithm === 'p256') {
    return { kind: 'job', digest, job: { curve: 'p256', publicKey: key.point, digest, signature } };
  }
  const { object } = key;
  const copy = new Uint8Array(message);
  const setting =
    key.algorithm === 'rsa'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_BYTES }
      : ({ dsaEncoding: 'ieee-p1363' } as const);
  const verifyIt = () => verifies(copy, { key: object, ...setting }, signature);
  return { kind: 'slow', digest, slow: { algorithm: key.algorithm, verify: verifyIt } };
}

function verifies(message: Uint8Array, key: Parameters<typeof verify>[2], signature: Uint8Array): boolean {
  try {
    return verify('sha256', message, key, signature);
  } catch {
    return false;
  }
}
