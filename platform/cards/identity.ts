/**
 * Who card number `index` of a city is: numbers, state and entitlements, without any key. Cheap, so that a list of
 * all cards can be written without making them.
 */
import { numberToBytes } from '../bytes.ts';
import { packedDigits } from '../calendar.ts';
import { seeded } from '../seed.ts';
import type { RegionNumbers } from './region-numbers.ts';

/** State of a card as its issuer says; `unknown`: it is left out of the card list. */
export type ListedState = 'good' | 'suspended' | 'lost' | 'replaced' | 'cancelled' | 'unknown';

/** Bits of what a card entitles its holder to: the groups of the city's plan. */
export const ENTITLEMENTS = {
  senior: 1 << 0,
  student: 1 << 1,
  disabled: 1 << 2,
  unemployed: 1 << 3,
  veteran: 1 << 4,
  'medical-staff': 1 << 5,
  'foreign-worker': 1 << 6,
} as const;
export type EntitledGroup = keyof typeof ENTITLEMENTS;

export interface CardIdentity {
  readonly index: number;
  /** How often its chip was replaced under the same number; 0: the first chip. */
  readonly chip: number;
  /** Algorithm of its chip. */
  readonly alg: 'sm2' | 'rsa';
  readonly state: ListedState;
  readonly entitlements: number;
  /** 16 or 19 digits with a check digit. */
  readonly pan: string;
  /** Serial number of the card certificate, 3 bytes. */
  readonly serial: Uint8Array;
  /** Whether its ride codes are issued in the local profile (version 0x81). */
  readonly local: boolean;
  /** 16 characters. */
  readonly paymentAccount: string;
  /** 10 bytes, 19 digits and F. */
  readonly userAccount: Uint8Array;
  /** JT/T 978.2 table A.1: 00 normal, 02 student, 03 senior. */
  readonly accountType: number;
}

/** Of 1,000 cards, how many first fall in each state; the rest is good. */
const STATES: readonly (readonly [ListedState, number])[] = [
  ['suspended', 8],
  ['lost', 6],
  ['replaced', 6],
  ['cancelled', 4],
  ['unknown', 6],
];

/**
 * Between the certificate serial numbers of one card's chips. Odd, so that all there are come before one comes again.
 */
const CHIP_SERIAL_STEP = 0x6ffff1;
const SERIALS = 0x1000000;

/** The identity of a card with another of its chips: same number, another certificate. */
export function withChip(identity: CardIdentity, chip: number): CardIdentity {
  return { ...identity, chip, serial: chipSerial(identity.index, chip) };
}

/** Card of a number of the chip issuers, whoever else's it may be; null when it cannot be one of theirs. */
export function indexOfPan({ issuerDigits }: RegionNumbers, pan: string): number | null {
  const { sm2, rsa } = issuerDigits;
  const digits = [sm2, rsa].find((issuer) => pan.startsWith(issuer));
  return digits === undefined ? null : indexOf(pan.slice(digits.length, -1));
}

/** Card of the digits of a user account; null when it cannot be one of this scheme. */
export function indexOfUserAccount({ accountPrefix }: RegionNumbers, digits: string): number | null {
  return digits.startsWith(accountPrefix) ? indexOf(digits.slice(accountPrefix.length)) : null;
}

function indexOf(digits: string): number | null {
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

function chipSerial(index: number, chip: number): Uint8Array {
  return numberToBytes((index + 1 + ((chip * CHIP_SERIAL_STEP) % SERIALS)) % SERIALS, 3);
}

/** The algorithm alternates with the index unless `alg` says otherwise. `seed`: the region's. */
export function cardIdentity(
  seed: string,
  index: number,
  numbers: RegionNumbers,
  alg = alternating(index),
): CardIdentity {
  const draw = Buffer.from(seeded(seed, 'card', index, 32));
  const groups = groupsOf(draw);
  return {
    index,
    chip: 0,
    alg,
    state: stateOf(draw.readUInt32BE(0) % 1000),
    entitlements: groups.reduce((bits, group) => bits | ENTITLEMENTS[group], 0),
    pan: panOf(numbers.issuerDigits[alg], index, alg),
    serial: chipSerial(index, 0),
    local: Math.floor(index / 2) % 2 === 1,
    paymentAccount: draw.toString('hex', 16, 24).toUpperCase(),
    userAccount: packedDigits(numbers.accountPrefix + String(index).padStart(11, '0'), 10),
    accountType: groups.includes('senior') ? 3 : groups.includes('student') ? 2 : 0,
  };
}

/** Groups that a card's holder belongs to, of `draw`'s bytes 6 to 12. */
function groupsOf(draw: Buffer): EntitledGroup[] {
  const isBelow = (at: number, share: number) => draw.readUInt8(at) < share;
  const senior = isBelow(6, 46);
  const student = !senior && isBelow(7, 38);
  const works = !senior && !student;
  const unemployed = works && isBelow(9, 10);
  const held: Readonly<Record<EntitledGroup, boolean>> = {
    senior,
    student,
    disabled: isBelow(8, 8),
    unemployed,
    veteran: !student && isBelow(10, 8),
    'medical-staff': works && !unemployed && isBelow(11, 12),
    'foreign-worker': works && !unemployed && isBelow(12, 10),
  };
  return (Object.keys(held) as EntitledGroup[]).filter((group) => held[group]);
}

function alternating(index: number): 'sm2' | 'rsa' {
  return index % 2 === 0 ? 'sm2' : 'rsa';
}

function stateOf(draw: number): ListedState {
  let below = 0;
  for (const [state, share] of STATES) {
    below += share;
    if (draw < below) return state;
  }
  return 'good';
}

/** Issuer digits, card index and check digit: 19 digits from the SM2 issuer, 16 from the RSA issuer. */
function panOf(issuerDigits: string, index: number, alg: 'sm2' | 'rsa'): string {
  const body = issuerDigits + String(index).padStart(alg === 'sm2' ? 10 : 9, '0');
  return body + luhnDigit(body);
}

/** ISO/IEC 7812-1 annex B. */
function luhnDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}
