/**
 * The key of checkpoints in a token or a cipher machine. Its public key is kept beside the keys in files, so that a gateway can
 * start, and commands can verify, while whoever holds it is away.
 */
import { dirname } from 'node:path';
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import type { KeyHolder } from '../../../crypto/key-holder.ts';
import { publicPem, verifyingKeyFrom } from '../../../crypto/signature/key-files.ts';
import type { HeldSigningKey, VerifyingKey } from '../../../crypto/signature/keys.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../../storage/private-files.ts';
import { JournalError } from '../journal-error.ts';
import { type CheckpointKeys, checkpointKeysInFiles, heldKeyFileOf } from './checkpoint-key.ts';

export interface ElsewhereOptions {
  readonly holder: KeyHolder;
  readonly label: string;
  /** The one that the held key is of; that of the other is in a file, or there is none. */
  readonly profile: CryptoProfile;
  /** Where the key would be if it were in a file. */
  readonly file: string;
}

export function checkpointKeysElsewhere({ holder, label, profile, file }: ElsewhereOptions): CheckpointKeys {
  const inFiles = checkpointKeysInFiles(file);
  const place = `${holder.kind} ${label}`;
  return {
    placeOf: (of) => (of === profile ? place : inFiles.placeOf(of)),
    find: (of) => (of === profile ? held(holder, label, file, profile) : inFiles.find(of)),
    async make(of) {
      if (of !== profile) return inFiles.make(of);
      throw new JournalError('unusable', `the key of checkpoints in ${place} is made by who keeps it`);
    },
    wasHeldElsewhere: inFiles.wasHeldElsewhere,
  };
}

/** The public key of a held key as it was seen last; null: none was. Throws JournalError `unusable`. */
export function knownCheckpointKey(file: string, profile: CryptoProfile): VerifyingKey | null {
  const path = heldKeyFileOf(file, profile);
  const pem = readIfThere(path);
  if (pem === null) return null;
  try {
    const key = verifyingKeyFrom(pem);
    if (key.algorithm === algorithmFor('journal-checkpoint', profile)) return key;
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new JournalError('unusable', `${path}: ${cause.message}`, { cause });
  }
  throw new JournalError('unusable', `${path} holds a key of the other profile`);
}

/** Rejects with CryptoError where it cannot be had, and was not seen before. */
async function held(
  holder: KeyHolder,
  label: string,
  file: string,
  profile: CryptoProfile,
): Promise<HeldSigningKey> {
  const known = knownCheckpointKey(file, profile);
  let key: HeldSigningKey;
  try {
    key = await holder.signingKey(label, algorithmFor('journal-checkpoint', profile));
  } catch (error) {
    if (known === null || !(error instanceof CryptoError) || error.code !== 'held_elsewhere') throw error;
    return holder.knownSigningKey(label, known);
  }
  if (known === null || !known.bytes.equals(key.publicKey.bytes)) {
    const path = heldKeyFileOf(file, profile);
    makePrivateFolder(dirname(path));
    replacePrivateFile(path, publicPem(key.publicKey));
  }
  return key;
}
