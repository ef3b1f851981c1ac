/** Stays and guests as rows of the register, and by what they are found. Nothing is read or written here. */
import { retentionDays } from '../../config/hotel/read-rules.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import type { HotelSettings } from '../../config/settings.ts';
import type { LocalTime } from '../../reports/local-time.ts';
import { normalName, normalNumber } from '../matching/normal-form.ts';
import type { IndexEntry, Put } from '../register/guest-register.ts';
import { birthDateOf } from '../verification/needs.ts';
import type { Guest, Stay } from './stay.ts';

export const STAY_INDEX = { state: 'stay.state' } as const;
export const GUEST_INDEX = {
  state: 'guest.state',
  /** `yes` while the guest is in the house, held or referred. */
  present: 'guest.present',
  /** Days of arrival and of departure. */
  day: 'guest.day',
  stay: 'guest.stay',
  /** `waiting` for another judgement, or `refused_now`. */
  again: 'guest.again',
  number: 'guest.number',
  credential: 'guest.credential',
  nameAndBirth: 'guest.name-birth',
} as const;

const PRESENT: readonly Guest['state'][] = ['in_house', 'held', 'referred'];
export const isPresent = ({ state }: Pick<Guest, 'state'>): boolean => PRESENT.includes(state);

const DAY_MS = 86_400_000;

export interface Keeping {
  readonly hotel: Pick<HotelSettings, 'place' | 'retention_days'>;
  readonly rules: HotelRules;
  readonly time: LocalTime;
}

/** YYYY-MM-DD: as many days after departure, as expected or as it was, as the place asks for, and not before today's. */
export function purgeDayOf({ hotel, rules }: Keeping, departure: string): string {
  const days = retentionDays(rules, hotel.place, hotel.retention_days);
  return new Date(Date.parse(`${departure}T00:00:00Z`) + (days + 1) * DAY_MS).toISOString().slice(0, 10);
}

/** `version`: that of the row it takes the place of; null: it is new. */
export function stayPut(stay: Stay, purgeDay: string, version: number | null): Put<'stay'> {
  return {
    ...{ table: 'stay', id: stay.stayId, expectVersion: version, purgeDay, value: stay },
    indexes: [{ index: STAY_INDEX.state, kind: 'plain', value: stay.state }],
  };
}

export function guestPut(
  guest: Guest,
  purgeDay: string,
  version: number | null,
  time: LocalTime,
): Put<'guest'> {
  return {
    ...{ table: 'guest', id: guest.guestId, expectVersion: version, purgeDay, value: guest },
    indexes: guestIndexes(guest, time),
  };
}

function guestIndexes(guest: Guest, time: LocalTime): IndexEntry[] {
  const { claims, credential, checkedInAtMs, checkedOutAtMs } = guest;
  const entry = (index: string, kind: IndexEntry['kind'], value: string | null): IndexEntry[] =>
    value === null || value === '' ? [] : [{ index, kind, value }];
  const days = new Set(
    [checkedInAtMs, checkedOutAtMs].flatMap((ms) => (ms === null ? [] : [time.dayOf(ms)])),
  );
  return [
    ...entry(GUEST_INDEX.state, 'plain', guest.state),
    ...entry(GUEST_INDEX.present, 'plain', isPresent(guest) ? 'yes' : null),
    ...[...days].flatMap((day) => entry(GUEST_INDEX.day, 'plain', day)),
    ...entry(GUEST_INDEX.stay, 'plain', guest.stayId),
    ...entry(GUEST_INDEX.again, 'plain', againOf(guest)),
    ...entry(
      GUEST_INDEX.number,
      'blind',
      claims.document_number ? normalNumber(claims.document_number) : null,
    ),
    ...entry(GUEST_INDEX.credential, 'blind', credential),
    ...entry(GUEST_INDEX.nameAndBirth, 'blind', nameAndBirth(claims.full_name, birthDateOf(claims))),
  ];
}

export function nameAndBirth(fullName: string, birthDate: string | null): string | null {
  return birthDate === null ? null : `${normalName(fullName)}|${birthDate}`;
}

/** Whether the guest's decision is to be judged by a later list, or was and would be refused. */
function againOf(guest: Guest): string | null {
  const { decision } = guest;
  if (decision === null || !isPresent(guest)) return null;
  if (decision.again === null) return decision.mode === 'live' ? null : 'waiting';
  return isRefusedNow(guest) ? 'refused_now' : null;
}

/** Accepted then, and would be refused now. */
export function isRefusedNow({ state, decision }: Pick<Guest, 'state' | 'decision'>): boolean {
  return state !== 'referred' && decision?.outcome !== 'deny' && decision?.again?.outcome === 'deny';
}
