/** What can be found wrong with the hotel desk's settings and the files they name, without starting it. */
import { readReportFileTable } from '../config/hotel/read-report-file.ts';
import { readRules } from '../config/hotel/read-rules.ts';
import type { HotelSettings } from '../config/settings.ts';
import { readTlsFiles } from '../gateway/transport/tls-files.ts';
import { readPinSecret } from '../hotel/holder/pin-secret.ts';
import { readMatchKey } from '../hotel/matching/match-key.ts';
import { type KeyFileSettings, openKeyEncryptionKey } from '../hotel/register/sealing/held-key-file.ts';

/** What was found usable, a line. Rejects with HotelError, ScenesError or TransportError. */
export async function checkHotel(hotel: HotelSettings, crypto: KeyFileSettings): Promise<string> {
  const { hotel_id, key_file, match_key_file, pin_secret_file, rules_file, report, listen } = hotel;
  await openKeyEncryptionKey(key_file, hotel_id, crypto);
  if (match_key_file !== undefined) readMatchKey(match_key_file);
  readPinSecret(pin_secret_file);
  const { documents } = readRules(rules_file);
  if (report.adapter === 'file') readReportFileTable(report.fields_file);
  if (listen.tls) readTlsFiles(listen.tls);
  return `a desk of ${hotel_id} that knows ${documents.length} kinds of document`;
}
