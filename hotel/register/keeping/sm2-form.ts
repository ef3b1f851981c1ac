/** Exports in profile `sm`: sealed with SM2, SM4 and HMAC-SM3 for keys or certificates of SM2 in PEM. */
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { recipientFrom } from '../../../crypto/sealing/recipient.ts';
import { sealFile } from '../../../crypto/sealing/seal-file.ts';
import type { ExportForm } from './export-form.ts';

export const SM2_FORM: ExportForm = {
  extension: 'sealed',
  recipient: 'public key or certificate of SM2 in PEM',
  isInFile: true,
  fault(recipient) {
    try {
      recipientFrom(recipient);
      return null;
    } catch (fault) {
      if (fault instanceof CryptoError) return fault.message;
      throw fault;
    }
  },
  named: (recipient) => recipientFrom(recipient).kid,
  encrypted: async (recipients, lines) => sealFile(recipients.map(recipientFrom), lines),
};
