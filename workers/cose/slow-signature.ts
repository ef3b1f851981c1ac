/** Signatures of the curves that the engine lacks, by the system's cryptography. Only for keys whose issuer's signature held. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CoseAlgorithm } from './algorithms.ts';
import type { CoseCurve, CoseKey } from './key.ts';

/** SubjectPublicKeyInfo (RFC 5480, RFC 5639, RFC 8410) up to the key itself. */
const KEY_PREFIXES: Readonly<Record<CoseCurve, Buffer>> = {
  p256: prefix('3059301306072a8648ce3d020106082a8648ce3d03010703420004'),
  p384: prefix('3076301006072a8648ce3d020106052b8104002203620004'),
  p521: prefix('30819b301006072a8648ce3d020106052b810400230381860004'),
  brainpoolP256r1: prefix('305a301406072a8648ce3d020106092b240303020801010703420004'),
  brainpoolP320r1: prefix('306a301406072a8648ce3d020106092b240303020801010903520004'),
  brainpoolP384r1: prefix('307a301406072a8648ce3d020106092b240303020801010b03620004'),
  brainpoolP512r1: prefix('30819b301406072a8648ce3d020106092b240303020801010d0381820004'),
  ed25519: prefix('302a300506032b6570032100'),
};

function prefix(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** The kind of slow check that a signature of this key is. */
export function slowKind(curve: Exclude<CoseCurve, 'p256'>): 'p384' | 'p521' | 'brainpool' | 'ed25519' {
  return curve === 'p384' || curve === 'p521' || curve === 'ed25519' ? curve : 'brainpool';
}

/** Null where it is no point of its curve. Throws nothing else. */
export function keyObject({ curve, publicKey }: CoseKey): KeyObject | null {
  try {
    const key = Buffer.concat([KEY_PREFIXES[curve], publicKey]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/**
 * Whether `signature` (r ‖ s, RFC 9053 clause 2.1, or that of RFC 8032) is that of the key over the message. Never throws for any
 * bytes.
 */
export function verifySlowly(
  key: CoseKey,
  algorithm: CoseAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  // In DER a signature has other lengths, and is refused by that alone.
  const width = key.curve === 'ed25519' ? 64 : key.publicKey.length;
  const publicKey = signature.length === width ? keyObject(key) : null;
  if (publicKey === null) return false;
  try {
    return verify(algorithm.digest, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}
