/** The Ed25519 key that a gateway signs its journal's checkpoints with: PKCS #8 in PEM, made once, for the gateway's user alone. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dirname } from 'node:path';
import { createPrivateFile, makePrivateFolder, readIfThere } from '../../storage/private-files.ts';
import { JournalError } from '../journal-error.ts';

export interface CheckpointKey {
  readonly file: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** 32 bytes. */
  readonly publicBytes: Uint8Array;
}

export const CHECKPOINT_KEY_FILE = 'journal-checkpoint.key';

/** The key of a file; null when there is no such file. Throws JournalError `unusable` when it holds no Ed25519 key. */
export function readCheckpointKey(file: string): CheckpointKey | null {
  const pem = readIfThere(file);
  if (pem === null) return null;
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new JournalError('unusable', `${file} holds no private key in PEM`, { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new JournalError('unusable', `${file} holds a key of another kind than Ed25519`);
  }
  return keyOf(file, privateKey);
}

export function makeCheckpointKey(file: string): CheckpointKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  makePrivateFolder(dirname(file));
  createPrivateFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return keyOf(file, privateKey);
}

/** Of a public key's 32 bytes. Throws what node:crypto throws. */
export function publicKeyOf(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function keyOf(file: string, privateKey: KeyObject): CheckpointKey {
  const publicKey = createPublicKey(privateKey);
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return { file, privateKey, publicKey, publicBytes: Buffer.from(x, 'base64url') };
}
