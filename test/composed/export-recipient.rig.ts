/** Who an export is for, in the profile of the tests, and what opens it. */
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { decryptionKeyFrom } from '../../crypto/sealing/decryption-key.ts';
import { openFile } from '../../crypto/sealing/open-file.ts';
import { recipientFrom } from '../../crypto/sealing/recipient.ts';
import { makeSigningKey, publicPem } from '../../crypto/signature/key-files.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';

export interface ExportRecipient {
  /** As the API takes it. */
  readonly text: string;
  /** As the audit log names it. */
  readonly named: string;
  /** Of one that is opened with a file: its private key in PEM. */
  readonly pem: string | null;
  open(file: Uint8Array): Promise<string>;
}

export function exportRecipient(profile = TEST_PROFILE): Promise<ExportRecipient> {
  return profile === 'sm' ? sm2Recipient() : ageRecipient();
}

async function ageRecipient(): Promise<ExportRecipient> {
  const identity = await generateX25519Identity();
  const text = await identityToRecipient(identity);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return { text, named: text, pem: null, open: (file) => decrypter.decrypt(file, 'text') };
}

async function sm2Recipient(): Promise<ExportRecipient> {
  const key = makeSigningKey('SM2');
  const [text, pem] = [publicPem(key.publicKey), key.toPem()];
  return {
    text,
    named: recipientFrom(text).kid,
    pem,
    async open(file) {
      const pieces: Buffer[] = [];
      for await (const piece of openFile(decryptionKeyFrom(pem), once(file))) pieces.push(piece);
      return Buffer.concat(pieces).toString('utf8');
    },
  };
}

async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield file;
}
