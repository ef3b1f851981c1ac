/** Ride codes that the platform's issuer made wrong in one place each. */
import { expect, it } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import type { Edit, Sm2Tamper } from '../../../../platform/authority/sm2-signing.ts';
import {
  makeTransitCa,
  makeTransitCertificate,
  type TransitCa,
  type TransitIssuer,
} from '../../../../platform/authority/transit.ts';
import { numberToBytes } from '../../../../platform/bytes.ts';
import type { Month } from '../../../../platform/calendar.ts';
import { createCity } from '../../../../platform/city.ts';
import {
  type RideCodeOptions,
  rideCode,
  type TransitAccount,
} from '../../../../platform/issue/transit-qr.ts';
import { seeded } from '../../../../platform/seed.ts';
import { DEFAULT_ID, sm2Key } from '../../../../platform/sm2.ts';
import { toHex } from '../../../../workers/codecs/hex.ts';
import type { TrustDocument } from '../../../../workers/trust/document.ts';
import { append, cut, exchange, fill, flip, set } from './edits.rig.ts';
import { describeNegatives, type Negative, type Shown } from './negatives.rig.ts';

const NOW = Date.UTC(2026, 10, 20, 8);
const CUSTOM = Uint8Array.of(0x40, 0x04, 1, 2, 3);
/** Offsets after the custom field. */
const AUTHORISATION_SIGNATURE = 198 + CUSTOM.length;
const GENERATED = AUTHORISATION_SIGNATURE + 65;
const USER_SIGNATURE = GENERATED + 4;

const city = createCity({ seed: 'negatives', cards: 8, now: NOW });
const [account, neighbour] = [city.card(0).transit, city.card(1).transit];
const localAccount = city.card(2).transit;
const strangerKey = sm2Key(seeded('negatives', 'stranger', 0, 40));

/** X of no point of the curve. */
const NO_POINT = numberToBytes(2, 32);

/** A CA under an index of its own that ends in the month before its issuers' certificates do. */
const endingCa = makeTransitCa({
  key: sm2Key(seeded('negatives', 'ending ca', 0, 40)),
  service: city.transitCa.service,
  index: 2,
  expires: { year: 2027, month: 2 },
});
const closedCa = makeTransitCa({
  key: sm2Key(seeded('negatives', 'closed ca', 0, 40)),
  service: city.transitCa.service,
  index: 3,
  expires: { year: 2035, month: 12 },
});

const cityTrust = city.trustDocument();
const trust: TrustDocument = {
  anchors: [
    ...cityTrust.anchors.filter(({ family }) => family === 'transit-qr'),
    { family: 'transit-qr', region: 'cq', caRecordHex: toHex(endingCa.record) },
    {
      family: 'transit-qr',
      region: 'cq',
      caRecordHex: toHex(closedCa.record),
      issuers: [{ issuerId: toHex(city.interoperable.issuerId) }],
      onlyNamedIssuers: true,
    },
  ],
};

/** The city's issuer under a certificate that is made as told, its key unchanged. */
function certified(change: {
  ca?: TransitCa;
  expires?: Month;
  issuerId?: Uint8Array;
  localIds?: boolean;
  tamper?: Sm2Tamper;
  base?: TransitIssuer;
}): TransitAccount {
  const { base = city.interoperable, ca = city.transitCa, issuerId = base.issuerId } = change;
  const { expires = { year: 2034, month: 12 }, localIds = base.version === 0x81, tamper } = change;
  const serial = Uint8Array.of(0, 1, 2);
  const certificate = makeTransitCertificate({
    ca,
    key: base.key,
    issuerId,
    serial,
    expires,
    localIds,
    tamper,
  });
  return { ...(base === city.local ? localAccount : account), issuer: { ...base, issuerId, certificate } };
}

function shown(options: Partial<RideCodeOptions> = {}, atMs = NOW, edit: Edit = (bytes) => bytes): Shown {
  const code = edit(rideCode({ account, nowMs: NOW, custom: CUSTOM, ...options }));
  return { atMs, credential: { hex: toHex(code) }, context: {} };
}

const control = shown();
const localControl = shown({ account: localAccount });

const against = (name: string, code: Code, wrong: Shown, beside = control): Negative => ({
  name,
  code,
  wrong,
  control: beside,
});

/** The control with bytes changed after the user signed. */
const changed = (name: string, code: Code, edit: Edit) =>
  against(`changed afterwards: ${name}`, code, shown({}, NOW, edit));
/** Signed by everybody as it stands. */
const signed = (name: string, code: Code, options: Partial<RideCodeOptions>, beside = control) =>
  against(`signed correctly: ${name}`, code, shown(options), beside);
const certifiedControl = shown({ account: certified({}) });
const certificateSigned = (name: string, code: Code, before: Edit) =>
  signed(`certificate with ${name}`, code, { account: certified({ tamper: { before } }) }, certifiedControl);
const authorisationSigned = (name: string, code: Code, before: Edit) =>
  signed(name, code, { tamper: { authorisation: { before } } });

/** Offsets within fields 3 to 14, which start at byte 3 of the code. */
const authorised = (offset: number) => offset - 3;

const fieldsChanged: Negative[] = [
  changed('version below 80', 'credential.malformed', set(0, 0x7f)),
  changed('version above 81', 'credential.version_unsupported', set(0, 0x82)),
  changed('version of the local profile', 'credential.version_unsupported', set(0, 0x81)),
  changed('length one more', 'credential.truncated', flip(2, 0x01)),
  changed('length one less', 'credential.trailing', set(1, 0x01, 0x4d)),
  changed('length of less than all fields', 'credential.malformed', set(1, 0x01, 0x48)),
  changed('length of more than all fields', 'credential.oversized', set(1, 0x01, 0x6a)),
  changed('certificate header', 'credential.malformed', flip(3)),
  changed('service id', 'trust.ca_unknown', flip(7)),
  changed('CA index of no CA', 'trust.ca_unknown', set(8, 9)),
  changed('CA index of another CA', 'signature.issuer_certificate', set(8, 3)),
  changed('certificate format', 'credential.malformed', flip(9)),
  changed('certificate issuer', 'credential.identity_mismatch', flip(13)),
  changed('certificate expiry month', 'signature.issuer_certificate', set(14, 0x11)),
  changed('certificate expiry year', 'signature.issuer_certificate', flip(15)),
  changed('certificate expiry that is no month', 'credential.malformed', set(14, 0x13)),
  changed('certificate serial', 'signature.issuer_certificate', flip(18)),
  changed('certificate signature algorithm', 'credential.algorithm_unsupported', flip(19)),
  changed('certificate encryption algorithm', 'credential.algorithm_unsupported', flip(20)),
  changed('certificate parameter', 'signature.issuer_certificate', flip(21)),
  changed('certificate key length one more', 'credential.malformed', set(22, 0x22)),
  changed('certificate key length one less', 'credential.malformed', set(22, 0x20)),
  changed('certificate key of the other sign', 'signature.issuer_certificate', flip(23)),
  changed('certificate key of no form', 'key.invalid', set(23, 0x04)),
  changed('certificate key not below p', 'key.invalid', fill(24, 56, 0xff)),
  changed('certificate signature r', 'signature.issuer_certificate', flip(56)),
  changed('certificate signature s', 'signature.issuer_certificate', flip(119)),
  changed('certificate signature of zeros', 'signature.issuer_certificate', fill(56, 120, 0)),
  changed('payment account', 'signature.authorisation', flip(120)),
  changed('payment account that is no text', 'credential.malformed', set(120, 0x07)),
  changed('user account', 'signature.authorisation', flip(144, 0x10)),
  changed('user account of filling only', 'credential.malformed', fill(136, 146, 0xff)),
  changed('issuer code', 'credential.identity_mismatch', flip(149)),
  changed('platform number', 'signature.authorisation', flip(153)),
  changed('account type', 'signature.authorisation', set(154, 0x03 ^ account.accountType)),
  changed('limit', 'signature.authorisation', flip(155)),
  changed('user key of the other sign', 'signature.authorisation', flip(158)),
  changed('user key of no form', 'key.invalid', set(158, 0x00)),
  changed('user key not below p', 'key.invalid', fill(159, 191, 0xff)),
  changed('user key off the curve', 'key.invalid', set(159, ...NO_POINT)),
  changed('authorisation expiry', 'signature.authorisation', flip(194)),
  changed('validity', 'signature.authorisation', flip(196)),
  changed('custom field length one more', 'credential.malformed', set(197, 6)),
  changed('custom field length one less', 'credential.malformed', set(197, 4)),
  changed('custom field', 'signature.authorisation', flip(198)),
  changed('authorisation signature mark', 'credential.malformed', flip(AUTHORISATION_SIGNATURE)),
  changed('authorisation signature r', 'signature.authorisation', flip(AUTHORISATION_SIGNATURE + 1)),
  changed('authorisation signature s', 'signature.authorisation', flip(AUTHORISATION_SIGNATURE + 64)),
  changed('generation time', 'signature.user', flip(GENERATED + 3)),
  changed('user signature mark', 'credential.malformed', flip(USER_SIGNATURE)),
  changed('user signature r', 'signature.user', flip(USER_SIGNATURE + 1)),
  changed('user signature s', 'signature.user', flip(USER_SIGNATURE + 64)),
  changed('user signature of zeros', 'signature.user', fill(USER_SIGNATURE + 1, USER_SIGNATURE + 65, 0)),
  changed('user signature of ones', 'signature.user', fill(USER_SIGNATURE + 1, USER_SIGNATURE + 65, 0xff)),
  changed('r and s exchanged', 'signature.user', exchange(USER_SIGNATURE + 1, USER_SIGNATURE + 33, 32)),
  changed(
    'both signatures exchanged',
    'signature.authorisation',
    exchange(AUTHORISATION_SIGNATURE, USER_SIGNATURE, 65),
  ),
];

const lengths: Negative[] = [
  changed('one byte short', 'credential.truncated', cut()),
  changed('one byte long', 'credential.trailing', append(0)),
  changed('twice', 'credential.oversized', (bytes) => append(...bytes)(bytes)),
  changed('two bytes only', 'credential.truncated', (bytes) => bytes.slice(0, 2)),
  changed('nothing at all', 'credential.truncated', () => new Uint8Array()),
  changed('header only', 'credential.truncated', (bytes) => bytes.slice(0, 3)),
  against(
    'signed correctly: length one more',
    'credential.truncated',
    shown({ tamper: { code: { before: set(1, 0x01, 0x4f) } } }),
  ),
  against(
    'signed correctly: length one less',
    'credential.trailing',
    shown({ tamper: { code: { before: set(1, 0x01, 0x4d) } } }),
  ),
  authorisationSigned('custom field length one more', 'credential.malformed', set(authorised(197), 6)),
  authorisationSigned('custom field length one less', 'credential.malformed', set(authorised(197), 4)),
  signed(
    'custom field of 33 bytes',
    'credential.oversized',
    { custom: new Uint8Array(33) },
    shown({ custom: new Uint8Array(32) }),
  ),
  certificateSigned('key length one more', 'credential.malformed', set(19, 0x22)),
  certificateSigned('key length one less', 'credential.malformed', set(19, 0x20)),
];

const signedButWrong: Negative[] = [
  signed('version below 80', 'credential.malformed', { version: 0x7f }),
  signed('version above 81', 'credential.version_unsupported', { version: 0x82 }),
  signed('version FF', 'credential.version_unsupported', { version: 0xff }),
  signed('local profile of an issuer without it', 'credential.version_unsupported', {
    account: certified({ localIds: true }),
    version: 0x81,
  }),
  certificateSigned('another format', 'credential.malformed', set(6, 0x13)),
  certificateSigned('an expiry of month 00', 'credential.malformed', set(11, 0x00)),
  certificateSigned('an expiry that is no digits', 'credential.malformed', set(12, 0x3a)),
  certificateSigned('another signature algorithm', 'credential.algorithm_unsupported', set(16, 0x01)),
  certificateSigned('another encryption algorithm', 'credential.algorithm_unsupported', set(17, 0x00)),
  certificateSigned('a key not below p', 'key.invalid', fill(21, 53, 0xff)),
  certificateSigned('a key off the curve', 'key.invalid', set(21, ...NO_POINT)),
  certificateSigned('a key of no form', 'key.invalid', set(20, 0x04)),
  certificateSigned('another issuer', 'credential.identity_mismatch', flip(10)),
  authorisationSigned('another issuer code', 'credential.identity_mismatch', flip(authorised(149))),
  authorisationSigned('payment account that is no text', 'credential.malformed', set(authorised(121), 0x80)),
  authorisationSigned(
    'user account of filling only',
    'credential.malformed',
    fill(authorised(136), authorised(146), 0xff),
  ),
  authorisationSigned('user key of no form', 'key.invalid', set(authorised(158), 0x05)),
  authorisationSigned('user key not below p', 'key.invalid', fill(authorised(159), authorised(191), 0xff)),
  signed('good for no time', 'credential.malformed', { validity_s: 0 }),
];

const swapped: Negative[] = [
  signed(
    'certificate by a stranger',
    'signature.issuer_certificate',
    { account: certified({ tamper: { signer: strangerKey } }) },
    certifiedControl,
  ),
  signed(
    'certificate by another CA of the trust',
    'signature.issuer_certificate',
    { account: certified({ tamper: { signer: closedCa.key } }) },
    certifiedControl,
  ),
  signed('authorisation by a stranger', 'signature.authorisation', {
    tamper: { authorisation: { signer: strangerKey } },
  }),
  signed('authorisation by another issuer', 'signature.authorisation', {
    tamper: { authorisation: { signer: city.local.key } },
  }),
  signed('authorisation by the user', 'signature.authorisation', {
    tamper: { authorisation: { signer: account.key } },
  }),
  signed('code by another phone', 'signature.user', { tamper: { code: { signer: neighbour.key } } }),
  signed('code by the issuer', 'signature.user', { tamper: { code: { signer: account.issuer.key } } }),
  signed("another phone's key authorised", 'signature.user', {
    account: { ...account, key: neighbour.key },
    tamper: { code: { signer: account.key } },
  }),
  changed("another card's authorisation", 'signature.user', (bytes) => {
    const other = rideCode({ account: neighbour, nowMs: NOW, custom: CUSTOM });
    return Uint8Array.from(bytes)
      .fill(0)
      .map((_, i) => (i < GENERATED ? other[i] : bytes[i]) ?? 0);
  }),
  changed("another issuer's certificate", 'credential.identity_mismatch', (bytes) =>
    set(3, ...city.local.certificate)(bytes),
  ),
  signed(
    'certificate under the local ID',
    'signature.issuer_certificate',
    { account: certified({ localIds: true }) },
    certifiedControl,
  ),
  signed('authorisation under the local ID', 'signature.authorisation', {
    tamper: {
      authorisation: { id: Uint8Array.of(...account.issuer.issuerId, ...account.issuer.codePlatform) },
    },
  }),
  signed('code under the local ID', 'signature.user', { tamper: { code: { id: account.userAccount } } }),
  signed('code under no ID', 'signature.user', { tamper: { code: { id: new Uint8Array() } } }),
  signed(
    'local: certificate under the default ID',
    'signature.issuer_certificate',
    { account: certified({ base: city.local, localIds: false }) },
    localControl,
  ),
  signed(
    'local: authorisation under the default ID',
    'signature.authorisation',
    { account: localAccount, tamper: { authorisation: { id: DEFAULT_ID } } },
    localControl,
  ),
  signed(
    'local: code under the default ID',
    'signature.user',
    { account: localAccount, tamper: { code: { id: DEFAULT_ID } } },
    localControl,
  ),
  signed(
    "local: code under another card's ID",
    'signature.user',
    { account: localAccount, tamper: { code: { id: account.userAccount } } },
    localControl,
  ),
  signed(
    'local: shown as interoperable',
    'signature.issuer_certificate',
    { account: localAccount, version: 0x80 },
    localControl,
  ),
];

/** Each bound: accepted at it, refused one unit past it. */
const lastOf = ({ year, month }: Month) => Date.UTC(year, month, 1) - 1;
const bound = (
  name: string,
  code: Code,
  options: Partial<RideCodeOptions>,
  atMs: number,
  pastMs: number,
): Negative => against(name, code, shown(options, pastMs), shown(options, atMs));

const ended = { year: 2027, month: 3 };
const caEndMs = lastOf({ year: 2027, month: 2 });
const certificateEndMs = lastOf(ended);
const until_s = NOW / 1000 + 30;

const expiries: Negative[] = [
  bound(
    'CA past its month',
    'trust.ca_expired',
    { account: certified({ ca: endingCa, expires: ended }), nowMs: caEndMs },
    caEndMs,
    caEndMs + 1,
  ),
  bound(
    'certificate past its month',
    'trust.certificate_expired',
    { account: certified({ expires: ended }), nowMs: certificateEndMs },
    certificateEndMs,
    certificateEndMs + 1,
  ),
  bound(
    'authorisation past its second',
    'credential.expired',
    { authorisedUntil_s: until_s },
    until_s * 1000,
    until_s * 1000 + 1,
  ),
  bound('code older than it is good', 'code.stale', {}, NOW + 60_000, NOW + 60_001),
  bound('code from the future', 'code.from_future', {}, NOW - 60_000, NOW - 60_001),
  bound('code good for one second, older', 'code.stale', { validity_s: 1 }, NOW + 1_000, NOW + 1_001),
  bound(
    'code good for one second, from the future',
    'code.from_future',
    { validity_s: 1 },
    NOW - 1_000,
    NOW - 1_001,
  ),
  against('code of eight hours ago', 'code.stale', shown({}, NOW + 8 * 3_600_000)),
  signed(
    'certificate expired years ago',
    'trust.certificate_expired',
    { account: certified({ expires: { year: 2020, month: 1 } }) },
    certifiedControl,
  ),
  signed('authorisation expired a second ago', 'credential.expired', { authorisedUntil_s: NOW / 1000 - 1 }),
];

const notTrusted: Negative[] = [
  signed(
    'a CA that is not in the trust',
    'trust.ca_unknown',
    { account: certified({ ca: { ...city.transitCa, index: 7 } }) },
    certifiedControl,
  ),
  signed(
    'an issuer that the CA does not name',
    'trust.issuer_not_accepted',
    { account: certified({ ca: closedCa, issuerId: Uint8Array.of(8, 8, 8, 8) }) },
    shown({ account: certified({ ca: closedCa }) }),
  ),
  signed(
    'local profile under a CA that does not grant it',
    'credential.version_unsupported',
    { account: certified({ base: city.local, ca: endingCa }) },
    localControl,
  ),
];

const cases = [...fieldsChanged, ...lengths, ...signedButWrong, ...swapped, ...expiries, ...notTrusted];

describeNegatives('transit-qr', trust, cases);

it('counts at least 60 cases', () => expect(cases.length).toBeGreaterThanOrEqual(60));
