/** Opens the register that the settings name. */
import { join } from 'node:path';
import type { HotelSettings } from '../../config/settings.ts';
import { LmdbRowStore } from './lmdb/lmdb-row-store.ts';
import { SealedRegister } from './sealed-register.ts';
import { readKeyEncryptionKey } from './sealing/key-encryption-key.ts';

/** `deskFolder`: where the desk keeps its things. Rejects with HotelError `unusable`, and what the store says. */
export async function openRegister(hotel: HotelSettings, deskFolder: string): Promise<SealedRegister> {
  const { hotel_id: hotelId, key_file: keyFile, register } = hotel;
  const kek = readKeyEncryptionKey(keyFile, hotelId);
  const folder = registerFolder(deskFolder);
  const store = new LmdbRowStore({ folder, hotelId, maxBytes: register.max_bytes });
  return SealedRegister.open(store, kek, hotelId);
}

export const registerFolder = (deskFolder: string) => join(deskFolder, 'register');
