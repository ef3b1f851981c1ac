/** The key that the audit log is chained under: drawn at the first start, and kept wrapped under what the operator holds. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createPrivateFile, readIfThere, replacePrivateFile } from '../../gateway/storage/private-files.ts';

/** A key-encryption key: throws HotelError `unreadable` for what was wrapped under another. */
export interface KeyWrapper {
  wrap(key: Buffer): Buffer;
  unwrap(wrapped: Buffer): Buffer;
}

const KEY_BYTES = 32;

/** `desk`: the desk's own folder. Null: there is none yet. Throws HotelError `unreadable`. */
export function readAuditKey(desk: string, keys: KeyWrapper): Buffer | null {
  const kept = readIfThere(fileIn(desk));
  return kept === null ? null : keys.unwrap(Buffer.from(kept.toString('latin1').trim(), 'hex'));
}

/** Draws one where there is none. */
export function openAuditKey(desk: string, keys: KeyWrapper): Buffer {
  const kept = readAuditKey(desk, keys);
  if (kept !== null) return kept;
  const key = randomBytes(KEY_BYTES);
  createPrivateFile(fileIn(desk), textOf(keys.wrap(key)));
  return key;
}

/** The key-encryption key is another from now on. Does nothing where that is done, or there is no audit log yet. */
export function rewrapAuditKey(desk: string, from: KeyWrapper, to: KeyWrapper): void {
  if (isWrappedUnder(desk, to)) return;
  const key = readAuditKey(desk, from);
  if (key !== null) replacePrivateFile(fileIn(desk), textOf(to.wrap(key)));
}

function isWrappedUnder(desk: string, keys: KeyWrapper): boolean {
  try {
    return readAuditKey(desk, keys) !== null;
  } catch {
    return false;
  }
}

const fileIn = (desk: string) => join(desk, 'audit.key');
const textOf = (wrapped: Buffer) => `${wrapped.toString('hex')}\n`;
