/**
 * What is expected at each scene of the shipped city, written by hand from the plan: which families it takes, what a good card of
 * each gets, and what the scene asks beside that. It shares nothing with the code that decides.
 */

/** By family: the code of a good card, or of a good document. */
export type Taken = Readonly<Record<string, string>>;

export interface ExpectedScene {
  readonly takes: Taken;
  /** Bit of the card list that a holder must have, and the code of one who has it not. */
  readonly bit?: number;
  /** List that a card must be on. */
  readonly list?: string;
  readonly unmet?: string;
  /** The scene that its holder passed before, and when he comes again without leaving. */
  readonly after?: string;
  readonly again?: string;
  /** Code of a card of a neighbouring region, of the first family, where the scene recognises it. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

const CARD = 'allow.good';
/** No list of the city says anything of it. */
const DOCUMENT = 'allow.not_covered';

const EVERYWHERE = { sc: DOCUMENT, xz: DOCUMENT, gz: DOCUMENT };
/** Recognised, and nobody here can say whether it is good. */
const LOOKED_AT = { sc: 'refer.not_covered', xz: 'refer.not_covered', gz: 'refer.not_covered' };

const CODES_AND_CHIPS: Taken = { 'transit-qr': CARD, 'chip-oda': CARD };
const ALL_CARDS: Taken = { ...CODES_AND_CHIPS, token: CARD };
const WINDOW: Taken = { 'chip-oda': CARD, token: CARD };
const PHYSICAL: Taken = { 'chip-oda': CARD };
const ELECTRONIC: Taken = { token: CARD };
const SIGNED: Taken = { 'card-pki': DOCUMENT };
const GUEST: Taken = { mdoc: DOCUMENT, 'sd-jwt': DOCUMENT, 'card-pki': DOCUMENT };
const HEALTH: Taken = { hcert: DOCUMENT, shc: DOCUMENT };
const VISITOR: Taken = { ...GUEST, ...HEALTH, 'chip-oda': CARD };
const TRAVEL: Taken = { ...WINDOW, mdoc: DOCUMENT, 'sd-jwt': DOCUMENT };

/** Bits of the card list. */
export const SENIOR = 0;
export const STUDENT = 1;
export const DISABLED = 2;
export const UNEMPLOYED = 3;
const MEDICAL_STAFF = 5;
const FOREIGN_WORKER = 6;

const referred = { unmet: 'refer.requirement_not_met' };
const denied = { unmet: 'deny.requirement_not_met' };
const plain = (takes: Taken): ExpectedScene => ({ takes });
const payout = plain(PHYSICAL);

export const EXPECTED_SCENES: Readonly<Record<string, ExpectedScene>> = {
  '1/desk': plain(WINDOW),
  '1/allowance': { takes: WINDOW, bit: UNEMPLOYED, ...referred },
  '2/desk': plain(WINDOW),
  '2/kiosk': plain(WINDOW),
  '3/desk': plain(WINDOW),
  '4/desk': plain(WINDOW),
  '4/contract': plain(SIGNED),
  '4/registration': { takes: WINDOW, bit: FOREIGN_WORKER, ...referred },
  '5/clock-in': { takes: ALL_CARDS, again: 'deny.passback' },
  '5/clock-out': { takes: ALL_CARDS, after: '5/clock-in' },
  '5/contract': plain(SIGNED),
  '5/wages': payout,
  '6/desk': { takes: WINDOW, elsewhere: EVERYWHERE },
  '6/gate': { takes: ALL_CARDS, elsewhere: EVERYWHERE },
  '7/desk': plain(WINDOW),
  '7/fair': { takes: WINDOW, bit: STUDENT, ...denied },
  '8/desk': plain(WINDOW),
  '9/door': plain(CODES_AND_CHIPS),
  '9/library': { takes: CODES_AND_CHIPS, list: 'campus-members', unmet: 'deny.not_named' },
  '9/canteen': plain(ALL_CARDS),
  '10/login': plain(ELECTRONIC),
  '11/desk': plain(ALL_CARDS),
  '11/guest': plain(GUEST),
  '11/kiosk': plain(WINDOW),
  '12/desk': plain(WINDOW),
  '13/tickets': { takes: TRAVEL, elsewhere: EVERYWHERE },
  '13/entry': { takes: ALL_CARDS, again: 'deny.passback', elsewhere: EVERYWHERE },
  '13/boarding': { takes: ALL_CARDS, elsewhere: EVERYWHERE },
  '13/exit': { takes: ALL_CARDS, after: '13/entry', elsewhere: EVERYWHERE },
  '14/desk': plain(WINDOW),
  '14/kiosk': plain(WINDOW),
  '15/desk': plain(WINDOW),
  '16/canteen': plain(ALL_CARDS),
  '16/door': plain(CODES_AND_CHIPS),
  '16/bathing': { takes: ALL_CARDS, bit: SENIOR, ...referred },
  '16/home-visit': plain(ALL_CARDS),
  '17/desk': plain(WINDOW),
  '18/payout': payout,
  '19/payout': payout,
  '20/payout': payout,
  '21/payout': { takes: PHYSICAL, bit: STUDENT, ...referred },
  '22/payout': payout,
  '23/payout': payout,
  '24/payout': payout,
  '25/payout': { takes: PHYSICAL, bit: SENIOR, ...referred },
  '26/payout': payout,
  '27/payout': payout,
  '28/desk': plain(WINDOW),
  '29/entry': plain(CODES_AND_CHIPS),
  '29/exit': plain(CODES_AND_CHIPS),
  '29/bus': { takes: CODES_AND_CHIPS, elsewhere: EVERYWHERE },
  '29/station': { takes: ALL_CARDS, elsewhere: EVERYWHERE },
  '30/door': plain(CODES_AND_CHIPS),
  '30/loan': { takes: WINDOW, elsewhere: { sc: DOCUMENT } },
  '31/door': plain(CODES_AND_CHIPS),
  '31/desk': plain(VISITOR),
  '32/gate': { takes: ALL_CARDS, again: 'deny.passback', elsewhere: EVERYWHERE },
  '32/tickets': { takes: TRAVEL, elsewhere: EVERYWHERE },
  '33/desk': plain(WINDOW),
  '34/payout': payout,
  '35/desk': { takes: WINDOW, bit: MEDICAL_STAFF, ...referred },
  '36/visit': plain(ALL_CARDS),
  '37/desk': { takes: WINDOW, bit: MEDICAL_STAFF, ...referred },
  '38/desk': plain(WINDOW),
  '38/release': plain(SIGNED),
  '39/desk': { takes: WINDOW, bit: MEDICAL_STAFF, ...referred },
  '40/desk': plain(WINDOW),
  '40/register': plain(HEALTH),
  '40/pharmacy': { takes: WINDOW, elsewhere: LOOKED_AT },
  '40/kiosk': plain(WINDOW),
  '41/desk': { takes: ALL_CARDS, bit: DISABLED, ...denied },
  '41/gate': { takes: CODES_AND_CHIPS, bit: DISABLED, ...denied },
  '42/desk': plain(WINDOW),
  '43/desk': plain(WINDOW),
  '44/desk': plain(ELECTRONIC),
};

/** How the city's card is shown with a family; the others are no cards of the city. */
export const MODE_OF: Readonly<Record<string, 'physical' | 'electronic'>> = {
  'transit-qr': 'electronic',
  token: 'electronic',
  'chip-oda': 'physical',
  'card-pki': 'physical',
};

/** Of a suspended card, or of a document that somebody forged, where nobody keeps its status: what is wrong, and its code. */
export const REFUSED: Readonly<Record<string, { readonly fault: string | null; readonly code: string }>> = {
  'transit-qr': { fault: null, code: 'deny.status_suspended' },
  'chip-oda': { fault: null, code: 'deny.status_suspended' },
  token: { fault: null, code: 'token.refused' },
  'card-pki': { fault: 'wrong-signer', code: 'signature.challenge' },
  mdoc: { fault: 'swapped-digest', code: 'credential.digest_mismatch' },
  'sd-jwt': { fault: 'wrong-holder', code: 'signature.key_binding' },
  hcert: { fault: 'bad-signature', code: 'signature.credential' },
  shc: { fault: 'bad-signature', code: 'signature.credential' },
};
