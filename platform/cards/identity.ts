/**
 * Who card number `index` of a city is: numbers, state and entitlements, without any key. Cheap, so that a list of
 * all cards can be written without making them.
 */
import { numberToBytes } from '../bytes.ts';
import { packedDigits } from '../calendar.ts';
import { seeded } from '../seed.ts';

/** State of a card as its issuer says; `unknown`: it is left out of the card list. */
export type ListedState = 'good' | 'suspended' | 'lost' | 'replaced' | 'cancelled' | 'unknown';

/** Bits of what a card entitles its holder to. */
export const ENTITLEMENTS = { senior: 1, student: 2, disabled: 4 } as const;

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

/** Digits that card numbers of the two chip issuers begin with: one fills its field, one needs filling with F. */
export const ISSUER_DIGITS = { sm2: '62990001', rsa: '629902' } as const;

/** First digits of a user account: the transit card scheme and the region. */
const ACCOUNT_PREFIX = '31044000';

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
export function indexOfPan(pan: string): number | null {
  const digits = Object.values(ISSUER_DIGITS).find((issuer) => pan.startsWith(issuer));
  return digits === undefined ? null : indexOf(pan.slice(digits.length, -1));
}

/** Card of the digits of a user account; null when it cannot be one of this scheme. */
export function indexOfUserAccount(digits: string): number | null {
  return digits.startsWith(ACCOUNT_PREFIX) ? indexOf(digits.slice(ACCOUNT_PREFIX.length)) : null;
}

function indexOf(digits: string): number | null {
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

function chipSerial(index: number, chip: number): Uint8Array {
  return numberToBytes((index + 1 + ((chip * CHIP_SERIAL_STEP) % SERIALS)) % SERIALS, 3);
}

/** The algorithm alternates with the index unless `alg` says otherwise. */
export function cardIdentity(seed: string, index: number, alg = alternating(index)): CardIdentity {
  const draw = Buffer.from(seeded(seed, 'card', index, 32));
  const senior = draw[6] !== undefined && draw[6] < 46;
  const student = !senior && draw[7] !== undefined && draw[7] < 38;
  const disabled = draw[8] !== undefined && draw[8] < 8;
  return {
    index,
    chip: 0,
    alg,
    state: stateOf(draw.readUInt32BE(0) % 1000),
    entitlements:
      (senior ? ENTITLEMENTS.senior : 0) |
      (student ? ENTITLEMENTS.student : 0) |
      (disabled ? ENTITLEMENTS.disabled : 0),
    pan: panOf(alg, index),
    serial: chipSerial(index, 0),
    local: Math.floor(index / 2) % 2 === 1,
    paymentAccount: draw.toString('hex', 16, 24).toUpperCase(),
    userAccount: packedDigits(ACCOUNT_PREFIX + String(index).padStart(11, '0'), 10),
    accountType: senior ? 3 : student ? 2 : 0,
  };
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
function panOf(alg: 'sm2' | 'rsa', index: number): string {
  const body = ISSUER_DIGITS[alg] + String(index).padStart(alg === 'sm2' ? 10 : 9, '0');
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
