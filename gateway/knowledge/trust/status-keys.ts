/** The keys of status that trust names, ready to be used; and that none of them has a role in TUF as well. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { TrustUpdateError } from './trust-update-error.ts';

export interface StatusKeys {
  /** P-256 keys that seal the platform's answers, by kid. */
  readonly sealing: ReadonlyMap<string, KeyObject>;
  /** The P-256 key that questions are encrypted to; null: trust names none. */
  readonly encryption: { readonly kid: string; readonly publicKey: KeyObject } | null;
}

export const NO_STATUS_KEYS: StatusKeys = { sealing: new Map(), encryption: null };

/** Of a document that was checked when it was loaded. */
export function statusKeysOf({ statusKeys = [], statusEncryptionKeys = [] }: TrustDocument): StatusKeys {
  const sealing = new Map(statusKeys.map(({ kid, keyJwk }) => [kid, publicKeyOf(keyJwk)] as const));
  const [first] = statusEncryptionKeys;
  return { sealing, encryption: first ? { kid: first.kid, publicKey: publicKeyOf(first.keyJwk) } : null };
}

/** Throws TrustUpdateError `trust_unusable` when a key of status is that of a role. `roleKeys`: hex or PEM. */
export function requireApart(document: TrustDocument, roleKeys: Iterable<string>): void {
  const roles = new Set([...roleKeys].map(derOf));
  const { statusKeys = [], statusEncryptionKeys = [] } = document;
  for (const { keyJwk } of [...statusKeys, ...statusEncryptionKeys]) {
    if (roles.has(spki(publicKeyOf(keyJwk)))) {
      throw new TrustUpdateError('trust_unusable', 'a key of status has a role in TUF as well');
    }
  }
}

/** Whether the platform may be asked, and be believed. */
export function canAsk({ sealing, encryption }: StatusKeys): boolean {
  return sealing.size > 0 && encryption !== null;
}

function publicKeyOf(key: TrustKeyJwk): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

type TrustKeyJwk = NonNullable<TrustDocument['statusKeys' | 'statusEncryptionKeys']>[number]['keyJwk'];

/** TUF writes keys of curve P-256 as PEM (specification 1.0, 4.2); those in hex are of another kind. */
function derOf(text: string): string {
  if (!text.startsWith('-----BEGIN')) return text;
  try {
    return spki(createPublicKey(text));
  } catch {
    return text;
  }
}

function spki(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}
