/** Keys in files of this machine, for the gateway's user alone: PKCS #8 in PEM, and 32 bytes in hex for one that wraps. The label is the file. */
import { readFileSync } from 'node:fs';
import type { SignatureAlgorithm, WrapAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import type { KeyHolder } from '../key-holder.ts';
import { type HeldKeyWrap, keyWrap } from '../sealing/key-wrap.ts';
import { signingKeyFrom } from '../signature/key-files.ts';
import { type HeldSigningKey, heldHere, type VerifyingKey } from '../signature/keys.ts';

const WRAPPING_KEY = /^[0-9a-f]{64}$/i;

export class FileHolder implements KeyHolder {
  readonly kind = 'file';

  async signingKey(file: string, algorithm: SignatureAlgorithm): Promise<HeldSigningKey> {
    return this.#signingKey(file, algorithm);
  }

  knownSigningKey(file: string, { algorithm, bytes }: VerifyingKey): HeldSigningKey {
    const key = this.#signingKey(file, algorithm);
    if (!key.publicKey.bytes.equals(bytes)) throw new CryptoError('unusable', `${file} holds another key`);
    return key;
  }

  async keyWrap(file: string, algorithm: WrapAlgorithm): Promise<HeldKeyWrap> {
    const text = textOf(file).trim();
    if (!WRAPPING_KEY.test(text)) {
      throw new CryptoError('unusable', `${file} must hold 32 bytes in hex and nothing else`);
    }
    const wrap = keyWrap(algorithm, Buffer.from(text, 'hex'));
    return {
      algorithm,
      wrap: async (key) => wrap.wrap(key),
      unwrap: async (wrapped) => wrap.unwrap(wrapped),
    };
  }

  async close(): Promise<void> {}

  #signingKey(file: string, algorithm: SignatureAlgorithm): HeldSigningKey {
    const key = heldHere(signingKeyFrom(textOf(file)));
    if (key.publicKey.algorithm === algorithm) return key;
    throw new CryptoError(
      'unusable',
      `${file} holds a key of ${key.publicKey.algorithm}, not of ${algorithm}`,
    );
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CryptoError('unusable', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
