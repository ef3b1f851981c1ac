/** Mobile documents that must be refused, each wrong in one thing, beside what is accepted. */
import { hash } from 'node:crypto';
import {
  type CertificateDraft,
  extension,
  issueCertificate,
  type Named,
  name,
  USAGE,
} from '../../../../platform/authority/certificates.ts';
import { cbor, Encoded, embedded, Tagged } from '../../../../platform/cbor.ts';
import { derNull, signatureValue } from '../../../../platform/der.ts';
import { coseKey, deviceResponse, type IssueOptions } from '../../../../platform/issue/mdoc.ts';
import { privateJwk } from '../../../../platform/issue/mdoc-transcript.ts';
import { p256Sign } from '../../../../platform/p256.ts';
import {
  authority,
  base64,
  CONTEXT,
  DAY_MS,
  DOC_TYPE,
  deviceKey,
  document,
  ELEMENTS,
  issue,
  key,
  NONCE,
  NOW_MS,
  otherAuthority,
  presented,
  readerKey,
  SPACE,
  shown,
  shownWithMac,
} from './mdoc-showing.rig.ts';
import type { Negative, Shown } from './negatives.rig.ts';

type Case = readonly [name: string, code: Negative['code'], wrong: Shown, control?: Shown];

const control = shown();
const macControl = shownWithMac();

/** A document whose signer's certificate differs in what is given. */
function withSigner(more: Partial<CertificateDraft>): Shown {
  const signerCertificate = issueCertificate({ ...authority.signerDraft, ...more }, authority.authorityKey);
  return shown({ authority: { signerKey: authority.signerKey, signerCertificate } });
}

/** One extension in place of that of the same identifier, or none. */
const extensions = (oid: string, replacement: Named | null) => ({
  extensions: [
    ...authority.signerDraft.extensions.filter((each) => each.oid !== oid),
    ...(replacement === null ? [] : [replacement]),
  ],
});
const OID = {
  keyUsage: '2.5.29.15',
  extKeyUsage: '2.5.29.37',
  authorityKeyId: '2.5.29.35',
  basic: '2.5.29.19',
};

const SIGNER_CASES: readonly Case[] = [
  [
    'a signer with the names of the right one',
    'signature.issuer_certificate',
    shown({ authority: authority.stranger }),
  ],
  ['a signer of an authority that nobody trusts', 'trust.ca_unknown', shown({ authority: otherAuthority })],
  [
    'a signer whose certificate has ended',
    'trust.certificate_expired',
    withSigner({ notAfterMs: NOW_MS - DAY_MS }),
  ],
  [
    'a signer whose certificate begins tomorrow',
    'trust.certificate_not_yet_valid',
    withSigner({ notBeforeMs: NOW_MS + DAY_MS }),
  ],
  ['a signer without extended key usage', 'trust.key_usage', withSigner(extensions(OID.extKeyUsage, null))],
  [
    'a signer for another purpose',
    'trust.key_usage',
    withSigner(extensions(OID.extKeyUsage, extension.extKeyUsage(['1.0.18013.5.1.6'], true))),
  ],
  [
    'a signer for two purposes',
    'trust.key_usage',
    withSigner(
      extensions(OID.extKeyUsage, extension.extKeyUsage(['1.0.18013.5.1.2', '1.0.18013.5.1.6'], true)),
    ),
  ],
  [
    'a purpose that is not critical',
    'trust.key_usage',
    withSigner(extensions(OID.extKeyUsage, extension.extKeyUsage(['1.0.18013.5.1.2'], false))),
  ],
  ['a signer without key usage', 'trust.key_usage', withSigner(extensions(OID.keyUsage, null))],
  [
    'a signer whose key agrees on keys',
    'trust.key_usage',
    withSigner(extensions(OID.keyUsage, extension.keyUsage(USAGE.keyAgreement))),
  ],
  [
    'a signer that is a CA',
    'trust.certificate_profile',
    withSigner(extensions(OID.basic, extension.basicConstraints(true, 0))),
  ],
  [
    'a signer of another country',
    'trust.certificate_profile',
    withSigner({ subject: name({ C: 'XX', CN: 'Document Signer' }) }),
  ],
  [
    'a signer that does not say whose key signed it',
    'trust.certificate_profile',
    withSigner(extensions(OID.authorityKeyId, null)),
  ],
  [
    'a critical extension that nobody knows',
    'trust.critical_extension',
    withSigner(extensions('1.2.3.4', { oid: '1.2.3.4', critical: true, value: derNull })),
  ],
  [
    'a certificate that is none',
    'credential.truncated',
    shown({ authority: { ...authority, signerCertificate: Uint8Array.of(0x30, 0x82, 0x01) } }),
  ],
  [
    'a document signed before its signer was there',
    'trust.certificate_not_yet_valid',
    shown({ signedMs: authority.signerValidFromMs - DAY_MS }),
  ],
];

const der = (message: Uint8Array, by = authority.signerKey) => signatureValue(p256Sign(by, message));
const alg = (number: unknown) => new Map<number, unknown>([[1, number]]);
/** The third item of issuerAuth in place of what it is. */
const withPayload = (payload: unknown) => {
  const issued = issue();
  const [header, open, , signature] = issued.issuerAuth;
  return presented({
    response: deviceResponse([
      document({}, { document: { ...issued, issuerAuth: [header, open, payload, signature] } }),
    ]),
  });
};
const withOpenHeader = (
  open: ReadonlyMap<number, unknown>,
  protectedHeader = new Map<number, unknown>([[1, -7]]),
) => {
  const issued = issue({ protectedHeader });
  const [header, , payload, signature] = issued.issuerAuth;
  const issuerAuth = [header, open, payload, signature];
  return shown({}, { document: { ...issued, issuerAuth } });
};
const edited = (edit: (mso: Record<string, unknown>) => Record<string, unknown>) => shown({ edit });
const changedPayload = () => {
  const payload = Uint8Array.from(issue().issuerAuth[2] as Uint8Array);
  const last = payload.length - 3;
  payload[last] = (payload[last] ?? 0) ^ 1;
  return payload;
};

const ISSUER_CASES: readonly Case[] = [
  [
    'another key than that of the signer',
    'signature.credential',
    shown({ authority: { ...authority, signerKey: key('x') } }),
  ],
  ['a signature in DER', 'signature.encoding', shown({ sign: (message) => der(message) })],
  ['a signature of zeros', 'signature.credential', shown({ sign: () => new Uint8Array(64) })],
  [
    'an algorithm that there is not',
    'credential.algorithm_unsupported',
    shown({ protectedHeader: alg(-999) }),
  ],
  ['an algorithm in words', 'credential.algorithm_unsupported', shown({ protectedHeader: alg('none') })],
  ['a MAC as its algorithm', 'credential.algorithm_unsupported', shown({ protectedHeader: alg(5) })],
  ['an algorithm of another curve', 'key.algorithm_mismatch', shown({ protectedHeader: alg(-35) })],
  ['EdDSA with a key of P-256', 'key.algorithm_mismatch', shown({ protectedHeader: alg(-8) })],
  [
    'an algorithm that the signature does not cover',
    'credential.algorithm_unsupported',
    withOpenHeader(
      new Map<number, unknown>([
        [1, -7],
        [33, authority.signerCertificate],
      ]),
      new Map(),
    ),
  ],
  [
    'a header that must be understood',
    'credential.header_critical',
    shown({
      protectedHeader: new Map<number, unknown>([
        [1, -7],
        [2, [99]],
        [99, 0],
      ]),
    }),
  ],
  ['no certificate', 'credential.data_missing', withOpenHeader(new Map())],
  ['no payload', 'credential.malformed', withPayload(null)],
  ['a payload of no bytes', 'signature.credential', withPayload(new Uint8Array())],
  ['a payload that is no CBOR in CBOR', 'credential.malformed', shown({ edit: () => ({ version: '1.0' }) })],
  ['a payload that was changed', 'signature.credential', withPayload(changedPayload())],
  [
    'digests by SHA-1',
    'credential.algorithm_unsupported',
    edited((mso) => ({ ...mso, digestAlgorithm: 'SHA-1' })),
  ],
  [
    'version 2.0 of what is signed',
    'credential.version_unsupported',
    edited((mso) => ({ ...mso, version: '2.0' })),
  ],
  ['no digests', 'credential.malformed', edited(({ valueDigests: _, ...mso }) => mso)],
  [
    'another type of document',
    'credential.type_mismatch',
    edited((mso) => ({ ...mso, docType: 'org.city.library.1' })),
  ],
  ['validity that ended yesterday', 'credential.expired', shown({ validUntilMs: NOW_MS - DAY_MS })],
  ['validity that begins tomorrow', 'credential.not_yet_valid', shown({ validFromMs: NOW_MS + DAY_MS })],
  [
    'validity that ends before it begins',
    'credential.malformed',
    shown({ validFromMs: NOW_MS - DAY_MS, validUntilMs: NOW_MS - 2 * DAY_MS }),
  ],
  [
    'dates without their tag',
    'credential.malformed',
    edited((mso) => ({
      ...mso,
      validityInfo: {
        signed: '2026-06-01T00:00:00Z',
        validFrom: '2026-06-01T00:00:00Z',
        validUntil: '2026-12-01T00:00:00Z',
      },
    })),
  ],
  [
    '30 February',
    'credential.malformed',
    edited((mso) => ({
      ...mso,
      validityInfo: { ...(mso['validityInfo'] as object), signed: new Tagged(0, '2026-02-30T00:00:00Z') },
    })),
  ],
  [
    'a status that nobody could look up',
    'credential.status_unsupported',
    shown({ status: { other_list: {} } }),
  ],
  [
    'a status list without an address',
    'credential.malformed',
    shown({ status: { status_list: { idx: 1 } } }),
  ],
  [
    'a status list at no web address',
    'credential.malformed',
    shown({ status: { status_list: { idx: 1, uri: 'file:///x' } } }),
  ],
  [
    'a negative place on a list',
    'credential.malformed',
    shown({ status: { status_list: { idx: -1, uri: 'https://a.test/1' } } }),
  ],
  [
    'an identifier that is text',
    'credential.malformed',
    shown({ status: { identifier_list: { id: 'a', uri: 'https://a.test/1' } } }),
  ],
];

const items = () => issue().items;
const withItems = (edit: (all: readonly Encoded[]) => readonly Encoded[]) => shown({}, { editItems: edit });
const item = (digestID: number, more: Record<string, unknown> = {}) =>
  embedded({
    digestID,
    random: new Uint8Array(32),
    elementIdentifier: 'age_over_21',
    elementValue: true,
    ...more,
  });
/** An item as the issuer signs it, whatever it is. */
function signedItem(bytes: Uint8Array, digests: readonly Uint8Array[]): Shown {
  const edit: IssueOptions['edit'] = (mso) => ({
    ...mso,
    valueDigests: new Map([[SPACE, new Map(digests.map((digest, i) => [i, digest]))]]),
  });
  return shown({ edit }, { editItems: () => [new Encoded(bytes)] });
}
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
const signedAlone = (each: Encoded) => signedItem(each.bytes, [sha256(each.bytes)]);
const twoOfOneName = [item(0), item(1, { random: new Uint8Array(32).fill(1) })];

const ELEMENT_CASES: readonly Case[] = [
  [
    'an element that was changed',
    'credential.digest_mismatch',
    withItems(([first, ...rest]) => [changed(first), ...rest]),
  ],
  [
    'the element of another salt',
    'credential.digest_mismatch',
    withItems(([, ...rest]) => [
      item(0, { elementIdentifier: 'family_name', elementValue: 'Wang' }),
      ...rest,
    ]),
  ],
  [
    'an element that the issuer never signed',
    'credential.element_unknown',
    withItems((all) => [...all, item(99)]),
  ],
  [
    'an element under a large number',
    'credential.element_unknown',
    withItems((all) => [...all, item(70_000)]),
  ],
  ['an element shown twice', 'credential.element_unknown', withItems((all) => [...all, all[0] ?? item(0)])],
  [
    'elements in a name space of their own',
    'credential.element_unknown',
    shown(
      {},
      {
        editDocument: (each) => ({
          ...each,
          issuerSigned: { ...(each['issuerSigned'] as object), nameSpaces: { 'org.other': items() } },
        }),
      },
    ),
  ],
  ['a name space without elements', 'credential.malformed', withItems(() => [])],
  [
    'two elements of one name',
    'credential.claim_repeated',
    shown(
      {
        edit: (mso) => ({
          ...mso,
          valueDigests: new Map([[SPACE, new Map(twoOfOneName.map(({ bytes }, i) => [i, sha256(bytes)]))]]),
        }),
      },
      { editItems: () => twoOfOneName },
    ),
  ],
  ['a salt of 15 bytes', 'credential.malformed', signedAlone(item(0, { random: new Uint8Array(15) }))],
  [
    'a salt that is text',
    'credential.malformed',
    signedAlone(item(0, { random: 'a salt of 16 bytes or more' })),
  ],
  [
    'an element without a value',
    'credential.malformed',
    signedAlone(embedded({ digestID: 0, random: new Uint8Array(32), elementIdentifier: 'age_over_21' })),
  ],
  [
    'an element without a number',
    'credential.malformed',
    signedAlone(embedded({ random: new Uint8Array(32), elementIdentifier: 'a', elementValue: 1 })),
  ],
  ['an element that is not wrapped', 'credential.malformed', signedAlone(new Encoded(cbor({ digestID: 0 })))],
  [
    'an element with a key twice',
    'credential.duplicate_key',
    signedAlone(new Encoded(cbor(new Tagged(24, Buffer.from('a201000100', 'hex'))))),
  ],
  [
    'an element with bytes behind it',
    'credential.trailing',
    signedAlone(new Encoded(cbor(new Tagged(24, Buffer.from('a000', 'hex'))))),
  ],
  [
    '257 elements',
    'credential.too_many_items',
    withItems((all) => Array.from({ length: 257 }, () => all[0] ?? item(0))),
  ],
  [
    'a licence of another country than its signer',
    'credential.identity_mismatch',
    shown({
      elements: ELEMENTS.map((each) =>
        each.identifier === 'issuing_country' ? { ...each, value: 'XX' } : each,
      ),
    }),
  ],
];

function changed(each: Encoded | undefined): Encoded {
  const bytes = Uint8Array.from(each?.bytes ?? []);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return new Encoded(bytes);
}

const otherTranscript = cbor([null, null, ['a handover of these tests', 'another nonce']]);
const withDeviceAuth = (deviceAuth: unknown) =>
  shown(
    {},
    {
      editDocument: (each) => ({
        ...each,
        deviceSigned: { ...(each['deviceSigned'] as object), deviceAuth },
      }),
    },
  );
const deviceAuthOf = (document: Record<string, unknown>) =>
  (document['deviceSigned'] as { readonly deviceAuth: Record<string, readonly unknown[]> }).deviceAuth;
const goodAuth = deviceAuthOf(document());
const goodMac = deviceAuthOf(document({}, { readerKey: readerKey.publicKey }));
const attached = () => {
  const [header, open, , signature] = goodAuth['deviceSignature'] ?? [];
  return { deviceSignature: [header, open, new Uint8Array(3), signature] };
};
const authorised = shown(
  { keyAuthorizations: { dataElements: { [SPACE]: ['signature_usual_mark'] } } },
  { deviceNameSpaces: { [SPACE]: { signature_usual_mark: 1 } } },
);

const DEVICE_CASES: readonly Case[] = [
  ['another key than that of the device', 'signature.device', shown({}, { deviceKey: key('x') })],
  ['another session', 'signature.device', shown({}, { transcript: otherTranscript })],
  [
    'a device signature in DER',
    'signature.encoding',
    shown({}, { signDevice: (message) => der(message, deviceKey) }),
  ],
  ['a device algorithm of another curve', 'key.algorithm_mismatch', shown({}, { protectedHeader: alg(-36) })],
  [
    'a device algorithm that there is not',
    'credential.algorithm_unsupported',
    shown({}, { protectedHeader: alg(-999) }),
  ],
  [
    'a MAC where a signature is due',
    'credential.algorithm_unsupported',
    shown({}, { protectedHeader: alg(5) }),
  ],
  ['a payload beside the device signature', 'credential.malformed', withDeviceAuth(attached())],
  ['signature and MAC', 'credential.malformed', withDeviceAuth({ ...goodAuth, ...goodMac })],
  ['neither signature nor MAC', 'credential.malformed', withDeviceAuth({})],
  [
    'a private key of the device',
    'credential.malformed',
    shown({ deviceCoseKey: new Map([...coseKey(deviceKey), [-4, deviceKey.d]]) }),
  ],
  [
    'a device key that only agrees on keys',
    'credential.algorithm_unsupported',
    shown({
      deviceCoseKey: new Map<number, unknown>([
        [1, 1],
        [-1, 4],
        [-2, new Uint8Array(32)],
      ]),
    }),
  ],
  [
    'a device key for another algorithm',
    'key.algorithm_mismatch',
    shown({ deviceCoseKey: new Map([...coseKey(deviceKey), [3, -35]]) }),
  ],
  [
    'a device key that is no point',
    'signature.device',
    shown({ deviceCoseKey: coseKey({ ...deviceKey, publicKey: new Uint8Array(64).fill(5) }) }),
  ],
  [
    'an element of the device that the issuer does not let it state',
    'credential.device_data_not_authorised',
    shown({}, { deviceNameSpaces: { [SPACE]: { age_over_21: true } } }),
    authorised,
  ],
  [
    'device elements that are no map',
    'credential.malformed',
    shown({}, { deviceNameSpaces: { [SPACE]: 1 } }),
    authorised,
  ],
  [
    '65 elements of the device',
    'credential.too_many_items',
    shown(
      { keyAuthorizations: { nameSpaces: [SPACE] } },
      {
        deviceNameSpaces: { [SPACE]: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`e${i}`, i])) },
      },
    ),
    authorised,
  ],
  ['a MAC of another key', 'signature.device_mac', shownWithMac({}, { deviceKey: key('x') }), macControl],
  [
    'a MAC of another session',
    'signature.device_mac',
    shownWithMac({}, { transcript: otherTranscript }),
    macControl,
  ],
  [
    'a MAC without the key of the reader',
    'credential.data_missing',
    shownWithMac({}, {}, CONTEXT),
    macControl,
  ],
  [
    'a MAC and another key of the reader',
    'signature.device_mac',
    shownWithMac({}, {}, { ...CONTEXT, readerPrivateJwk: privateJwk(key('x')) }),
    macControl,
  ],
  [
    'a MAC of eight bytes by name',
    'credential.algorithm_unsupported',
    shownWithMac({}, { protectedHeader: alg(4) }),
    macControl,
  ],
  [
    'a key of the reader that is no point',
    'signature.device_mac',
    shownWithMac(
      {},
      {},
      { ...CONTEXT, readerPrivateJwk: { ...privateJwk(readerKey), x: privateJwk(key('x')).x } },
    ),
    macControl,
  ],
];

const response = (more: Record<string, unknown>) =>
  presented({ response: deviceResponse([document()], more) });
const good = () => deviceResponse([document()]);
const spliced = (hex: string) => {
  // One more pair at the end of the outermost map.
  const bytes = Buffer.from(good());
  bytes[0] = (bytes[0] ?? 0) + 1;
  return presented({ response: Buffer.concat([bytes, Buffer.from(hex, 'hex')]) });
};
const ABSENT = '6178';

const RESPONSE_CASES: readonly Case[] = [
  ['version 2.0', 'credential.version_unsupported', response({ version: '2.0' })],
  ['no version', 'credential.malformed', response({ version: 1 })],
  ['a status of its own', 'credential.response_status', response({ status: 10 })],
  ['a status that is text', 'credential.malformed', response({ status: 'ok' })],
  ['no documents', 'credential.no_document', presented({ response: deviceResponse([]) })],
  [
    'errors in place of documents',
    'credential.document_error',
    presented({ response: deviceResponse([], { documentErrors: [{ [DOC_TYPE]: 0 }] }) }),
  ],
  ['documents that are no array', 'credential.malformed', response({ documents: 1 })],
  [
    'nine documents',
    'credential.too_many_items',
    presented({ response: deviceResponse(Array(9).fill(document())) }),
  ],
  [
    'no document of the type asked for',
    'credential.no_document',
    presented({ response: good(), context: { ...CONTEXT, docType: 'org.city.library.1' } }),
  ],
  [
    'a second document that is wrong',
    'credential.expired',
    presented({ response: deviceResponse([document(), document({ validUntilMs: NOW_MS - DAY_MS })]) }),
  ],
  [
    'a document without an issuer',
    'credential.malformed',
    presented({ response: deviceResponse([{ docType: DOC_TYPE }]) }),
  ],
  ['no CBOR', 'credential.truncated', presented({ response: Uint8Array.of(0xa1) })],
  ['nothing', 'credential.truncated', presented({ response: new Uint8Array() })],
  ['an array', 'credential.malformed', presented({ response: cbor([]) })],
  [
    'a byte behind it',
    'credential.trailing',
    presented({ response: Buffer.concat([good(), Uint8Array.of(0)]) }),
  ],
  ['its last byte cut', 'credential.truncated', presented({ response: good().slice(0, -1) })],
  ['a key twice', 'credential.duplicate_key', spliced('6673746174757300'), spliced(`${ABSENT}00`)],
  [
    'nesting of 17',
    'credential.too_deep',
    spliced(`${ABSENT}${'81'.repeat(16)}00`),
    spliced(`${ABSENT}${'81'.repeat(15)}00`),
  ],
  [
    '5,000 items',
    'credential.too_many_items',
    spliced(`${ABSENT}991388${'00'.repeat(5_000)}`),
    spliced(`${ABSENT}9903e8${'00'.repeat(1_000)}`),
  ],
  ['an indefinite array', 'credential.indefinite_length', spliced(`${ABSENT}9fff`), spliced(`${ABSENT}80`)],
  ['a key of bytes', 'credential.key_type', spliced('417800'), spliced(`${ABSENT}00`)],
  ['invalid UTF-8', 'credential.encoding', spliced('61ff00'), spliced(`${ABSENT}00`)],
  [
    '2^53',
    'credential.integer_too_large',
    spliced(`${ABSENT}1b0020000000000000`),
    spliced(`${ABSENT}1b001fffffffffffff`),
  ],
  [
    '65,537 bytes',
    'credential.oversized',
    spliced(`${ABSENT}5a0000fff0${'00'.repeat(65_520)}`),
    spliced(`${ABSENT}591000${'00'.repeat(4_096)}`),
  ],
];

const handover = (more: Record<string, unknown>) =>
  presented({ response: good(), context: { handover: more } });

const CONTEXT_CASES: readonly Case[] = [
  ['no session', 'credential.data_missing', presented({ response: good(), context: {} })],
  [
    'two sessions',
    'credential.malformed',
    presented({
      response: good(),
      context: { ...CONTEXT, handover: { type: 'annex-c', origin: 'a', encryptionInfoBase64Url: 'a' } },
    }),
  ],
  [
    'a transcript that is none',
    'credential.malformed',
    presented({ response: good(), context: { sessionTranscriptBase64: base64(cbor([null, null])) } }),
  ],
  [
    'a transcript that is no CBOR',
    'credential.malformed',
    presented({ response: good(), context: { sessionTranscriptBase64: 'AAAA' } }),
  ],
  [
    'a handover without its nonce',
    'credential.data_missing',
    handover({ type: 'openid4vp-1.0', clientId: 'a', responseUri: 'b' }),
  ],
  [
    'a proximity handover without the key of the reader',
    'credential.data_missing',
    handover({ type: 'proximity-qr', deviceEngagementBase64: 'oA==' }),
  ],
  [
    'a handover that the device did not sign',
    'signature.device',
    handover({ type: 'openid4vp-1.0-dc-api', origin: 'https://a.test', nonce: NONCE }),
  ],
];

export const MDOC_CASES: readonly Negative[] = [
  ...SIGNER_CASES,
  ...ISSUER_CASES,
  ...ELEMENT_CASES,
  ...DEVICE_CASES,
  ...RESPONSE_CASES,
  ...CONTEXT_CASES,
].map(([title, code, wrong, accepted = control]) => ({ name: title, code, wrong, control: accepted }));
