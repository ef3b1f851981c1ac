/** The keys of status that trust names, ready to be used; and that none of them has a role in publishing as well. */
import { createPublicKey } from 'node:crypto';
import type { TakenProfiles } from '../../../config/crypto-settings.ts';
import { isTaken, profileOf } from '../../../crypto/accepted.ts';
import { type EncryptionKey, encryptionKeyOf } from '../../../crypto/sealing/encryption-key.ts';
import { verifyingKeyOfJwk } from '../../../crypto/signature/jose.ts';
import { keyObjectOf } from '../../../crypto/signature/key-files.ts';
import { type Signers, signersOf } from '../../../crypto/signature/signers.ts';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { TrustUpdateError } from './trust-update-error.ts';

export interface StatusKeys {
  /** That seal the platform's answers, by kid: those of the profile that is not taken are among them, marked. */
  readonly sealing: Signers;
  /** The key that questions are encrypted to; null: trust names none that is taken. */
  readonly encryption: EncryptionKey | null;
}

/** Of a document that was checked when it was loaded. */
export function statusKeysOf(
  { statusKeys = [], statusEncryptionKeys = [] }: TrustDocument,
  crypto: TakenProfiles,
): StatusKeys {
  const sealing = statusKeys.map(({ kid, keyJwk }) => [kid, verifyingKeyOfJwk(keyJwk)] as const);
  const encryption = statusEncryptionKeys
    .map(({ kid, keyJwk }) => encryptionKeyOf(kid, keyJwk))
    .filter(({ algorithm }) => isTaken('status-question-key', algorithm, crypto));
  const own = encryption.find(({ algorithm }) => profileOf(algorithm) === crypto.profile);
  return { sealing: signersOf('status-seal', sealing, crypto), encryption: own ?? encryption[0] ?? null };
}

/**
 * Throws TrustUpdateError `trust_unusable` when a key of status is that of a role. `roleKeys`: in hex or PEM, as TUF has them;
 * X ‖ Y in hex for those of SM2.
 */
export function requireApart(document: TrustDocument, roleKeys: Iterable<string>): void {
  const roles = new Set([...roleKeys].map(derOf));
  const { statusKeys = [], statusEncryptionKeys = [] } = document;
  for (const { keyJwk } of [...statusKeys, ...statusEncryptionKeys]) {
    const key = verifyingKeyOfJwk(keyJwk);
    if (roles.has(key.bytes.toString('hex')) || roles.has(spki(keyObjectOf(key)))) {
      throw new TrustUpdateError('trust_unusable', 'a key of status has a role in publishing as well');
    }
  }
}

/** Whether the platform may be asked, and be believed. */
export function canAsk({ sealing, encryption }: StatusKeys): boolean {
  return encryption !== null && [...sealing.values()].some((key) => key.isTaken);
}

/** TUF writes keys of curve P-256 as PEM (specification 1.0, 4.2); those in hex are of another kind. */
function derOf(text: string): string {
  if (!text.startsWith('-----BEGIN')) return text;
  try {
    return spki(createPublicKey(text));
  } catch {
    return text;
  }
}

function spki(key: ReturnType<typeof createPublicKey>): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}
