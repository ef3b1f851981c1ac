/**
 * The right check of a signature by the key of a certificate: a job of the engine for P-256 and SM2, a slow check for the
 * rest. Nothing is verified here but by `holds`.
 */
import { constants, createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { Code } from '../../config/codes.ts';
import { rawSignature } from '../codecs/der-signature.ts';
import { type Job, type SignatureEngine, sm2Job } from '../engine/job.ts';
import { SM2_DEFAULT_ID, sha256 } from '../engine/sm2-digest.ts';
import type { CheckList } from '../families/check-list.ts';
import type { SlowCheck } from '../families/family.ts';
import type { Certificate } from './certificate.ts';
import type { PublicKey } from './public-key.ts';
import type { EllipticAlgorithm, Sha2, SignatureAlgorithm } from './signature-algorithm.ts';

export type SignatureCheck =
  | { readonly job: Job }
  | { readonly slow: SlowCheck }
  /** It cannot hold: the algorithm is unknown or not one of this key, or the signature is not of its form. */
  | { readonly refused: Code };

/** Below, a key can be factored with what some have (NIST SP 800-57); above, one would buy much time with it. */
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 8_192;

const UNSUPPORTED: SignatureCheck = { refused: 'credential.algorithm_unsupported' };
const MISMATCH: SignatureCheck = { refused: 'key.algorithm_mismatch' };
const MISENCODED: SignatureCheck = { refused: 'signature.encoding' };

/** That the certificate is signed by this key. SM2: with the default distinguishing ID over TBSCertificate (GM/T 0015). */
export function signedBy(certificate: Certificate, issuer: PublicKey): SignatureCheck {
  return signatureCheck(certificate.signatureAlgorithm, issuer, certificate.tbs, certificate.signature);
}

/**
 * That `signature` is one of this key over `message`. `signature`: DER for ECDSA and SM2, as certificates have it; see
 * `rawSignatureCheck` for r ‖ s. Both byte strings are kept until it is verified.
 */
export function signatureCheck(
  algorithm: SignatureAlgorithm | null,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): SignatureCheck {
  if (algorithm === null || key.algorithm === 'unknown') return UNSUPPORTED;
  if (!isFor(algorithm, key)) return MISMATCH;
  if (algorithm.name === 'ecdsa' || algorithm.name === 'sm2') {
    const raw = rawSignature(signature, key.coordinateBytes);
    return raw === null ? MISENCODED : rawSignatureCheck(algorithm, key, message, raw);
  }
  if (algorithm.name === 'ed25519') {
    return { slow: { algorithm: 'ed25519', verify: () => verifies(null, key, message, {}, signature) } };
  }
  if (key.modulusBits < RSA_BITS_MIN) return { refused: 'key.too_short' };
  if (key.modulusBits > RSA_BITS_MAX) return UNSUPPORTED;
  const padding =
    algorithm.name === 'rsa-pss'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltBytes }
      : { padding: constants.RSA_PKCS1_PADDING };
  return {
    slow: { algorithm: 'rsa', verify: () => verifies(algorithm.hash, key, message, padding, signature) },
  };
}

/** The same of ECDSA and SM2 with r ‖ s, each as long as a coordinate. `id`: the SM2 signer's distinguishing ID. */
export function rawSignatureCheck(
  algorithm: EllipticAlgorithm,
  key: PublicKey,
  message: Uint8Array,
  raw: Uint8Array,
  id: Uint8Array = SM2_DEFAULT_ID,
  keyRepeats: boolean = false,
): SignatureCheck {
  const { point } = key;
  if (key.algorithm === 'unknown') return UNSUPPORTED;
  if (!isFor(algorithm, key)) return MISMATCH;
  if (point === null) return { refused: 'key.invalid' };
  if (raw.length !== key.coordinateBytes * 2) return MISENCODED;
  if (algorithm.name === 'sm2') return { job: sm2Job(point, id, message, raw, undefined, keyRepeats) };
  if (key.algorithm === 'p256') {
    const digest = p256Digest(algorithm.hash, message);
    return { job: { curve: 'p256', publicKey: point, digest, signature: raw, keyRepeats } };
  }
  const slow = key.algorithm as 'p384' | 'p521' | 'brainpool';
  const encoding = { dsaEncoding: 'ieee-p1363' } as const;
  return { slow: { algorithm: slow, verify: () => verifies(algorithm.hash, key, message, encoding, raw) } };
}

/** Whether the algorithm is one of the key's kind. */
function isFor({ name }: SignatureAlgorithm, { algorithm, coordinateBytes }: PublicKey): boolean {
  if (name === 'ecdsa') return coordinateBytes > 0 && algorithm !== 'sm2';
  return name === 'rsa-pkcs1' || name === 'rsa-pss' ? algorithm === 'rsa' : algorithm === name;
}

/** Records the check. Returns false where it is known already not to hold: the family stops then. */
export function addSignature(list: CheckList, check: string, code: Code, signature: SignatureCheck): boolean {
  if ('refused' in signature) return list.judge(check, signature.refused);
  if ('job' in signature) list.verify(check, code, signature.job);
  else list.verifySlowly(check, code, signature.slow);
  return true;
}

/** Whether it holds, now: for what is read once, as trust is. */
export function holds(engine: SignatureEngine, signature: SignatureCheck): boolean {
  if ('refused' in signature) return false;
  return 'job' in signature ? engine.verify([signature.job])[0] === 1 : signature.slow.verify();
}

/** Says that many signatures of this key will come, where the engine makes tables for its kind. */
export function prepareKey(engine: SignatureEngine, { algorithm, point }: PublicKey): void {
  if (point !== null && (algorithm === 'sm2' || algorithm === 'p256')) engine.prepare(algorithm, point);
}

/** The leftmost 256 bits, as long as the order of the curve is (FIPS 186-5 clause 6.4.2). */
function p256Digest(algorithm: Sha2, message: Uint8Array): Uint8Array {
  if (algorithm === 'sha256') return sha256(message);
  return new Uint8Array(hash(algorithm, message, 'buffer')).slice(0, 32);
}

interface VerifySetting {
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: 'ieee-p1363';
}

function verifies(
  algorithm: Sha2 | null,
  key: PublicKey,
  message: Uint8Array,
  setting: VerifySetting,
  signature: Uint8Array,
): boolean {
  try {
    return verify(algorithm, message, { key: imported(key), ...setting }, signature);
  } catch {
    return false;
  }
}

function imported({ spki }: PublicKey): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}
