/** The key of HMAC-SM3 that operators' passwords go through before Argon2id (`crypto.profile` `sm`). */
import { derivedKey } from '../../crypto/digest.ts';

const KEY_BYTES = 32;

/** Derived of the audit log's key, which is kept wrapped under what the operator holds: whoever has the accounts alone cannot try passwords. */
export function passwordKey(auditKey: Uint8Array): Buffer {
  return derivedKey('HMAC-SM3', auditKey, 'onecard desk passwords', KEY_BYTES);
}
