/** Cards with certificates, each wrong in one thing. */
import type { Code } from '../../../../config/codes.ts';
import {
  extension,
  issueRevocationList,
  name,
  type SigningKey,
  signRaw,
  USAGE,
} from '../../../../platform/authority/certificates.ts';
import {
  bitString,
  der,
  derNull,
  derTrue,
  identifier,
  sequence,
  signatureValue,
  small,
} from '../../../../platform/der.ts';
import { sm2Sign } from '../../../../platform/sm2.ts';
import type { TrustDocument } from '../../../../workers/trust/document.ts';
import {
  caCertificate,
  type DraftEdit,
  type Issued,
  leafCertificate,
  NOW_MS,
  pem,
  testKey,
  withExtension,
} from '../../../fixtures/certificates.ts';
import type { Negative, Shown } from './negatives.rig.ts';

const DAY_MS = 86_400_000;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

export const ROOT: Issued = caCertificate('card root', testKey('sm2', 'card root'), null, undefined, 1);
export const ISSUING: Issued = caCertificate(
  'card issuing',
  testKey('sm2', 'card issuing'),
  ROOT,
  undefined,
  0,
);
const LISTED: Issued = caCertificate('card listed', testKey('sm2', 'card listed'), ROOT, undefined, 0);
const OLD_LIST: Issued = caCertificate('card old list', testKey('sm2', 'card old list'), ROOT, undefined, 0);
const P256_ROOT: Issued = caCertificate('p256 root', testKey('p256', 'p256 root'), null);
const POLICY_ROOT: Issued = caCertificate('policy root', testKey('p256', 'policy root'), null);
const NAMES_ROOT: Issued = caCertificate(
  'names root',
  testKey('p256', 'names root'),
  null,
  withExtension('2.5.29.30', {
    oid: '2.5.29.30',
    critical: true,
    value: sequence(der(0xa0, sequence(der(0xa4, name({ C: 'CN', O: 'Test' }))))),
  }),
);
const STRANGER: Issued = caCertificate('stranger', testKey('sm2', 'stranger'), null);

export const HOLDER: SigningKey = testKey('sm2', 'holder');
const P256_HOLDER = testKey('p256', 'p256 holder');
export const CHALLENGE: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
const POLICY = '1.2.156.99.1';
const PURPOSE = '1.2.156.99.2';

const list = (issuer: Issued, nextUpdateMs: number, serial: Uint8Array) =>
  issueRevocationList(
    {
      issuer: issuer.subject,
      thisUpdateMs: NOW_MS - DAY_MS,
      nextUpdateMs,
      revoked: [{ serial, atMs: NOW_MS - DAY_MS, reason: 1 }],
      extensions: [{ oid: '2.5.29.20', value: small(7) }],
    },
    issuer.key,
  );
export const REVOKED_SERIAL: Uint8Array = Uint8Array.of(0x5a, 0x0e, 0xad);

export const CARD_TRUST = {
  anchors: [
    {
      family: 'card-pki',
      region: 'cq',
      certificatePem: pem(ROOT.der),
      message: 'challenge',
      intermediatesBase64: [base64(LISTED.der), base64(OLD_LIST.der)],
      crlsBase64: [
        base64(list(LISTED, NOW_MS + DAY_MS, REVOKED_SERIAL)),
        base64(list(OLD_LIST, NOW_MS - 1, Uint8Array.of(9))),
      ],
    },
    { family: 'card-pki', certificatePem: pem(P256_ROOT.der), message: 'challenge' },
    {
      family: 'card-pki',
      certificatePem: pem(POLICY_ROOT.der),
      message: 'challenge',
      policies: [POLICY],
      keyPurpose: PURPOSE,
    },
    { family: 'card-pki', certificatePem: pem(NAMES_ROOT.der), message: 'challenge' },
  ],
} satisfies TrustDocument;

interface Card {
  readonly leaf: Uint8Array;
  readonly others?: readonly Uint8Array[];
  readonly key?: SigningKey;
  readonly challenge?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly atMs?: number;
}

export function shownCard({
  leaf,
  others = [ISSUING.der],
  key = HOLDER,
  challenge = CHALLENGE,
  signature,
  atMs = NOW_MS,
}: Card): Shown {
  return {
    atMs,
    credential: {
      certificatesBase64: [leaf, ...others].map(base64),
      signatureHex: hex(signature ?? signRaw(key, challenge)),
    },
    context: { challengeHex: hex(challenge) },
  };
}

export const LEAF: Uint8Array = leafCertificate('Holder One', HOLDER, ISSUING).der;
const P256_LEAF = leafCertificate('Holder Two', P256_HOLDER, P256_ROOT).der;
export const GOOD: Shown = shownCard({ leaf: LEAF });
export const GOOD_P256: Shown = shownCard({ leaf: P256_LEAF, others: [], key: P256_HOLDER });

/** A file of the card, filled up; its last byte is `last`. */
export function file(certificate: Uint8Array, last: number = 0): Uint8Array {
  const bytes = new Uint8Array(1_020);
  bytes.set(certificate);
  bytes[1_019] = last;
  return bytes;
}

const edited = (edit: DraftEdit) =>
  shownCard({ leaf: leafCertificate('Holder One', HOLDER, ISSUING, edit).der });
const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
const raw = signRaw(HOLDER, CHALLENGE);
const underPolicy = (edit: DraftEdit) =>
  shownCard({
    leaf: leafCertificate('Holder', P256_HOLDER, POLICY_ROOT, edit).der,
    others: [],
    key: P256_HOLDER,
  });
const both =
  (first: DraftEdit, second: DraftEdit): DraftEdit =>
  (draft) =>
    second(first(draft));
const allowed = both(
  withExtension('2.5.29.32', extension.policies(POLICY)),
  withExtension('2.5.29.37', extension.extKeyUsage([PURPOSE])),
);
const GOOD_POLICY = underPolicy(allowed);
const inNames = (organisation: string) =>
  shownCard({
    leaf: leafCertificate('Holder', P256_HOLDER, NAMES_ROOT, (draft) => ({
      ...draft,
      subject: name({ C: 'CN', O: organisation, CN: 'Holder' }),
    })).der,
    others: [],
    key: P256_HOLDER,
  });
const throughCa = (ca: Issued, others: readonly Uint8Array[] = [ca.der]) =>
  shownCard({ leaf: leafCertificate('Holder One', HOLDER, ca).der, others });
const ca = (edit: DraftEdit, pathLen = 0) =>
  throughCa(caCertificate('other issuing', testKey('sm2', 'other issuing'), ROOT, edit, pathLen));
const GOOD_CA = ca((draft) => draft);
const below = caCertificate('below issuing', testKey('sm2', 'below'), ISSUING);
const serialOf = (serial: Uint8Array, issuer: Issued) =>
  shownCard({
    leaf: leafCertificate('Holder One', HOLDER, issuer, (draft) => ({ ...draft, serial })).der,
    others: [],
  });
const OTHER_SIGNER = testKey('sm2', 'somebody else');
/** DER of r and s with a zero in front that has no place there. */
const padded = (() => {
  const half = (bytes: Uint8Array) => der(0x02, Uint8Array.of(0, 0), bytes);
  return sequence(half(raw.subarray(0, 32)), half(raw.subarray(32)));
})();

type Row = readonly [name: string, code: Code, wrong: Shown, control?: Shown];

const FORM: readonly Row[] = [
  [
    'a challenge of 15 bytes',
    'credential.malformed',
    shownCard({ leaf: LEAF, challenge: CHALLENGE.slice(0, 15) }),
  ],
  ['no challenge', 'credential.malformed', shownCard({ leaf: LEAF, challenge: new Uint8Array() })],
  ['no certificate', 'credential.truncated', shownCard({ leaf: new Uint8Array() })],
  ['a certificate cut off', 'credential.truncated', shownCard({ leaf: LEAF.slice(0, -1) })],
  ['a byte behind it', 'credential.trailing', shownCard({ leaf: Uint8Array.of(...LEAF, 0) })],
  [
    'a file that ends in no zero',
    'credential.trailing',
    shownCard({ leaf: file(LEAF, 1) }),
    shownCard({ leaf: file(LEAF) }),
  ],
  [
    'a file of another size',
    'credential.trailing',
    shownCard({ leaf: Uint8Array.of(...file(LEAF), 0) }),
    shownCard({ leaf: file(LEAF) }),
  ],
  [
    'a file of zeros',
    'credential.malformed',
    shownCard({ leaf: file(new Uint8Array()) }),
    shownCard({ leaf: file(LEAF) }),
  ],
  [
    'an indefinite length',
    'credential.malformed',
    shownCard({ leaf: Uint8Array.of(0x30, 0x80, ...LEAF.subarray(4), 0, 0) }),
  ],
  [
    'a length in more bytes than it needs',
    'credential.malformed',
    shownCard({ leaf: Uint8Array.of(0x30, 0x83, 0, ...LEAF.subarray(2)) }),
  ],
  [
    'a certificate of 16,900 bytes',
    'credential.oversized',
    edited(withExtension('1.2.3', { oid: '1.2.3', value: new Uint8Array(16_500) })),
  ],
  [
    'a CA behind which bytes follow',
    'credential.trailing',
    shownCard({ leaf: LEAF, others: [Uint8Array.of(...ISSUING.der, 0)] }),
  ],
  ['a CA that is no certificate', 'credential.malformed', shownCard({ leaf: LEAF, others: [derTrue] })],
  [
    'an extension twice',
    'credential.malformed',
    edited((draft) => ({ ...draft, extensions: [...draft.extensions, ...draft.extensions] })),
  ],
  [
    'a signature in neither form',
    'signature.encoding',
    shownCard({ leaf: LEAF, signature: raw.subarray(1) }),
  ],
  ['an empty signature', 'signature.encoding', shownCard({ leaf: LEAF, signature: new Uint8Array() })],
  [
    'DER with a zero too many',
    'signature.encoding',
    shownCard({ leaf: LEAF, signature: padded }),
    shownCard({ leaf: LEAF, signature: signatureValue(raw) }),
  ],
  [
    'DER with a byte behind it',
    'signature.encoding',
    shownCard({ leaf: LEAF, signature: Uint8Array.of(...signatureValue(raw), 0) }),
    shownCard({ leaf: LEAF, signature: signatureValue(raw) }),
  ],
];

const LEAVES: readonly Row[] = [
  [
    'the certificate for encryption',
    'credential.encryption_certificate',
    edited(withExtension('2.5.29.15', extension.keyUsage(USAGE.keyEncipherment, USAGE.dataEncipherment))),
  ],
  [
    'a certificate for key agreement',
    'credential.encryption_certificate',
    edited(withExtension('2.5.29.15', extension.keyUsage(USAGE.keyAgreement))),
  ],
  [
    'a certificate for non-repudiation alone',
    'credential.encryption_certificate',
    edited(withExtension('2.5.29.15', extension.keyUsage(USAGE.nonRepudiation))),
  ],
  ['no key usage', 'trust.key_usage', edited(withExtension('2.5.29.15', null))],
  [
    'a CA as the card',
    'trust.certificate_profile',
    shownCard({
      leaf: caCertificate(
        'ca leaf',
        HOLDER,
        ISSUING,
        withExtension('2.5.29.15', extension.keyUsage(USAGE.digitalSignature, USAGE.keyCertSign)),
      ).der,
    }),
  ],
  ['expired', 'credential.expired', shownCard({ leaf: LEAF, atMs: NOW_MS + 401 * DAY_MS })],
  ['not yet valid', 'credential.not_yet_valid', shownCard({ leaf: LEAF, atMs: NOW_MS - 41 * DAY_MS })],
  [
    'an unknown critical extension',
    'trust.critical_extension',
    edited((draft) => ({
      ...draft,
      extensions: [...draft.extensions, { oid: '1.2.3.4', critical: true, value: derNull }],
    })),
  ],
  [
    'name constraints on a card',
    'trust.certificate_profile',
    edited(
      withExtension('2.5.29.30', {
        oid: '2.5.29.30',
        value: sequence(der(0xa0, sequence(der(0x82, Buffer.from('a.example'))))),
      }),
    ),
  ],
  ['version 1', 'trust.key_usage', shownCard({ leaf: versionOne() })],
  [
    'a key off its curve',
    'signature.challenge',
    shownCard({
      leaf: leafCertificate(
        'off',
        {
          algorithm: 'sm2',
          key: { publicKey: HOLDER.key.publicKey.map((byte, i) => byte ^ (i === 63 ? 1 : 0)) },
        } as SigningKey,
        ISSUING,
      ).der,
    }),
  ],
  [
    'a compressed key',
    'key.invalid',
    shownCard({ leaf: oddKey(bitString(Uint8Array.of(2, ...HOLDER.key.publicKey.subarray(0, 32)))) }),
  ],
  [
    'a key of another curve',
    'credential.algorithm_unsupported',
    shownCard({ leaf: oddKey(bitString(new Uint8Array(97).fill(4)), '1.3.132.0.34') }),
  ],
  [
    'revoked',
    'trust.certificate_revoked',
    serialOf(REVOKED_SERIAL, LISTED),
    serialOf(Uint8Array.of(0x5a, 0x0e, 0xae), LISTED),
  ],
  [
    'a revocation list past its end',
    'trust.revocation_unknown',
    serialOf(Uint8Array.of(0x5b), OLD_LIST),
    serialOf(Uint8Array.of(0x5b), LISTED),
  ],
  [
    'another policy',
    'trust.policy',
    underPolicy(both(allowed, withExtension('2.5.29.32', extension.policies('1.2.156.99.9')))),
    GOOD_POLICY,
  ],
  ['no policy', 'trust.policy', underPolicy(both(allowed, withExtension('2.5.29.32', null))), GOOD_POLICY],
  [
    'another purpose',
    'trust.key_usage',
    underPolicy(both(allowed, withExtension('2.5.29.37', extension.extKeyUsage(['1.2.3'])))),
    GOOD_POLICY,
  ],
  [
    'no purpose',
    'trust.key_usage',
    underPolicy(both(allowed, withExtension('2.5.29.37', null))),
    GOOD_POLICY,
  ],
  ['a name outside of what its CA may name', 'trust.name_constraints', inNames('Other'), inNames('Test')],
];

const CHAINS: readonly Row[] = [
  ['no intermediate', 'trust.ca_unknown', shownCard({ leaf: LEAF, others: [] })],
  ['a CA nobody trusts', 'trust.ca_unknown', throughCa(STRANGER)],
  [
    'a certificate that names the issuer and is of another key',
    'signature.card_certificate',
    shownCard({
      leaf: leafCertificate(
        'Holder One',
        HOLDER,
        { ...ISSUING, key: OTHER_SIGNER },
        withExtension('2.5.29.35', null),
      ).der,
    }),
  ],
  [
    'a bit of the card changed under its signature',
    'signature.card_certificate',
    shownCard({ leaf: changed(LEAF, LEAF.length - 1) }),
  ],
  [
    'an intermediate that the root has not signed',
    'signature.issuer_certificate',
    shownCard({ leaf: LEAF, others: [changed(ISSUING.der, ISSUING.der.length - 1)] }),
  ],
  [
    'an intermediate that is no CA',
    'trust.not_a_ca',
    ca(withExtension('2.5.29.19', extension.basicConstraints(false))),
    GOOD_CA,
  ],
  [
    'an intermediate without basicConstraints',
    'trust.not_a_ca',
    ca(withExtension('2.5.29.19', null)),
    GOOD_CA,
  ],
  [
    'an intermediate that may not sign certificates',
    'trust.not_a_ca',
    ca(withExtension('2.5.29.15', extension.keyUsage(USAGE.crlSign))),
    GOOD_CA,
  ],
  [
    'an intermediate that has expired',
    'trust.certificate_expired',
    ca((draft) => ({ ...draft, notAfterMs: NOW_MS - DAY_MS })),
    GOOD_CA,
  ],
  [
    'an intermediate that is not yet valid',
    'trust.certificate_not_yet_valid',
    ca((draft) => ({ ...draft, notBeforeMs: NOW_MS + DAY_MS })),
    GOOD_CA,
  ],
  [
    'an intermediate with an unknown critical extension',
    'trust.critical_extension',
    ca((draft) => ({
      ...draft,
      extensions: [...draft.extensions, { oid: '1.2.3.4', critical: true, value: derNull }],
    })),
    GOOD_CA,
  ],
  [
    'an intermediate more than the root allows',
    'trust.path_too_long',
    throughCa(below, [below.der, ISSUING.der]),
  ],
  [
    'another holder as the CA',
    'trust.not_a_ca',
    throughCa({ der: LEAF, key: HOLDER, subject: subjectOf('Holder One') }, [LEAF, ISSUING.der]),
  ],
  ['the root expired', 'trust.ca_expired', shownCard({ leaf: LEAF, atMs: NOW_MS + 5_000 * DAY_MS })],
];

const SIGNATURES: readonly Row[] = [
  [
    'another challenge',
    'signature.challenge',
    shownCard({ leaf: LEAF, signature: signRaw(HOLDER, changed(CHALLENGE, 0)) }),
  ],
  ['another holder', 'signature.challenge', shownCard({ leaf: LEAF, key: OTHER_SIGNER })],
  [
    'another distinguishing ID',
    'signature.challenge',
    shownCard({
      leaf: LEAF,
      signature: sm2Sign(
        (HOLDER as Extract<SigningKey, { algorithm: 'sm2' }>).key,
        CHALLENGE,
        Buffer.from('8765432187654321'),
      ),
    }),
  ],
  [
    'r and s exchanged',
    'signature.challenge',
    shownCard({ leaf: LEAF, signature: Uint8Array.of(...raw.subarray(32), ...raw.subarray(0, 32)) }),
  ],
  ['zeros', 'signature.challenge', shownCard({ leaf: LEAF, signature: new Uint8Array(64) })],
  ['DER of zeros', 'signature.challenge', shownCard({ leaf: LEAF, signature: sequence(small(0), small(0)) })],
  ['one bit of the signature', 'signature.challenge', shownCard({ leaf: LEAF, signature: changed(raw, 40) })],
  [
    'P-256: another challenge',
    'signature.challenge',
    shownCard({
      leaf: P256_LEAF,
      others: [],
      key: P256_HOLDER,
      signature: signRaw(P256_HOLDER, changed(CHALLENGE, 0)),
    }),
    GOOD_P256,
  ],
  [
    'P-256: a signature of SM2',
    'signature.challenge',
    shownCard({ leaf: P256_LEAF, others: [], signature: raw }),
    GOOD_P256,
  ],
  [
    'P-256: ECDSA with SM2 under the CA',
    'key.algorithm_mismatch',
    shownCard({
      leaf: leafCertificate(
        'mixed',
        P256_HOLDER,
        { ...P256_ROOT, key: HOLDER },
        withExtension('2.5.29.35', null),
      ).der,
      others: [],
      key: P256_HOLDER,
    }),
    GOOD_P256,
  ],
];

export const CARD_CASES: readonly Negative[] = [...FORM, ...LEAVES, ...CHAINS, ...SIGNATURES].map(
  ([title, code, wrong, control = GOOD]) => ({ name: title, code, wrong, control }),
);

function subjectOf(label: string): Uint8Array {
  return name({ C: 'CN', O: 'Test', CN: label });
}

/** Version 3 without extensions is written as any other; version 1 has neither. */
function versionOne(): Uint8Array {
  const algorithm = sequence(identifier('1.2.156.10197.1.501'), derNull);
  const key = sequence(
    sequence(identifier('1.2.840.10045.2.1'), identifier('1.2.156.10197.1.301')),
    bitString(Uint8Array.of(4, ...HOLDER.key.publicKey)),
  );
  const validity = sequence(
    ...['260101000000Z', '270101000000Z'].map((text) => der(0x17, Buffer.from(text))),
  );
  const tbs = sequence(small(5), algorithm, ISSUING.subject, validity, subjectOf('old'), key);
  return sequence(tbs, algorithm, bitString(signatureValue(signRaw(ISSUING.key, tbs))));
}

/** A certificate with another key than the platform writes; nobody signed it. */
function oddKey(bits: Uint8Array, curve: string = '1.2.156.10197.1.301'): Uint8Array {
  const algorithm = sequence(identifier('1.2.156.10197.1.501'), derNull);
  const time = der(0x17, Buffer.from('260101000000Z'));
  const tbs = sequence(
    der(0xa0, small(2)),
    small(5),
    algorithm,
    ISSUING.subject,
    sequence(time, der(0x17, Buffer.from('270101000000Z'))),
    subjectOf('odd'),
    sequence(sequence(identifier('1.2.840.10045.2.1'), identifier(curve)), bits),
    der(
      0xa3,
      sequence(sequence(identifier('2.5.29.15'), derTrue, der(0x04, bitString(Uint8Array.of(0x80), 7)))),
    ),
  );
  return sequence(tbs, algorithm, bitString(signatureValue(new Uint8Array(64).fill(1))));
}
