/** The hotel of the demonstration: its settings, its guests, and a reader on which their cards can be laid. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { City } from '../../../platform/city.ts';
import { openReader } from './demo-reader.ts';
import { type DeskLogin, deskLogin, openDeskSession } from './desk-login.ts';
import { openGuestPage } from './guest-page.ts';
import { sampleGuests } from './sample-guests.ts';

const KEY_BYTES = 32;
const DESK_PORT = 8_990;
const MATCH_KEY_FILE = 'hotel-match-key';
const PIN_SECRET_FILE = 'hotel-pin-secret';

export interface DemoHotel {
  readonly deskUrl: string;
  readonly guestsUrl: string;
  readonly login: DeskLogin;
  close(): Promise<void>;
}

/** Keys are made at the first start, and stay: the register is sealed under one of them. */
export function hotelSettings(folder: string) {
  return {
    hotel_id: 'harbour',
    title: 'Harbour Hotel · 港湾酒店',
    listen: { port: DESK_PORT },
    key_file: keyFile(folder, 'hotel-key'),
    pin_secret_file: keyFile(folder, PIN_SECRET_FILE),
    match_key_file: keyFile(folder, MATCH_KEY_FILE),
  };
}

/** What the platform shares with the hotel. */
export function sharedWithHotel(folder: string) {
  const read = (name: string) => Buffer.from(readFileSync(keyFile(folder, name), 'utf8'), 'hex');
  return { matchKey: read(MATCH_KEY_FILE), pinSecret: read(PIN_SECRET_FILE) };
}

function keyFile(folder: string, name: string): string {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600 });
  return file;
}

interface HotelParts {
  readonly city: City;
  readonly folder: string;
  readonly deskUrl: string;
  /** What the desk said once; null: nothing, as it was there before. */
  readonly firstPassword: string | null;
}

export async function openHotel({ city, folder, deskUrl, firstPassword }: HotelParts): Promise<DemoHotel> {
  // Passkeys belong to names, and not to numeric addresses.
  const shownUrl = deskUrl.replace('127.0.0.1', 'localhost');
  const login = await deskLogin(deskUrl, folder, firstPassword);
  const reader = await openReader(city, folder, deskUrl, () => openDeskSession(deskUrl, login));
  const page = await openGuestPage({
    guests: sampleGuests(city),
    deskUrl: shownUrl,
    nowMs: () => Date.now(),
    onReader: (card) => reader.lay(card),
  });
  return {
    ...{ deskUrl: shownUrl, guestsUrl: page.url, login },
    async close() {
      await page.close();
      await reader.close();
    },
  };
}
