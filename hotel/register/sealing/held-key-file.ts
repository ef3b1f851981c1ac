/**
 * `hotel.key_file` where a token or a cipher machine holds what opens it: the key-encryption key, wrapped there. It is in memory
 * while a desk or a command works, and on no disk.
 */
import { randomBytes } from 'node:crypto';
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { WrapAlgorithm } from '../../../crypto/algorithms.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { type ElsewhereKind, type KeySettings, openKeyHolder } from '../../../crypto/holders/open-holder.ts';
import type { HeldKeyWrap } from '../../../crypto/sealing/key-wrap.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { HotelError } from '../../hotel-error.ts';
import { readPrivateText } from '../private-text.ts';
import { KeyEncryptionKey, MAKE_ONE, readKeyEncryptionKey } from './key-encryption-key.ts';

export type KeyFileSettings = KeySettings & { readonly profile: CryptoProfile };

const KEY_BYTES = 32;
const WRAPPED = /^wrapped (AES-256-KW|SM4-KW) ((?:[0-9a-f]{2}){1,512})$/;
const UNTOLD = { answered: () => {}, failed: () => {} };

/**
 * Reads `hotel.key_file`, and has it unwrapped where settings say who does that. `mayBePlain`: also one in the clear then, which is
 * about to be replaced. Rejects with HotelError `unusable`, with what to do.
 */
export async function openKeyEncryptionKey(
  file: string,
  hotelId: string,
  crypto: KeyFileSettings,
  mayBePlain = false,
): Promise<KeyEncryptionKey> {
  const { holder: kind } = crypto.keys.register;
  const [, algorithm, hex = ''] = WRAPPED.exec(readPrivateText(file, 'hotel.key_file', MAKE_ONE)) ?? [];
  if (algorithm === undefined) {
    if (kind === 'file' || mayBePlain) return readKeyEncryptionKey(file, hotelId, crypto.profile);
    throw new HotelError(
      'unusable',
      `hotel.key_file: ${file} holds no wrapped key, and crypto.keys.register.holder is ${kind}: make one with "onecard desk key new FILE ` +
        '--config", and change to it with "onecard desk rotate-key"',
    );
  }
  if (kind === 'file') {
    throw new HotelError(
      'unusable',
      `hotel.key_file: ${file} holds a wrapped key: crypto.keys.register says nothing of who unwraps it`,
    );
  }
  const wrapped = Buffer.from(hex, 'hex');
  const key = await withHolder(crypto, kind, algorithm as WrapAlgorithm, (held) => held.unwrap(wrapped));
  if (key.length === KEY_BYTES) return new KeyEncryptionKey(key, hotelId, crypto.profile);
  throw new HotelError('unusable', `hotel.key_file: ${file} holds a key of another length`);
}

/** Text of a new file. Rejects with HotelError `unusable`. */
export async function newKeyFile(crypto: KeyFileSettings | null): Promise<string> {
  const key = randomBytes(KEY_BYTES);
  const kind = crypto?.keys.register.holder ?? 'file';
  if (crypto === null || kind === 'file') return `${key.toString('hex')}\n`;
  const algorithm = algorithmFor('register-key-wrap', crypto.profile);
  const wrapped = await withHolder(crypto, kind, algorithm, (held) => held.wrap(key));
  return `wrapped ${algorithm} ${wrapped.toString('hex')}\n`;
}

async function withHolder<T>(
  crypto: KeyFileSettings,
  kind: ElsewhereKind,
  algorithm: WrapAlgorithm,
  act: (held: HeldKeyWrap) => Promise<T>,
): Promise<T> {
  const holder = openKeyHolder(kind, crypto, UNTOLD);
  try {
    return await act(await holder.keyWrap(crypto.keys.register.label ?? '', algorithm));
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new HotelError('unusable', `hotel.key_file: ${cause.message}`, { cause });
  } finally {
    await holder.close();
  }
}
