/** What can be found wrong with the hotel desk's settings and the files they name, without starting it. */
import type { CryptoProfile } from '../config/crypto-settings.ts';
import { readReportFileTable } from '../config/hotel/read-report-file.ts';
import { readRules } from '../config/hotel/read-rules.ts';
import type { HotelSettings } from '../config/settings.ts';
import { readTlsFiles } from '../gateway/transport/tls-files.ts';
import { readPinSecret } from '../hotel/holder/pin-secret.ts';
import { readMatchKey } from '../hotel/matching/match-key.ts';
import { readKeyEncryptionKey } from '../hotel/register/sealing/key-encryption-key.ts';

/** What was found usable, a line. Throws HotelError, ScenesError or TransportError. */
export function checkHotel(hotel: HotelSettings, profile: CryptoProfile): string {
  const { hotel_id, key_file, match_key_file, pin_secret_file, rules_file, report, listen } = hotel;
  readKeyEncryptionKey(key_file, hotel_id, profile);
  if (match_key_file !== undefined) readMatchKey(match_key_file);
  readPinSecret(pin_secret_file);
  const { documents } = readRules(rules_file);
  if (report.adapter === 'file') readReportFileTable(report.fields_file);
  if (listen.tls) readTlsFiles(listen.tls);
  return `a desk of ${hotel_id} that knows ${documents.length} kinds of document`;
}
