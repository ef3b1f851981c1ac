/** RSA chip cards that are wrong in one place each. */
import type { Code } from '../../../../config/codes.ts';
import {
  type ChipRsaCa,
  type ChipRsaIssuer,
  makeRsaIssuer,
  type RsaTamper,
} from '../../../../platform/authority/chip-rsa.ts';
import type { Edit } from '../../../../platform/authority/sm2-signing.ts';
import type { Month } from '../../../../platform/calendar.ts';
import { type ChipMode, recordsOf } from '../../../../platform/issue/chip-card.ts';
import {
  personaliseRsa,
  type RsaCardFields,
  type RsaTapOptions,
} from '../../../../platform/issue/chip-rsa.ts';
import { type RsaKey, rsaKey } from '../../../../platform/rsa.ts';
import { type CommonMakers, commonCases } from './chip-any-algorithm-cases.rig.ts';
import {
  asShown,
  type ChipBench,
  city,
  endingRsaCa,
  ISSUER_EXPIRES,
  NOW,
  TERMINAL,
  withTag,
} from './chip-bench.rig.ts';
import { append, cut, fill, flip, set } from './edits.rig.ts';
import type { Negative } from './negatives.rig.ts';

type Card = Partial<RsaCardFields>;
type Tap = Partial<RsaTapOptions>;

const { profile, identity } = city.card(1);
const key = city.rsaCardKey(1);
/** Of the length of the key it stands in for. */
const stranger = (bits: number) => rsaKey('negatives', 'stranger', bits, bits, 3);
const strangerCa = stranger(1408);
const strangerIssuer = stranger(1152);
/** Short enough to fit its certificate whole. */
const shortKey = stranger(640);
/** Too short to be taken of an issuer, and just long enough. */
const weakIssuer = stranger(1008);
const shortestIssuer = stranger(1024);

const bench: ChipBench<Card, Tap> = {
  alg: 'rsa',
  profile,
  show: ({ card = {}, mode = 'dda', tap = {}, alter, atMs = NOW } = {}) => {
    const made = personaliseRsa({ issuer: city.rsa, profile, key, serial: identity.serial, ...card });
    const presentation = made.tap({ mode, terminal: TERMINAL, ...tap });
    return asShown(alter ? alter(presentation) : presentation, atMs);
  },
};

interface IssuerChange {
  ca?: ChipRsaCa;
  expires?: Month;
  serial?: Uint8Array;
  digits?: string;
  key?: RsaKey;
  tamper?: RsaTamper;
}

/** The city's issuer under a certificate that is made as told. */
function issuer(change: IssuerChange = {}): ChipRsaIssuer {
  const { ca = city.rsa.ca, expires = ISSUER_EXPIRES, digits = city.rsa.digits, tamper } = change;
  const { serial = Uint8Array.of(0, 0, 9), key: issuerKey = city.rsa.key } = change;
  return makeRsaIssuer({ ca, digits, key: issuerKey, expires, serial, tamper });
}

const makers: CommonMakers<Card> = {
  profiled: (change) => ({ profile: { ...profile, ...change } }),
  issued: (change) => ({ issuer: issuer(change) }),
  underEndingCa: (expires) => ({
    issuer: issuer({ ca: endingRsaCa, expires }),
    profile: { ...profile, caIndex: endingRsaCa.index },
  }),
  certificateExpiring: (month, year) => ({
    tamper: { certificate: { before: set(11, bcd(month), bcd(year)) } },
  }),
  certificateForPan: (pan) => ({
    tamper: { certificate: { before: set(1, ...Buffer.from(pan.padEnd(20, 'f'), 'hex')) } },
  }),
  withStaticSignature: () => ({ staticSignature: true }),
  recorded: (edit) => ({ records: edit(recordsOf(profile)) }),
};

function bcd(value: number): number {
  return Number.parseInt(String(value), 16);
}

const against = (
  name: string,
  code: Code,
  wrong: Parameters<typeof bench.show>[0],
  control = {},
): Negative => ({
  name: `rsa: ${name}`,
  code,
  wrong: bench.show(wrong),
  control: bench.show(control),
});

/** Both certificates have the same fields, the card's behind a longer number. */
interface Certificate {
  readonly tag: string;
  readonly remainder: string;
  readonly exponent: string;
  readonly numberBytes: number;
  readonly signature: Code;
  readonly tampered: (tamper: RsaTamper) => Card;
}
const issuerCertificate: Certificate = {
  tag: '90',
  remainder: '92',
  exponent: '9F32',
  numberBytes: 4,
  signature: 'signature.issuer_certificate',
  tampered: (tamper) => ({ issuer: issuer({ tamper }) }),
};
const cardCertificate: Certificate = {
  tag: '9F46',
  remainder: '9F48',
  exponent: '9F47',
  numberBytes: 10,
  signature: 'signature.card_certificate',
  tampered: (certificate) => ({ tamper: { certificate } }),
};

function certificateChanged({ tag, remainder, exponent, signature }: Certificate): Negative[] {
  const changed = (name: string, code: Code, on: string, edit: Edit | Uint8Array | null) =>
    against(`${on} changed afterwards: ${name}`, code, { alter: withTag(on, edit) });
  return [
    changed('first byte', signature, tag, set(0, 0x01)),
    changed('a byte in the middle', signature, tag, flip(60)),
    changed('last byte', signature, tag, flip(-1)),
    changed('zeros', signature, tag, fill(0, 999, 0)),
    changed('not below the modulus', signature, tag, fill(0, 999, 0xff)),
    changed('one byte short', 'credential.truncated', tag, cut()),
    changed('one byte long', 'credential.trailing', tag, append(0)),
    changed('a byte', signature, remainder, flip(0)),
    changed('one byte short', signature, remainder, cut()),
    changed('one byte long', signature, remainder, append(0)),
    changed('gone', signature, remainder, null),
    changed('another usual one', signature, exponent, Uint8Array.of(1, 0, 1)),
    changed('an unusual one', 'key.invalid', exponent, Uint8Array.of(5)),
    changed('with a leading zero', 'key.invalid', exponent, Uint8Array.of(0, 3)),
    changed('gone', 'credential.data_missing', exponent, null),
  ];
}

function certificateSigned({ tag, numberBytes, signature, tampered }: Certificate): Negative[] {
  const wrong = (name: string, code: Code, tamper: RsaTamper) =>
    against(`${tag} signed correctly: ${name}`, code, { card: tampered(tamper) }, { card: tampered({}) });
  const algorithms = 1 + numberBytes + 5;
  return [
    wrong('block header', signature, { block: flip(0) }),
    wrong('block trailer', signature, { block: flip(-1) }),
    wrong('hash', signature, { block: flip(-2) }),
    wrong('a field after hashing', signature, { block: flip(3) }),
    wrong('format', 'credential.malformed', { before: flip(0) }),
    wrong('number that is no digits', 'credential.malformed', { before: set(1, 0xa6) }),
    wrong('hash algorithm', 'credential.algorithm_unsupported', { before: set(algorithms, 0x02) }),
    wrong('key algorithm', 'credential.algorithm_unsupported', { before: set(algorithms + 1, 0x04) }),
    wrong('key length of zero', 'credential.malformed', { before: set(algorithms + 2, 0) }),
    wrong('key length one more', 'credential.truncated', {
      before: (b) => set(algorithms + 2, (b[algorithms + 2] ?? 0) + 1)(b),
    }),
    wrong('key length one less', 'credential.trailing', {
      before: (b) => set(algorithms + 2, (b[algorithms + 2] ?? 0) - 1)(b),
    }),
    wrong('exponent length', 'credential.malformed', { before: set(algorithms + 3, 3) }),
    wrong('key without its leftmost bit', 'key.invalid', { before: flip(algorithms + 4, 0x80) }),
  ];
}

const withShortKey = (before: Edit): Card => ({ key: shortKey, tamper: { certificate: { before } } });
const otherKeys: Negative[] = [
  against(
    'issuer certificate by a stranger',
    'signature.issuer_certificate',
    { card: { issuer: issuer({ tamper: { signer: strangerCa } }) } },
    { card: { issuer: issuer() } },
  ),
  against(
    'issuer certificate by another CA',
    'signature.issuer_certificate',
    { card: { issuer: issuer({ tamper: { signer: endingRsaCa.key } }) } },
    { card: { issuer: issuer() } },
  ),
  against('CA index of another CA', 'signature.issuer_certificate', {
    alter: withTag('8F', Uint8Array.of(endingRsaCa.index)),
  }),
  against('CA index of an SM2 CA', 'credential.trailing', {
    alter: withTag('8F', Uint8Array.of(city.sm2.ca.index)),
  }),
  against(
    'issuer key below 1,024 bits',
    'key.too_short',
    { card: { issuer: issuer({ key: weakIssuer }), key: shortKey } },
    { card: { issuer: issuer({ key: shortestIssuer }), key: shortKey } },
  ),
  against('card certificate by a stranger', 'signature.card_certificate', {
    card: { tamper: { certificate: { signer: strangerIssuer } } },
  }),
  against('card certificate by the CA', 'credential.trailing', {
    card: { issuer: { ...city.rsa, key: city.rsa.ca.key } },
  }),
  against("another card's certificate", 'signature.card_certificate', {
    alter: withTag('9F46', city.card(3).chip.tags['9F46'] ?? null),
  }),
  against("another card's signature", 'signature.dynamic_data', {
    tap: { tamper: { signer: city.rsaCardKey(3) } },
  }),
  against('signature by the issuer', 'credential.trailing', {
    tap: { tamper: { signer: city.rsa.key, block: (block) => append(...new Uint8Array(16))(block) } },
  }),
  against(
    'static signature by a stranger',
    'signature.static_data',
    { card: { staticSignature: true, tamper: { staticSignature: { signer: strangerIssuer } } } },
    { card: { staticSignature: true } },
  ),
  against(
    'static signature of another format',
    'credential.malformed',
    { card: { staticSignature: true, tamper: { staticSignature: { before: set(0, 0x05) } } } },
    { card: { staticSignature: true } },
  ),
  against(
    'static signature with other padding',
    'credential.malformed',
    { card: { staticSignature: true, tamper: { staticSignature: { before: set(-1, 0) } } } },
    { card: { staticSignature: true } },
  ),
  against(
    'static signature of another hash algorithm',
    'credential.algorithm_unsupported',
    { card: { staticSignature: true, tamper: { staticSignature: { before: set(1, 2) } } } },
    { card: { staticSignature: true } },
  ),
  against(
    'short card key with other padding',
    'credential.malformed',
    { card: withShortKey(set(-1, 0)) },
    { card: withShortKey((bytes) => bytes) },
  ),
  against(
    'short card key with a remainder',
    'signature.card_certificate',
    { card: { key: shortKey }, alter: withTag('9F48', Uint8Array.of(1)) },
    { card: { key: shortKey } },
  ),
];

const dynamicChanged = (mode: ChipMode, name: string, code: Code, edit: Edit) =>
  against(`${mode} 9F4B changed afterwards: ${name}`, code, { mode, alter: withTag('9F4B', edit) }, { mode });
const dynamicSigned = (mode: ChipMode, name: string, code: Code, tamper: RsaTamper) =>
  against(`${mode} 9F4B signed correctly: ${name}`, code, { mode, tap: { tamper } }, { mode });

const modes = ['dda', 'cda', 'fdda'] as const;
const dynamic: Negative[] = [
  ...modes.flatMap((mode) => [
    dynamicChanged(mode, 'first byte', 'signature.dynamic_data', set(0, 0x01)),
    dynamicChanged(mode, 'last byte', 'signature.dynamic_data', flip(-1)),
    dynamicChanged(mode, 'one byte short', 'credential.truncated', cut()),
    dynamicChanged(mode, 'one byte long', 'credential.trailing', append(0)),
    dynamicSigned(mode, 'block header', 'signature.dynamic_data', { block: flip(0) }),
    dynamicSigned(mode, 'block trailer', 'signature.dynamic_data', { block: flip(-1) }),
    dynamicSigned(mode, 'hash', 'signature.dynamic_data', { block: flip(-2) }),
    dynamicSigned(mode, 'format', 'credential.malformed', { before: set(0, 0x03) }),
    dynamicSigned(mode, 'hash algorithm', 'credential.algorithm_unsupported', { before: set(1, 0x02) }),
    dynamicSigned(mode, 'data length one less', 'credential.malformed', {
      before: (b) => set(2, (b[2] ?? 0) - 1)(b),
    }),
    dynamicSigned(mode, 'data longer than the block', 'credential.malformed', { before: set(2, 0xff) }),
    dynamicSigned(mode, 'padding', 'credential.malformed', { before: set(-1, 0) }),
    dynamicSigned(mode, 'dynamic number length of one byte', 'credential.malformed', { before: set(3, 1) }),
    dynamicSigned(mode, 'dynamic number longer than the data', 'credential.malformed', {
      before: set(3, 60),
    }),
  ]),
  dynamicSigned('cda', 'cryptogram that declines', 'credential.malformed', { before: set(6, 0x00) }),
  dynamicSigned('cda', 'another transaction hash', 'signature.transaction_hash', { before: flip(15) }),
  against('dda: no terminal data signed', 'signature.dynamic_data', {
    tap: { tamper: { terminalData: () => new Uint8Array() } },
  }),
  against(
    'fdda: unpredictable number alone signed',
    'signature.dynamic_data',
    { mode: 'fdda', tap: { tamper: { terminalData: (bytes) => bytes.slice(0, 4) } } },
    { mode: 'fdda' },
  ),
  against('signed profile differs', 'signature.card_certificate', { alter: withTag('82', flip(0)) }),
  against('signed profile gone', 'credential.data_missing', { alter: withTag('82', null) }),
  against('signed profile cut', 'credential.truncated', { alter: withTag('82', cut()) }),
  against('tag list of another tag', 'credential.malformed', { alter: withTag('9F4A', Uint8Array.of(0x84)) }),
];

export const chipRsaCases: readonly Negative[] = [
  ...certificateChanged(issuerCertificate),
  ...certificateChanged(cardCertificate),
  ...certificateSigned(issuerCertificate),
  ...certificateSigned(cardCertificate),
  ...otherKeys,
  ...dynamic,
  ...commonCases(bench, makers),
];
