/** Exports in profile `international`: age (https://age-encryption.org/v1). A file that was cut off does not decrypt to its end. */
import { Encrypter } from 'age-encryption';
import type { ExportForm } from './export-form.ts';

export const AGE_RECIPIENT = '^age1[a-z0-9]{20,2048}$';

export const AGE_FORM: ExportForm = {
  extension: 'age',
  recipient: 'recipient of age',
  isInFile: false,
  fault(recipient) {
    try {
      new Encrypter().addRecipient(recipient);
      return null;
    } catch (fault) {
      return (fault as Error).message;
    }
  },
  named: (recipient) => recipient,
  async encrypted(recipients, lines) {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    return await encrypter.encrypt(ReadableStream.from(lines));
  },
};
