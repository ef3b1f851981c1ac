/**
 * The keys that a gateway signs its journal's checkpoints with: one for each profile that the journal was kept in. By
 * default in files, PKCS #8 in PEM, made once, for the gateway's user alone.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { makeSigningKey, signingKeyFrom } from '../../../crypto/signature/key-files.ts';
import { type HeldSigningKey, heldHere, type SigningKey } from '../../../crypto/signature/keys.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { createPrivateFile, makePrivateFolder, readIfThere } from '../../storage/private-files.ts';
import { JournalError } from '../journal-error.ts';

/** Where they come from. Rejects with JournalError `unusable`, and as whoever holds them. */
export interface CheckpointKeys {
  /** For a sentence: the file, or who holds it. */
  placeOf(profile: CryptoProfile): string;
  /** Null: there is none. */
  find(profile: CryptoProfile): Promise<HeldSigningKey | null>;
  make(profile: CryptoProfile): Promise<HeldSigningKey>;
  /** Whether a token or a cipher machine held that of the profile here, now or before. */
  wasHeldElsewhere(profile: CryptoProfile): boolean;
}

export const CHECKPOINT_KEY_FILE = 'journal-checkpoint.key';

/** The file of a profile's key: as it is given, or with `.sm2` behind it. */
export function checkpointKeyFileOf(file: string, profile: CryptoProfile): string {
  return profile === 'sm' ? `${file}.sm2` : file;
}

/** Beside it, the public half of one that is held elsewhere, as it was seen last. */
export function heldKeyFileOf(file: string, profile: CryptoProfile): string {
  return `${checkpointKeyFileOf(file, profile)}.held`;
}

export function checkpointKeysInFiles(file: string): CheckpointKeys {
  return {
    placeOf: (profile) => checkpointKeyFileOf(file, profile),
    async find(profile) {
      const key = readCheckpointKey(file, profile);
      return key && heldHere(key);
    },
    async make(profile) {
      const key = makeSigningKey(algorithmFor('journal-checkpoint', profile));
      const path = checkpointKeyFileOf(file, profile);
      makePrivateFolder(dirname(path));
      createPrivateFile(path, key.toPem());
      return heldHere(key);
    },
    wasHeldElsewhere: (profile) => existsSync(heldKeyFileOf(file, profile)),
  };
}

/** Null when there is no such file. Throws JournalError `unusable` when it holds no key of the profile. */
export function readCheckpointKey(file: string, profile: CryptoProfile): SigningKey | null {
  const path = checkpointKeyFileOf(file, profile);
  const pem = readIfThere(path);
  if (pem === null) return null;
  const algorithm = algorithmFor('journal-checkpoint', profile);
  let key: SigningKey;
  try {
    key = signingKeyFrom(pem);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new JournalError('unusable', `${path} holds no private key in PEM`, { cause });
  }
  if (key.publicKey.algorithm === algorithm) return key;
  throw new JournalError('unusable', `${path} holds a key of another kind than ${algorithm}`);
}
