/** Digests in text that says which algorithm made them: `sm3:` before those of SM3, nothing before those that came first. */
import type { CryptoProfile } from '../config/crypto-settings.ts';
import type { DigestAlgorithm } from './algorithms.ts';
import { digestOf } from './digest.ts';

const SM3 = 'sm3:';

/** Of 32 bytes in hex. */
export const NAMED_HEX_PATTERN = `^(?:${SM3})?[0-9a-f]{64}$`;
/** Of 32 bytes in base64url. */
export const NAMED_BASE64URL_PATTERN = `^(?:${SM3})?[A-Za-z0-9_-]{43}$`;

/** `9b…` or `sm3:9b…`. */
export type NamedDigest = string;

/** `digest`: made by an algorithm of the profile. */
export function namedDigest(profile: CryptoProfile, digest: Buffer, encoding: 'hex' | 'base64url'): string {
  return `${profile === 'sm' ? SM3 : ''}${digest.toString(encoding)}`;
}

export function profileOfDigest(named: string): CryptoProfile {
  return named.startsWith(SM3) ? 'sm' : 'international';
}

/** Of content, in hex. */
export function namedDigestOf(algorithm: DigestAlgorithm, data: Uint8Array): NamedDigest {
  return namedDigest(algorithm === 'SM3' ? 'sm' : 'international', digestOf(algorithm, data), 'hex');
}

export function digestAlgorithmOf(named: NamedDigest): DigestAlgorithm {
  return profileOfDigest(named) === 'sm' ? 'SM3' : 'SHA-256';
}
