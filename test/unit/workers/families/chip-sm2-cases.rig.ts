/** SM2 chip cards that are wrong in one place each. */
import type { Code } from '../../../../config/codes.ts';
import {
  type ChipSm2Ca,
  type ChipSm2Issuer,
  makeSm2Issuer,
} from '../../../../platform/authority/chip-sm2.ts';
import type { Edit, Sm2Tamper } from '../../../../platform/authority/sm2-signing.ts';
import type { Month } from '../../../../platform/calendar.ts';
import { sm2CardKey } from '../../../../platform/cards/card.ts';
import { type ChipMode, type ChipProfile, recordsOf } from '../../../../platform/issue/chip-card.ts';
import {
  personaliseSm2,
  type Sm2CardFields,
  type Sm2TapOptions,
} from '../../../../platform/issue/chip-sm2.ts';
import { type CommonMakers, commonCases } from './chip-any-algorithm-cases.rig.ts';
import {
  asShown,
  type ChipBench,
  city,
  endingSm2Ca,
  ISSUER_EXPIRES,
  NOW,
  slowSm2Ca,
  strangerSm2,
  TERMINAL,
  withTag,
} from './chip-bench.rig.ts';
import { append, cut, exchange, fill, flip, set } from './edits.rig.ts';
import type { Negative } from './negatives.rig.ts';

type Card = Partial<Sm2CardFields>;
type Tap = Partial<Sm2TapOptions>;

const { profile, identity } = city.card(0);
const key = sm2CardKey(city.seed, 0);
const neighbourKey = sm2CardKey(city.seed, 2);

const bench: ChipBench<Card, Tap> = {
  alg: 'sm2',
  profile,
  show: ({ card = {}, mode = 'dda', tap = {}, alter, atMs = NOW } = {}) => {
    const made = personaliseSm2({ issuer: city.sm2, profile, key, serial: identity.serial, ...card });
    const presentation = made.tap({ mode, terminal: TERMINAL, ...tap });
    return asShown(alter ? alter(presentation) : presentation, atMs);
  },
};

interface IssuerChange {
  ca?: ChipSm2Ca;
  expires?: Month;
  serial?: Uint8Array;
  digits?: string;
  tamper?: Sm2Tamper;
}

/** The city's issuer under a certificate that is made as told, its key unchanged. */
function issuer(change: IssuerChange = {}): ChipSm2Issuer {
  const { ca = city.sm2.ca, expires = ISSUER_EXPIRES, digits = city.sm2.digits, tamper } = change;
  const { serial = Uint8Array.of(0, 0, 9) } = change;
  return makeSm2Issuer({ ca, digits, key: city.sm2.key, expires, serial, tamper });
}

function underCa(ca: ChipSm2Ca, expires = ISSUER_EXPIRES): Card {
  return { issuer: issuer({ ca, expires }), profile: { ...profile, caIndex: ca.index } };
}

const makers: CommonMakers<Card> = {
  profiled: (change: Partial<ChipProfile>) => ({ profile: { ...profile, ...change } }),
  issued: (change) => ({ issuer: issuer(change) }),
  underEndingCa: (expires) => underCa(endingSm2Ca, expires),
  certificateExpiring: (month, year) => ({
    tamper: { certificate: { before: set(11, ...bcd(month), ...bcd(year)) } },
  }),
  certificateForPan: (pan) => ({
    tamper: { certificate: { before: set(1, ...Buffer.from(pan.padEnd(20, 'f'), 'hex')) } },
  }),
  withStaticSignature: () => ({ staticSignature: true }),
  recorded: (edit) => ({ records: edit(recordsOf(profile)) }),
};

function bcd(value: number): number[] {
  return [Number.parseInt(String(value), 16)];
}

const against = (
  name: string,
  code: Code,
  wrong: Parameters<typeof bench.show>[0],
  control = {},
): Negative => ({
  name: `sm2: ${name}`,
  code,
  wrong: bench.show(wrong),
  control: bench.show(control),
});

const certificateChanged = (tag: '90' | '9F46', name: string, code: Code, edit: Edit) =>
  against(`${tag} changed afterwards: ${name}`, code, { alter: withTag(tag, edit) });
const issuerSigned = (name: string, code: Code, before: Edit) =>
  against(
    `90 signed correctly: ${name}`,
    code,
    { card: { issuer: issuer({ tamper: { before } }) } },
    { card: { issuer: issuer() } },
  );
const cardSigned = (name: string, code: Code, before: Edit) =>
  against(`9F46 signed correctly: ${name}`, code, { card: { tamper: { certificate: { before } } } });

/** Both certificates have the same fields, the card's behind a longer number. */
function certificateFields(tag: '90' | '9F46', numberBytes: number, signature: Code): Negative[] {
  const changed = (name: string, code: Code, edit: Edit) => certificateChanged(tag, name, code, edit);
  const expiry = 1 + numberBytes;
  const algorithms = expiry + 5;
  const publicKey = algorithms + 4;
  return [
    changed('format', 'credential.malformed', flip(0)),
    changed('number', signature, flip(2)),
    changed('number that is no digits', 'credential.malformed', set(1, 0xa2)),
    changed('number of filling only', 'credential.malformed', fill(1, expiry, 0xff)),
    changed('expiry year', signature, flip(expiry + 1)),
    changed('expiry that is no month', 'credential.malformed', set(expiry, 0x00)),
    changed('serial', signature, flip(expiry + 4)),
    changed('signature algorithm', 'credential.algorithm_unsupported', flip(algorithms)),
    changed('encryption algorithm', 'credential.algorithm_unsupported', flip(algorithms + 1)),
    changed('parameter', signature, flip(algorithms + 2)),
    changed('key length one more', 'credential.malformed', set(algorithms + 3, 0x41)),
    changed('key length one less', 'credential.malformed', set(algorithms + 3, 0x3f)),
    changed('key off the curve', 'key.invalid', flip(publicKey + 63)),
    changed('key of zeros', 'key.invalid', fill(publicKey, publicKey + 64, 0)),
    changed('key not below p', 'key.invalid', fill(publicKey, publicKey + 32, 0xff)),
    changed('key of a stranger', signature, set(publicKey, ...strangerSm2.publicKey)),
    changed('signature r', signature, flip(publicKey + 64)),
    changed('signature s', signature, flip(-1)),
    changed('signature of zeros', signature, fill(publicKey + 64, publicKey + 128, 0)),
    changed('r and s exchanged', signature, exchange(publicKey + 64, publicKey + 96, 32)),
    changed('one byte short', 'credential.truncated', cut()),
    changed('one byte long', 'credential.trailing', append(0)),
    changed('empty', 'credential.truncated', () => new Uint8Array()),
  ];
}

const signedButWrong: Negative[] = [
  issuerSigned('format of a card certificate', 'credential.malformed', set(0, 0x14)),
  issuerSigned('signature algorithm', 'credential.algorithm_unsupported', set(10, 0x01)),
  issuerSigned('encryption algorithm', 'credential.algorithm_unsupported', set(11, 0x04)),
  issuerSigned('key length', 'credential.malformed', set(13, 0x20)),
  issuerSigned('key off the curve', 'key.invalid', flip(77)),
  issuerSigned('issuer number with a hole', 'credential.malformed', set(2, 0xf9)),
  cardSigned('format of an issuer certificate', 'credential.malformed', set(0, 0x12)),
  cardSigned('signature algorithm', 'credential.algorithm_unsupported', set(16, 0x00)),
  cardSigned('encryption algorithm', 'credential.algorithm_unsupported', set(17, 0x01)),
  cardSigned('key length', 'credential.malformed', set(19, 0x41)),
  cardSigned('key off the curve', 'key.invalid', flip(83)),
];

const otherKeys: Negative[] = [
  against(
    'issuer certificate by a stranger',
    'signature.issuer_certificate',
    { card: { issuer: issuer({ tamper: { signer: strangerSm2 } }) } },
    { card: { issuer: issuer() } },
  ),
  against(
    'issuer certificate by another CA',
    'signature.issuer_certificate',
    { card: { issuer: issuer({ tamper: { signer: slowSm2Ca.key } }) } },
    { card: { issuer: issuer() } },
  ),
  against('CA index of another CA', 'signature.issuer_certificate', {
    alter: withTag('8F', Uint8Array.of(slowSm2Ca.index)),
  }),
  against('CA index of an RSA CA', 'credential.data_missing', {
    alter: withTag('8F', Uint8Array.of(city.rsa.ca.index)),
  }),
  against('card certificate by a stranger', 'signature.card_certificate', {
    card: { tamper: { certificate: { signer: strangerSm2 } } },
  }),
  against('card certificate by the CA', 'signature.card_certificate', {
    card: { tamper: { certificate: { signer: city.sm2.ca.key } } },
  }),
  against("another card's certificate", 'signature.card_certificate', {
    alter: withTag('9F46', city.card(2).chip.tags['9F46'] ?? null),
  }),
  against("another card's signature", 'signature.dynamic_data', {
    tap: { tamper: { signer: neighbourKey } },
  }),
  against('signature by the issuer', 'signature.dynamic_data', { tap: { tamper: { signer: city.sm2.key } } }),
  against(
    'static signature by a stranger',
    'signature.static_data',
    { card: { staticSignature: true, tamper: { staticSignature: { signer: strangerSm2 } } } },
    { card: { staticSignature: true } },
  ),
  against(
    'static signature by the card',
    'signature.static_data',
    { card: { staticSignature: true, tamper: { staticSignature: { signer: key } } } },
    { card: { staticSignature: true } },
  ),
  against(
    'static signature of another format',
    'credential.malformed',
    { card: { staticSignature: true, tamper: { staticSignature: { before: set(0, 0x15) } } } },
    { card: { staticSignature: true } },
  ),
];

const otherId = Uint8Array.of(...Buffer.from('1234567812345679'));
const otherIds: Negative[] = [
  against(
    'issuer certificate under another ID',
    'signature.issuer_certificate',
    { card: { issuer: issuer({ tamper: { id: otherId } }) } },
    { card: { issuer: issuer() } },
  ),
  against('card certificate under another ID', 'signature.card_certificate', {
    card: { tamper: { certificate: { id: otherId } } },
  }),
  against(
    'static signature under another ID',
    'signature.static_data',
    { card: { staticSignature: true, tamper: { staticSignature: { id: otherId } } } },
    { card: { staticSignature: true } },
  ),
  against('dynamic signature under another ID', 'signature.dynamic_data', {
    tap: { tamper: { id: otherId } },
  }),
  against('dynamic signature under no ID', 'signature.dynamic_data', {
    tap: { tamper: { id: new Uint8Array() } },
  }),
];

const dynamicChanged = (mode: ChipMode, name: string, code: Code, edit: Edit) =>
  against(`${mode} 9F4B changed afterwards: ${name}`, code, { mode, alter: withTag('9F4B', edit) }, { mode });
const dynamicSigned = (mode: ChipMode, name: string, code: Code, before: Edit) =>
  against(`${mode} 9F4B signed correctly: ${name}`, code, { mode, tap: { tamper: { before } } }, { mode });

const modes = ['dda', 'cda', 'fdda'] as const;
const dynamic: Negative[] = [
  ...modes.flatMap((mode) => [
    dynamicChanged(mode, 'format', 'credential.malformed', flip(0)),
    dynamicChanged(mode, 'data length one more', 'credential.truncated', (bytes) =>
      set(1, (bytes[1] ?? 0) + 1)(bytes),
    ),
    dynamicChanged(mode, 'data length one less', 'credential.trailing', (bytes) =>
      set(1, (bytes[1] ?? 0) - 1)(bytes),
    ),
    dynamicChanged(mode, 'dynamic number', 'signature.dynamic_data', flip(4)),
    dynamicChanged(mode, 'signature r', 'signature.dynamic_data', flip(-64)),
    dynamicChanged(mode, 'signature s', 'signature.dynamic_data', flip(-1)),
    dynamicChanged(mode, 'one byte short', 'credential.truncated', cut()),
    dynamicChanged(mode, 'one byte long', 'credential.trailing', append(0)),
    dynamicSigned(mode, 'format of a certificate', 'credential.malformed', set(0, 0x14)),
    dynamicSigned(mode, 'dynamic number length of one byte', 'credential.malformed', set(2, 1)),
    dynamicSigned(mode, 'dynamic number longer than the data', 'credential.malformed', set(2, 60)),
  ]),
  dynamicSigned('dda', 'no dynamic data', 'credential.malformed', () => Uint8Array.of(0x15, 0)),
  dynamicSigned('cda', 'cryptogram that declines', 'credential.malformed', set(5, 0x00)),
  dynamicSigned('cda', 'reserved cryptogram type', 'credential.malformed', set(5, 0xc0)),
  dynamicSigned('cda', 'another transaction hash', 'signature.transaction_hash', flip(14)),
  dynamicSigned('cda', 'transaction hash one byte short', 'credential.malformed', (bytes) =>
    set(1, 0x2b)(cut()(bytes)),
  ),
  against('dda: no terminal data signed', 'signature.dynamic_data', {
    tap: { tamper: { terminalData: () => new Uint8Array() } },
  }),
  against(
    'fdda: unpredictable number alone signed',
    'signature.dynamic_data',
    { mode: 'fdda', tap: { tamper: { terminalData: (bytes) => bytes.slice(0, 4) } } },
    { mode: 'fdda' },
  ),
  against(
    'fdda where the anchor does not enable it',
    'credential.mode_disabled',
    { mode: 'fdda', card: underCa(slowSm2Ca) },
    { mode: 'dda', card: underCa(slowSm2Ca) },
  ),
];

export const chipSm2Cases: readonly Negative[] = [
  ...certificateFields('90', 4, 'signature.issuer_certificate'),
  ...certificateFields('9F46', 10, 'signature.card_certificate'),
  ...signedButWrong,
  ...otherKeys,
  ...otherIds,
  ...dynamic,
  ...commonCases(bench, makers),
];
