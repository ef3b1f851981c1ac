/** Opens the register that the settings name. */
import { join } from 'node:path';
import type { HotelSettings } from '../../config/settings.ts';
import { HotelError } from '../hotel-error.ts';
import { LmdbRowStore } from './lmdb/lmdb-row-store.ts';
import { readPrivateText } from './private-text.ts';
import type { RowStore } from './row-store.ts';
import { SealedRegister } from './sealed-register.ts';
import type { KeyEncryptionKey } from './sealing/key-encryption-key.ts';

const URL_REMEDY = 'it holds one line, postgresql://user:password@host/database';

/**
 * `deskFolder`: where the desk keeps its things. `kek`: in whose profile it is sealed from now on. Rejects with HotelError
 * `unusable`, and what the store says.
 */
export async function openRegister(
  hotel: HotelSettings,
  deskFolder: string,
  kek: KeyEncryptionKey,
): Promise<SealedRegister> {
  return SealedRegister.open(await openStore(hotel, registerFolder(deskFolder)), kek, hotel.hotel_id);
}

export const registerFolder = (deskFolder: string) => join(deskFolder, 'register');

async function openStore({ hotel_id: hotelId, register }: HotelSettings, folder: string): Promise<RowStore> {
  const { store, url_file: urlFile, max_bytes: maxBytes } = register;
  if (store === 'lmdb') return new LmdbRowStore({ folder, hotelId, maxBytes });
  const url = readPrivateText(urlFile ?? '', 'hotel.register.url_file', URL_REMEDY);
  if (!URL.canParse(url) || !/^postgres(ql)?:/.test(url)) {
    throw new HotelError('unusable', `hotel.register.url_file: ${urlFile} holds no address: ${URL_REMEDY}`);
  }
  const { PostgresRowStore } = await import('./postgres/postgres-row-store.ts');
  return PostgresRowStore.open(url, hotelId);
}
