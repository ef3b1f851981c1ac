/** The judging of presentations as the settings have it. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import type { HotelSettings } from '../../config/settings.ts';
import type { DeskCore } from '../../gateway/desk/desk-core.ts';
import type { LocalTime } from '../../reports/local-time.ts';
import { Matcher } from '../matching/match.ts';
import { readMatchKey } from '../matching/match-key.ts';
import { type HolderPins, Verifications } from './verifications.ts';

interface OpenOptions {
  readonly hotel: HotelSettings;
  readonly profile: CryptoProfile;
  readonly core: DeskCore;
  readonly rules: HotelRules;
  readonly pins: HolderPins;
  readonly time: LocalTime;
  readonly now: () => number;
}

/** Throws HotelError `unusable` when the match key cannot be used. */
export function openVerifications({
  hotel,
  profile,
  core,
  rules,
  pins,
  time,
  now,
}: OpenOptions): Verifications {
  const { limits, match_key_file: keyFile } = hotel;
  return new Verifications({
    ...{ core, profile, rules, pins, now, today: () => time.dayOf(now()) },
    matcher: new Matcher({ core, profile, key: keyFile === undefined ? null : readMatchKey(keyFile) }),
    keptMax: limits.verifications_kept,
    lifetimeMs: limits.verification_lifetime_ms,
    inFlightMax: limits.verifications_in_flight,
  });
}
