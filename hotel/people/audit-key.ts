/** The key that the audit log is chained under: drawn at the first start, and kept wrapped under what the operator holds. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { createPrivateFile, readIfThere, replacePrivateFile } from '../../gateway/storage/private-files.ts';
import { HotelError } from '../hotel-error.ts';

/** A key-encryption key: rejects with HotelError `unreadable` for what was wrapped under another. */
export interface KeyWrapper {
  /** What it wraps by. */
  readonly profile: CryptoProfile;
  wrap(key: Buffer): Promise<Buffer>;
  unwrap(wrapped: Buffer, wrappedBy: CryptoProfile): Promise<Buffer>;
}

const KEY_BYTES = 32;
const KEPT = /^(?:([\w-]+) )?((?:[0-9a-f]{2})+)$/;

/** `desk`: the desk's own folder. Null: there is none yet. Rejects with HotelError `unreadable`. */
export async function readAuditKey(desk: string, keys: KeyWrapper): Promise<Buffer | null> {
  const kept = readIfThere(fileIn(desk));
  if (kept === null) return null;
  const { wrapped, wrappedBy } = readText(kept.toString('latin1').trim());
  return keys.unwrap(wrapped, wrappedBy);
}

/** Draws one where there is none. */
export async function openAuditKey(desk: string, keys: KeyWrapper): Promise<Buffer> {
  const kept = await readAuditKey(desk, keys);
  if (kept !== null) return kept;
  const key = randomBytes(KEY_BYTES);
  createPrivateFile(fileIn(desk), await textOf(key, keys));
  return key;
}

/** The key-encryption key, or its profile, is another from now on. Does nothing where that is done, or there is no audit log yet. */
export async function rewrapAuditKey(desk: string, from: KeyWrapper, to: KeyWrapper): Promise<void> {
  if (auditKeyProfile(desk) === to.profile && (await isWrappedUnder(desk, to))) return;
  const key = await readAuditKey(desk, from);
  if (key !== null) replacePrivateFile(fileIn(desk), await textOf(key, to));
}

/** The profile it is wrapped by; null: there is none yet. Throws HotelError `unreadable`. */
export function auditKeyProfile(desk: string): CryptoProfile | null {
  const kept = readIfThere(fileIn(desk));
  return kept === null ? null : readText(kept.toString('latin1').trim()).wrappedBy;
}

async function isWrappedUnder(desk: string, keys: KeyWrapper): Promise<boolean> {
  try {
    return (await readAuditKey(desk, keys)) !== null;
  } catch {
    return false;
  }
}

function readText(text: string): { readonly wrapped: Buffer; readonly wrappedBy: CryptoProfile } {
  const [, named = algorithmFor('register-key-wrap', 'international'), hex = ''] = KEPT.exec(text) ?? [];
  const wrappedBy = CRYPTO_PROFILES.find((profile) => algorithmFor('register-key-wrap', profile) === named);
  if (wrappedBy === undefined || hex === '')
    throw new HotelError('unreadable', 'the key of the audit log is damaged');
  return { wrapped: Buffer.from(hex, 'hex'), wrappedBy };
}

/** The algorithm is named where it is not AES, which came before there were names. */
async function textOf(key: Buffer, keys: KeyWrapper): Promise<string> {
  const hex = (await keys.wrap(key)).toString('hex');
  const { profile } = keys;
  return profile === 'international' ? `${hex}\n` : `${algorithmFor('register-key-wrap', profile)} ${hex}\n`;
}

const fileIn = (desk: string) => join(desk, 'audit.key');
