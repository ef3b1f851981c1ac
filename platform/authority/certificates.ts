/** X.509 certificates and revocation lists of the reference platform (RFC 5280), signed with SM2 or P-256. */

import { joined } from '../bytes.ts';
import {
  bitString,
  der,
  derNull,
  derTrue,
  identifier,
  octets,
  sequence,
  setOf,
  signatureValue,
  small,
  time,
  unsigned,
  utf8,
} from '../der.ts';
import { type P256Key, p256Sign } from '../p256.ts';
import { type Sm2Key, sm2Sign } from '../sm2.ts';

export type SigningKey =
  | { readonly algorithm: 'sm2'; readonly key: Sm2Key }
  | { readonly algorithm: 'p256'; readonly key: P256Key };

export interface Named {
  readonly oid: string;
  readonly critical?: boolean;
  /** DER of the value. */
  readonly value: Uint8Array;
}

export interface CertificateDraft {
  /** Big-endian, at most 20 bytes. */
  readonly serial: Uint8Array;
  /** DER of Name, see `name`. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly key: Pick<SigningKey, 'algorithm'> & { readonly key: { readonly publicKey: Uint8Array } };
  readonly extensions: readonly Named[];
}

const SIGNATURE_IDENTIFIERS = {
  sm2: sequence(identifier('1.2.156.10197.1.501'), derNull),
  p256: sequence(identifier('1.2.840.10045.4.3.2')),
};
const CURVES = { sm2: '1.2.156.10197.1.301', p256: '1.2.840.10045.3.1.7' };
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';

/** r ‖ s over the message; SM2 with the default distinguishing ID. */
export function signRaw(signer: SigningKey, message: Uint8Array): Uint8Array {
  return signer.algorithm === 'sm2' ? sm2Sign(signer.key, message) : p256Sign(signer.key, message);
}

/** The certificate, DER. */
export function issueCertificate(draft: CertificateDraft, signer: SigningKey): Uint8Array {
  const { algorithm, key } = draft.key;
  const tbs = sequence(
    der(0xa0, small(2)),
    unsigned(draft.serial),
    SIGNATURE_IDENTIFIERS[signer.algorithm],
    draft.issuer,
    sequence(time(draft.notBeforeMs), time(draft.notAfterMs)),
    draft.subject,
    sequence(
      sequence(identifier(EC_PUBLIC_KEY), identifier(CURVES[algorithm])),
      bitString(joined(Uint8Array.of(4), key.publicKey)),
    ),
    ...(draft.extensions.length === 0 ? [] : [der(0xa3, extensionList(draft.extensions))]),
  );
  return signed(tbs, signer);
}

export interface ListDraft {
  readonly issuer: Uint8Array;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  readonly revoked: readonly {
    readonly serial: Uint8Array;
    readonly atMs: number;
    readonly reason?: number;
  }[];
  readonly extensions?: readonly Named[];
}

/** The revocation list (clause 5), DER. */
export function issueRevocationList(draft: ListDraft, signer: SigningKey): Uint8Array {
  const entries = draft.revoked.map(({ serial, atMs, reason }) =>
    sequence(
      unsigned(serial),
      time(atMs),
      ...(reason === undefined
        ? []
        : [extensionList([{ oid: '2.5.29.21', value: der(0x0a, Uint8Array.of(reason)) }])]),
    ),
  );
  const { extensions = [] } = draft;
  const tbs = sequence(
    small(1),
    SIGNATURE_IDENTIFIERS[signer.algorithm],
    draft.issuer,
    time(draft.thisUpdateMs),
    time(draft.nextUpdateMs),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [der(0xa0, extensionList(extensions))]),
  );
  return signed(tbs, signer);
}

function signed(tbs: Uint8Array, signer: SigningKey): Uint8Array {
  return sequence(
    tbs,
    SIGNATURE_IDENTIFIERS[signer.algorithm],
    bitString(signatureValue(signRaw(signer, tbs))),
  );
}

function extensionList(extensions: readonly Named[]): Uint8Array {
  return sequence(
    ...extensions.map(({ oid, critical, value }) =>
      sequence(identifier(oid), ...(critical ? [derTrue] : []), octets(value)),
    ),
  );
}

const ATTRIBUTES = {
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
};

/** A Name of the attributes in order; the country is a PrintableString. */
export function name(attributes: Partial<Record<keyof typeof ATTRIBUTES, string>>): Uint8Array {
  return sequence(
    ...Object.entries(attributes).map(([key, text]) =>
      setOf(
        sequence(
          identifier(ATTRIBUTES[key as keyof typeof ATTRIBUTES]),
          key === 'C' ? der(0x13, Buffer.from(text, 'latin1')) : utf8(text),
        ),
      ),
    ),
  );
}

/** Extensions that all certificates of the platform use. Each takes what differs. */
export const extension = {
  basicConstraints: (ca: boolean, pathLen?: number): Named => ({
    oid: '2.5.29.19',
    critical: true,
    value: sequence(...(ca ? [derTrue] : []), ...(pathLen === undefined ? [] : [small(pathLen)])),
  }),
  /** `bits`: numbers of clause 4.2.1.3, 0 to 7. */
  keyUsage: (...bits: readonly number[]): Named => {
    const last = Math.max(...bits);
    const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
    return { oid: '2.5.29.15', critical: true, value: bitString(Uint8Array.of(byte), 7 - last) };
  },
  extKeyUsage: (purposes: readonly string[], critical: boolean = false): Named => ({
    oid: '2.5.29.37',
    critical,
    value: sequence(...purposes.map(identifier)),
  }),
  subjectKeyId: (id: Uint8Array): Named => ({ oid: '2.5.29.14', value: octets(id) }),
  authorityKeyId: (id: Uint8Array): Named => ({ oid: '2.5.29.35', value: sequence(der(0x80, id)) }),
  policies: (...policies: readonly string[]): Named => ({
    oid: '2.5.29.32',
    value: sequence(...policies.map((policy) => sequence(identifier(policy)))),
  }),
  /** 4.2.1.13: one point, at this address. */
  distributionPoint: (uri: string): Named => ({
    oid: '2.5.29.31',
    value: sequence(sequence(der(0xa0, der(0xa0, der(0x86, Buffer.from(uri, 'latin1')))))),
  }),
};

/** Bits of `extension.keyUsage`. */
export const USAGE = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  crlSign: 6,
} as const;
