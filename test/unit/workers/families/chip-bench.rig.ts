/** Chip cards for negative cases: how they are made and shown, and the trust they are judged under. */
import type { ChipRsaCa } from '../../../../platform/authority/chip-rsa.ts';
import type { ChipSm2Ca } from '../../../../platform/authority/chip-sm2.ts';
import type { Edit } from '../../../../platform/authority/sm2-signing.ts';
import { lastDayIso } from '../../../../platform/calendar.ts';
import { createCity } from '../../../../platform/city.ts';
import type { ChipMode, ChipProfile, Tags } from '../../../../platform/issue/chip-card.ts';
import { type ChipPresentation, presentationAsHex } from '../../../../platform/issue/chip-presentation.ts';
import { rsaKey } from '../../../../platform/rsa.ts';
import { seeded } from '../../../../platform/seed.ts';
import { sm2Key } from '../../../../platform/sm2.ts';
import { toHex } from '../../../../workers/codecs/hex.ts';
import type { TrustDocument } from '../../../../workers/trust/document.ts';
import type { Shown } from './negatives.rig.ts';

export const NOW = Date.UTC(2026, 10, 20, 8);
export const city = createCity({ seed: 'negatives', cards: 8, now: NOW });
export const strangerSm2 = sm2Key(seeded('negatives', 'stranger', 0, 40));
export const ISSUER_EXPIRES = { year: 2034, month: 12 };

/** CAs that end in the month before their issuers' certificates do. */
const endsEarly = { year: 2027, month: 2 };
export const endingSm2Ca: ChipSm2Ca = {
  ...city.sm2.ca,
  index: 0x59,
  expires: endsEarly,
  key: sm2Key(seeded('negatives', 'ending ca', 0, 40)),
};
export const endingRsaCa: ChipRsaCa = {
  ...city.rsa.ca,
  index: 0x0a,
  expires: endsEarly,
  key: rsaKey('negatives', 'ending ca', 0, 1408, 65_537),
};
/** Like the city's, but fDDA is not enabled. */
export const slowSm2Ca: ChipSm2Ca = {
  ...city.sm2.ca,
  index: 0x58,
  key: sm2Key(seeded('negatives', 'slow ca', 0, 40)),
};

export const REVOKED_SERIAL = Uint8Array.of(0xde, 0xad, 0x01);
/** Revoked under another CA index only. */
export const SPARED_SERIAL = Uint8Array.of(0xde, 0xad, 0x02);

const base = { family: 'chip-oda', region: 'cq', rid: toHex(city.sm2.ca.rid) } as const;
const hexIndex = (index: number) => toHex(Uint8Array.of(index));
const revocation = (index: number, serial: Uint8Array) => ({
  family: 'chip-oda' as const,
  rid: base.rid,
  index: hexIndex(index),
  serial: toHex(serial),
});

export const trust: TrustDocument = {
  anchors: [
    ...city.trustDocument().anchors.filter(({ family }) => family === 'chip-oda'),
    ...[endingSm2Ca, slowSm2Ca].map(({ index, expires, key }) => ({
      ...base,
      index: hexIndex(index),
      expires: lastDayIso(expires),
      alg: 'sm2' as const,
      publicKeyHex: toHex(key.publicKey),
    })),
    {
      ...base,
      index: hexIndex(endingRsaCa.index),
      expires: lastDayIso(endingRsaCa.expires),
      alg: 'rsa',
      modulusHex: toHex(endingRsaCa.key.modulus),
      exponentHex: toHex(endingRsaCa.key.exponent),
    },
  ],
  revocations: [city.sm2.ca, city.rsa.ca].flatMap(({ index }) => [
    revocation(index, REVOKED_SERIAL),
    revocation(index + 1, SPARED_SERIAL),
  ]),
};

/** What may be changed on the way from a card to a verifier. */
export type Alter = (presentation: ChipPresentation) => ChipPresentation;

function altered(tags: Tags, tag: string, edit: Edit | Uint8Array | null): Tags {
  const { [tag]: value = new Uint8Array(), ...rest } = tags;
  if (edit === null) return rest;
  return { ...rest, [tag]: edit instanceof Uint8Array ? edit : edit(value) };
}

/** Changes, sets or (null) drops a data object of the card. */
export const withTag =
  (tag: string, edit: Edit | Uint8Array | null): Alter =>
  ({ credential, context }) => ({
    credential: { ...credential, tags: altered(credential.tags, tag, edit) },
    context,
  });

/** Changes, sets or (null) drops a data object of the terminal. */
export const withTerminal =
  (tag: string, edit: Edit | Uint8Array | null): Alter =>
  ({ credential, context }) => ({
    credential,
    context: { ...context, terminal: altered(context.terminal, tag, edit) },
  });

export const withStaticData =
  (edit: Edit): Alter =>
  ({ credential, context }) => ({
    credential: { ...credential, staticData: edit(credential.staticData) },
    context,
  });

export const withTransactionData =
  (edit: Edit | null): Alter =>
  ({ credential, context: { transactionData = new Uint8Array(), ...context } }) => ({
    credential,
    context: { ...context, ...(edit && { transactionData: edit(transactionData) }) },
  });

/** Leaves out what stands both in the static data and beside it, so that only the static data says it. */
export const staticDataOnly: Alter = (presentation) =>
  ['5A', '5F24', '5F25', '5F34', '9F4A'].reduce((made, tag) => withTag(tag, null)(made), presentation);

export const all =
  (...alters: Alter[]): Alter =>
  (presentation) =>
    alters.reduce((made, alter) => alter(made), presentation);

export const TERMINAL: Tags = {
  '9F37': Uint8Array.of(0x63, 0xaf, 0xc6, 0x00),
  '9F02': Uint8Array.of(0, 0, 0, 0, 0x02, 0),
  '5F2A': Uint8Array.of(0x01, 0x56),
};

export function asShown(presentation: ChipPresentation, atMs: number): Shown {
  return { atMs, ...presentationAsHex(presentation) };
}

/** How the cards of one algorithm are made wrong; `Card` and `Tap` are what its issuer takes. */
export interface ChipBench<Card, Tap> {
  readonly alg: 'sm2' | 'rsa';
  readonly profile: ChipProfile;
  show(options?: ShowOptions<Card, Tap>): Shown;
}

export interface ShowOptions<Card, Tap> {
  readonly card?: Card;
  readonly mode?: ChipMode;
  readonly tap?: Tap;
  readonly alter?: Alter;
  readonly atMs?: number;
}
