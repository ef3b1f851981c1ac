/**
 * A journal's epoch: 8 random bytes drawn when the journal is made. Positions begin again at 1 where the folder was
 * deleted; with the epoch before them they never name another record.
 */
import { randomBytes } from 'node:crypto';
import { toHex } from '../../workers/codecs/hex.ts';
import type { Table } from '../storage/lmdb-environment.ts';
import { JournalError } from './journal-error.ts';

const KEY = Buffer.from('epoch', 'utf8');
const EPOCH_BYTES = 8;

/** The epoch, 16 hex digits; null while none was drawn. Throws JournalError `corrupt`. */
export function readEpoch(cursors: Table): string | null {
  const value = cursors.get(KEY);
  if (!value) return null;
  if (value.length !== EPOCH_BYTES) throw new JournalError('corrupt', "the journal's epoch is damaged");
  return toHex(value);
}

/** The epoch, drawn if there is none. Kept before it returns, and on disk no later than any record appended after. */
export function drawnEpoch(cursors: Table): string {
  const epoch = readEpoch(cursors);
  if (epoch !== null) return epoch;
  const fresh = randomBytes(EPOCH_BYTES);
  cursors.putSync(KEY, fresh);
  return toHex(fresh);
}
