/** The digests that names, numbers and PINs of holders are compared by, in either kind (docs/platform.md, Matches, PINs). */
import { createHash, createHmac } from 'node:crypto';
import type { CryptoProfile } from '../../config/crypto-settings.ts';

const HASH = { international: 'sha256', sm: 'sm3' } as const satisfies Record<CryptoProfile, string>;
const SM3_NAME = 'sm3:';

/** HMAC over UTF-8, in hex; `sm3:` before those of SM3. */
export function matchDigest(key: Uint8Array, comparable: string, profile: CryptoProfile): string {
  return named(profile, createHmac(HASH[profile], key).update(comparable, 'utf8').digest('hex'));
}

/** Which kind somebody asks in. */
export const kindOf = (digest: string): CryptoProfile =>
  digest.startsWith(SM3_NAME) ? 'sm' : 'international';

/** Of texts with zero bytes between, in hex. */
export function entryDigest(parts: readonly string[], profile: CryptoProfile): string {
  return createHash(HASH[profile]).update(parts.join('\0')).digest('hex');
}

export function named(profile: CryptoProfile, hex: string): string {
  return profile === 'sm' ? `${SM3_NAME}${hex}` : hex;
}
