/** What says which journal this is, and whose: a gateway, an epoch, and the key that its pseudonyms are made with. */
import { createHash } from 'node:crypto';

/** What stands in the data file, beside it, and in signed checkpoints. */
export interface JournalIdentity {
  readonly gatewayId: string;
  /** 16 hex digits, drawn with every new run of positions. */
  readonly epoch: string;
  /** Of `journal.key`, 16 hex digits: see `keyFingerprint`. */
  readonly keyFingerprint: string;
}

const KEY_CONTEXT = 'onecard.journal.key.v1';
const FINGERPRINT_HEX_DIGITS = 16;

/** First 16 hex digits of SHA-256 over `onecard.journal.key.v1` ‖ key: names the key and tells nothing of it. */
export function keyFingerprint(key: Uint8Array): string {
  const digest = createHash('sha256').update(KEY_CONTEXT, 'ascii').update(key).digest('hex');
  return digest.slice(0, FINGERPRINT_HEX_DIGITS);
}
