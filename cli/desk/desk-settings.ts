/** What commands of the desk have in common: the settings of its hotel, and its register while no gateway has it. */
import type { Command } from 'commander';
import { loadSettings } from '../../config/load-settings.ts';
import { type HotelSettings, type Settings, SettingsError } from '../../config/settings.ts';
import { type FolderLock, FolderTakenError, lockFolder } from '../../gateway/storage/folder-lock.ts';
import { LmdbFileError } from '../../gateway/storage/lmdb-file.ts';
import { deskFolder } from '../../hotel/desk-folder.ts';
import { HotelError } from '../../hotel/hotel-error.ts';
import { openRegister, registerFolder } from '../../hotel/register/open-register.ts';
import type { SealedRegister } from '../../hotel/register/sealed-register.ts';
import { openKeyEncryptionKey } from '../../hotel/register/sealing/held-key-file.ts';
import type { KeyEncryptionKey } from '../../hotel/register/sealing/key-encryption-key.ts';
import { existing } from '../data-folder.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';

/** Commands that a running gateway does by its API. */
const AT_THE_API: ReadonlySet<string> = new Set(['purge', 'erase', 'export']);

export interface DeskOptions {
  readonly config: string;
}

export interface DeskPlace {
  readonly settings: Settings;
  readonly hotel: HotelSettings;
  /** Of the desk, in data_dir. */
  readonly folder: string;
}

export function addDeskOptions(command: Command): Command {
  return command.requiredOption('--config <file>', "the gateway's settings, with those of its hotel");
}

/** Throws SettingsError, and UnusableError where there is no hotel. */
export function deskPlace({ config }: DeskOptions): DeskPlace {
  const settings = loadSettings(config);
  const { hotel } = settings;
  if (hotel === undefined)
    throw new UnusableError(`${config} has no hotel desk: its settings are below "hotel"`);
  return { settings, hotel, folder: deskFolder(settings.data_dir) };
}

/** `mayBePlain`: see `openKeyEncryptionKey`. Rejects with HotelError `unusable`. */
export function keyEncryptionKeyOf(
  { settings, hotel }: DeskPlace,
  file = hotel.key_file,
  mayBePlain = false,
): Promise<KeyEncryptionKey> {
  return openKeyEncryptionKey(file, hotel.hotel_id, settings.crypto, mayBePlain);
}

/** Has the data folder for itself meanwhile. Throws FolderTakenError while a gateway has it. */
export async function withFolder<T>(
  options: DeskOptions,
  command: string,
  act: (place: DeskPlace) => Promise<T>,
): Promise<T> {
  const place = deskPlace(options);
  const lock = locked(place, command);
  try {
    return await act(place);
  } finally {
    lock.release();
  }
}

function locked({ settings }: DeskPlace, command: string): FolderLock {
  try {
    return lockFolder(settings.data_dir, `onecard desk ${command}`);
  } catch (cause) {
    if (!(cause instanceof FolderTakenError)) throw cause;
    const route = AT_THE_API.has(command) ? `, or ask the desk itself: POST /v1/register/${command}` : '';
    throw new UnusableError(`${cause.message}${route}`, { cause });
  }
}

export function withRegister<T>(
  options: DeskOptions,
  command: string,
  act: (register: SealedRegister, place: DeskPlace) => Promise<T>,
  mayBePlain = false,
): Promise<T> {
  return withFolder(options, command, async (place) => {
    if (place.hotel.register.store === 'lmdb') existing(registerFolder(place.folder), 'register of guests');
    const kek = await keyEncryptionKeyOf(place, place.hotel.key_file, mayBePlain);
    const register = await openRegister(place.hotel, place.folder, kek);
    try {
      return await act(register, place);
    } finally {
      await register.close();
    }
  });
}

export function explained(command: string, action: () => Promise<void>): Promise<void> {
  return runOrExplain(`desk ${command}`, [HotelError, SettingsError, LmdbFileError], action);
}
