/** What an export is encrypted with, and who can be its recipient: as `crypto.profile` has it. */

import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { SealedFileAlgorithm } from '../../../crypto/algorithms.ts';
import { RECIPIENT_PATTERN } from '../../../crypto/sealing/recipient.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { AGE_FORM, AGE_RECIPIENT } from './age-form.ts';
import { SM2_FORM } from './sm2-form.ts';

export interface ExportForm {
  /** Of the file's name. */
  readonly extension: 'age' | 'sealed';
  /** What a recipient is, for "is no …". */
  readonly recipient: string;
  /** Whether operators have recipients as files. */
  readonly isInFile: boolean;
  /** Why this is no recipient; null: it is one. */
  fault(recipient: string): string | null;
  /** As the audit log names whom it is for. */
  named(recipient: string): string;
  /** `recipients`: those without a fault. What fails in `lines` ends it in an error. */
  encrypted(
    recipients: readonly string[],
    lines: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<Uint8Array>>;
}

/** A text that may be a recipient in either profile. */
export const ANY_RECIPIENT = `^(?:${[AGE_RECIPIENT, RECIPIENT_PATTERN].map((each) => each.slice(1, -1)).join('|')})$`;

const FORMS = {
  'X25519-ChaCha20-Poly1305': AGE_FORM,
  'SM2-SM4-CTR-HMAC-SM3': SM2_FORM,
} as const satisfies Record<SealedFileAlgorithm, ExportForm>;

export function exportForm(profile: CryptoProfile): ExportForm {
  return FORMS[algorithmFor('register-export', profile)];
}
