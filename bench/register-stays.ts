/** Stays of a hotel's register, each with a guest, as a desk writes them. */
import { createHash } from 'node:crypto';
import type { Put, RegisterTables } from '../hotel/register/guest-register.ts';

export interface StaysKept {
  /** The same seed makes the same guests. */
  readonly seed: string;
  readonly hotelId: string;
  /** Days of arrival that they are spread over. */
  readonly days: number;
  /** After arrival. */
  readonly keptDays: number;
}

const FIRST_DAY_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

export const dayText = (day: number) => new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10);
export const documentNumber = (seed: string, i: number) =>
  createHash('sha256').update(`${seed} ${i}`).digest('hex').slice(0, 18).toUpperCase();
export const guestId = (i: number) => `g-${String(i).padStart(9, '0')}`;

/** As the desk writes them: by state, day and stay; by keyed hashes of number, credential, and name with birth date. */
export function putsOf({ seed, hotelId, days, keptDays }: StaysKept, i: number): Put[] {
  const day = i % days;
  const number = documentNumber(seed, i);
  const id = String(i).padStart(9, '0');
  const arrival = dayText(day);
  const atMs = FIRST_DAY_MS + day * DAY_MS;
  const row = { expectVersion: null, purgeDay: dayText(day + keptDays) };
  const name = `Guest ${number.slice(0, 8)} of the City`;
  const stay: RegisterTables['stay'] = {
    ...{
      stayId: `s-${id}`,
      hotelId,
      room: String(100 + (i % 900)),
      arrival,
      departure: dayText(day + 1),
    },
    ...{ state: 'departed', guestIds: [guestId(i)], createdAtMs: atMs, createdBy: 'lin', desk: 'front-1' },
    ...{ departedAtMs: null, revertedFor: null },
  };
  const guest: RegisterTables['guest'] = {
    ...{
      guestId: guestId(i),
      stayId: stay.stayId,
      state: 'in_house',
      needs: [],
      attestation: null,
      guardian: null,
    },
    claims: {
      full_name: name,
      document_kind: 'id_card',
      document_number: number,
      birth_date: '1990-01-01',
    },
    evidence: {
      document: 'proven',
      status: { source: 'live', ageMs: 0 },
      holder: 'person',
      claims: 'signed',
    },
    decision: {
      ...{ decisionId: `0-${i}`, outcome: 'allow', code: 'proof.ok', atMs, mode: 'live' },
      ...{ scene: '11/desk', family: 'chip-oda', again: null },
    },
    ...{ credential: null, corrections: [], checkedInAtMs: atMs, checkedOutAtMs: null, revertedFor: null },
  };
  const plain = (index: string, value: string) => ({ index, kind: 'plain', value }) as const;
  const blind = (index: string, value: string) => ({ index, kind: 'blind', value }) as const;
  return [
    { ...row, table: 'stay', id: stay.stayId, value: stay, indexes: [plain('stay.state', stay.state)] },
    {
      ...{ ...row, table: 'guest', id: guestId(i), value: guest },
      indexes: [
        plain('guest.day', arrival),
        plain('guest.stay', stay.stayId),
        blind('guest.number', number),
        blind('guest.credential', `c${number}`),
        blind('guest.name-birth', `${name}|1990-01-01`),
      ],
    },
  ];
}
