/** The key of the pseudonyms in receipts: 32 random bytes in the data folder, made once and never rotated. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createPrivateFile, makePrivateFolder, readIfThere } from '../storage/private-files.ts';
import { ReceiptsError } from './receipts-error.ts';

const FILE = 'subject.key';
const KEY_BYTES = 32;

/** Throws ReceiptsError `unusable`, and what the system says. */
export function subjectKey(folder: string): Buffer {
  const file = join(folder, FILE);
  const kept = readIfThere(file);
  if (kept?.length === KEY_BYTES) return kept;
  if (kept !== null)
    throw new ReceiptsError('unusable', `${file} holds ${kept.length} bytes, and a key has ${KEY_BYTES}`);
  makePrivateFolder(folder);
  const fresh = randomBytes(KEY_BYTES);
  createPrivateFile(file, fresh);
  return fresh;
}
