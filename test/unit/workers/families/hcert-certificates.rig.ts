/** Health certificates made by hand, with every part open to a fault. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import {
  type CertificateDraft,
  extension,
  issueCertificate,
  name,
  USAGE,
} from '../../../../platform/authority/certificates.ts';
import { cbor, coseSign1, type Sign1Options, Tagged } from '../../../../platform/cbor.ts';
import { base45Text } from '../../../../platform/issue/hcert.ts';
import { type P256Key, p256Key } from '../../../../platform/p256.ts';

export const AT_MS = Date.UTC(2026, 10, 20, 8);
export const AT_S = AT_MS / 1000;

const keyOf = (letter: number) => p256Key(new Uint8Array(40).fill(letter));
export const KEY = keyOf(11);
/** Trusted by nobody. */
export const STRANGER = keyOf(12);
/** Of signers that may sign tests only, recoveries only, and all but are over or not begun. */
export const TEST_KEY = keyOf(13);
export const OVER_KEY = keyOf(15);
export const EARLY_KEY = keyOf(16);
export const OTHER_KEY = keyOf(17);

const USAGES = (...kinds: number[]) => kinds.map((kind) => `1.3.6.1.4.1.1847.2021.1.${kind}`);
const DAY_MS = 86_400_000;

export function dsc(key: P256Key, change: Partial<CertificateDraft> = {}): Uint8Array {
  return issueCertificate(
    {
      serial: key.publicKey.slice(1, 4),
      issuer: name({ C: 'XX', CN: 'CSCA' }),
      subject: name({ C: 'XX', CN: 'DSC' }),
      notBeforeMs: AT_MS - 100 * DAY_MS,
      notAfterMs: AT_MS + 100 * DAY_MS,
      key: { algorithm: 'p256', key },
      extensions: [extension.keyUsage(USAGE.digitalSignature), extension.extKeyUsage(USAGES(1, 2, 3))],
      ...change,
    },
    { algorithm: 'p256', key: STRANGER },
  );
}

export const DSC = dsc(KEY);
export const OTHER_DSC = dsc(OTHER_KEY);
export const TEST_DSC = dsc(TEST_KEY, { extensions: [extension.extKeyUsage(USAGES(1))] });
export const OVER_DSC = dsc(OVER_KEY, { notAfterMs: AT_MS - 1_000 });
export const EARLY_DSC = dsc(EARLY_KEY, { notBeforeMs: AT_MS + 1_000 });

/** A certificate of another algorithm has no issuer here: it is signed by nobody, as it is pinned. */
export interface OtherSigner {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
}

export const kidOf = (certificate: Uint8Array) =>
  createHash('sha256').update(certificate).digest().subarray(0, 8);
export const anchor = (certificate: Uint8Array) => ({
  family: 'hcert',
  region: 'xx',
  certificateBase64: Buffer.from(certificate).toString('base64'),
});
export const HCERT_TRUST = {
  anchors: [DSC, OTHER_DSC, TEST_DSC, OVER_DSC, EARLY_DSC].map(anchor),
};

export const NAMES = { fn: 'Müller', gn: 'Anna Lea', fnt: 'MUELLER', gnt: 'ANNA<LEA' };
export const EVENT = {
  tg: '840539006',
  vp: '1119349007',
  mp: 'EU/1/20/1528',
  ma: 'ORG-100030215',
  dn: 2,
  sd: 2,
  dt: '2026-06-01',
  co: 'XX',
  is: 'Ministry of Health',
  ci: 'URN:UVCI:01:XX:ABCDEF',
};
export const DCC = { ver: '1.3.0', nam: NAMES, dob: '1971-03-04', v: [EVENT] };

export const claimsOf = (dcc: unknown = DCC, change: readonly (readonly [number, unknown])[] = []) =>
  new Map<number, unknown>([
    [1, 'XX'],
    [4, AT_S + 1_000],
    [6, AT_S - 1_000],
    [-260, new Map([[1, dcc]])],
    ...change,
  ]);

export interface CertificateParts {
  readonly claims?: unknown;
  /** Default: CBOR of the claims. */
  readonly payload?: Uint8Array;
  readonly key?: P256Key;
  readonly protectedHeader?: ReadonlyMap<number, unknown>;
  readonly unprotectedHeader?: ReadonlyMap<number, unknown>;
  readonly sign?: NonNullable<Sign1Options['sign']>;
  readonly detached?: boolean;
  /** What is done with the COSE_Sign1; default: tag 18. */
  readonly envelope?: (sign1: readonly unknown[]) => unknown;
}

export const HEADER: ReadonlyMap<number, unknown> = new Map<number, unknown>([
  [1, -7],
  [4, kidOf(DSC)],
]);

export function cose(parts: CertificateParts = {}): Uint8Array {
  const {
    claims = claimsOf(),
    payload = cbor(claims),
    key = KEY,
    envelope = (each) => new Tagged(18, each),
  } = parts;
  const { protectedHeader = HEADER, unprotectedHeader, sign, detached } = parts;
  const sign1 = coseSign1({
    key,
    payload,
    protectedHeader,
    ...(unprotectedHeader && { unprotectedHeader }),
    ...(sign && { sign }),
    ...(detached && { detached }),
  });
  return cbor(envelope(sign1));
}

export const spell = (bytes: Uint8Array) => `HC1:${base45Text(bytes)}`;
export const hcertText = (parts: CertificateParts = {}) => spell(deflateSync(cose(parts)));
export const shown = (text: string, atMs = AT_MS) => ({ atMs, credential: { text }, context: {} });

/** SubjectPublicKeyInfo of any key in a certificate that nobody signed. */
export function dscOf(
  namedCurve: 'P-384' | 'brainpoolP256r1' | 'rsa2048' | 'rsa1024' | 'ed25519',
): OtherSigner {
  const { privateKey, publicKey } = pairOf(namedCurve);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const der = Buffer.from(dsc(KEY));
  // The key's structure is replaced by another: all lengths around it change with it.
  const own = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
  const at = der.indexOf(own);
  const tbs = wrap(
    0x30,
    Buffer.concat([contentOf(der, 1).subarray(0, at - 8), spki, contentOf(der, 1).subarray(at - 8 + 0x5b)]),
  );
  const rest = der.subarray(4 + 4 + contentOf(der, 1).length);
  return { privateKey, certificate: wrap(0x30, Buffer.concat([tbs, rest])) };
}

function pairOf(kind: Parameters<typeof dscOf>[0]) {
  switch (kind) {
    case 'rsa1024':
    case 'rsa2048':
      return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    default:
      return generateKeyPairSync('ec', { namedCurve: kind });
  }
}

/** Content of the outer SEQUENCE, or of the first in it; both have two bytes of length here. */
function contentOf(der: Buffer, depth: 0 | 1): Buffer {
  const start = depth * 4;
  return der.subarray(start + 4, start + 4 + der.readUInt16BE(start + 2));
}

function wrap(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 0x80
      ? Buffer.of(content.length)
      : content.length < 0x100
        ? Buffer.of(0x81, content.length)
        : Buffer.of(0x82, content.length >> 8, content.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, content]);
}
