/** A health certificate of a card's holder: the text of its QR code. */
import { deflateSync } from 'node:zlib';
import type { HealthSigner } from '../authority/health.ts';
import type { CardPerson } from '../cards/person.ts';
import { cbor, coseSign1, Tagged } from '../cbor.ts';
import { p256Key, p256Sign } from '../p256.ts';

export const HCERT_FAULTS = [
  'wrong-signer',
  'unknown-signer',
  'bad-signature',
  'der-signature',
  'wrong-algorithm',
  'expired',
  'not-yet-valid',
  'two-events',
  'duplicate-key',
  'trailing-byte',
  'compression-bomb',
  'uncompressed',
  'lower-case',
] as const;
export type HcertFault = (typeof HCERT_FAULTS)[number];

export interface HealthCertificateOptions {
  readonly signer: HealthSigner;
  readonly person: CardPerson;
  readonly index: number;
  /** How often the credential was replaced. */
  readonly generation?: number;
  /** From when it is good, some four years. */
  readonly validFromMs: number;
  /** When it is shown, which faults of time count from. */
  readonly atMs: number;
  readonly fault?: HcertFault | null;
}

const ES256 = -7;
const PS256 = -37;
const DAY_S = 86_400;
const GOOD_DAYS = 1_460;
const BOMB_BYTES = 1_000_000;

export function healthCertificateText(options: HealthCertificateOptions): string {
  const { signer, fault = null } = options;
  const payload = cwt(options);
  const keyId = fault === 'unknown-signer' ? signer.keyId.map((byte) => byte ^ 0xff) : signer.keyId;
  const stranger = p256Key(new Uint8Array(40).fill(0x5a));
  const sign1 = coseSign1({
    key: fault === 'wrong-signer' ? stranger : signer.key,
    payload,
    protectedHeader: new Map<number, unknown>([
      [1, fault === 'wrong-algorithm' ? PS256 : ES256],
      [4, keyId],
    ]),
    ...(fault === 'bad-signature' && { sign: (message) => withLastBit(p256Sign(signer.key, message)) }),
    ...(fault === 'der-signature' && { sign: (message) => derOf(p256Sign(signer.key, message)) }),
  });
  const bytes = cbor(new Tagged(18, sign1));
  return textOf(bytes, fault);
}

function textOf(bytes: Uint8Array, fault: HcertFault | null): string {
  switch (fault) {
    case 'uncompressed':
      return `HC1:${base45Text(bytes)}`;
    case 'compression-bomb':
      return `HC1:${base45Text(deflateSync(Buffer.concat([bytes, Buffer.alloc(BOMB_BYTES)])))}`;
    case 'trailing-byte':
      return `HC1:${base45Text(Buffer.concat([deflateSync(bytes), Buffer.of(0)]))}`;
    case 'lower-case':
      return `HC1:${base45Text(deflateSync(bytes)).toLowerCase()}`;
    default:
      return `HC1:${base45Text(deflateSync(bytes))}`;
  }
}

/** RFC 8392, with the European certificate under claim -260. */
function cwt(options: HealthCertificateOptions): Uint8Array {
  const { signer, person, index, generation = 0, fault } = options;
  const { issued_s, until_s } = timesOf(options);
  const certificate = europeanCertificate(signer, person, index, generation, new Date(issued_s * 1000));
  const twice = fault === 'two-events' ? { r: certificate.v } : {};
  const claims = new Map<number, unknown>([
    [1, signer.country],
    [4, until_s],
    [6, issued_s],
    [-260, new Map([[1, { ...certificate, ...twice }]])],
  ]);
  const encoded = cbor(claims);
  return fault === 'duplicate-key' ? withClaimTwice(encoded, claims.size) : encoded;
}

function timesOf({ validFromMs, atMs, fault }: HealthCertificateOptions) {
  const [from_s, at_s] = [Math.floor(validFromMs / 1000), Math.floor(atMs / 1000)];
  const issued_s = fault === 'not-yet-valid' ? at_s + DAY_S : from_s;
  return { issued_s, until_s: fault === 'expired' ? at_s - DAY_S : issued_s + GOOD_DAYS * DAY_S };
}

/** Schema 1.3. */
function europeanCertificate(
  signer: HealthSigner,
  person: CardPerson,
  index: number,
  generation: number,
  issued: Date,
) {
  const number = String(index).padStart(10, '0') + (generation === 0 ? '' : `R${generation}`);
  return {
    ver: '1.3.0',
    nam: {
      fn: person.familyName,
      gn: person.givenName,
      fnt: machineReadable(person.familyName),
      gnt: machineReadable(person.givenName),
    },
    dob: person.birthDate,
    v: [
      {
        tg: '840539006',
        vp: '1119349007',
        mp: 'EU/1/20/1528',
        ma: 'ORG-100030215',
        dn: 2,
        sd: 2,
        dt: issued.toISOString().slice(0, 10),
        co: signer.country,
        is: signer.authority,
        ci: `URN:UVCI:01:${signer.country}:${number}`,
      },
    ],
  };
}

/** ICAO Doc 9303: letters A to Z. */
function machineReadable(text: string): string {
  return text
    .replaceAll('ü', 'ue')
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toUpperCase();
}

/** The issuer a second time, in a map of one pair more. */
function withClaimTwice(map: Uint8Array, pairs: number): Uint8Array {
  return Buffer.concat([Buffer.of(0xa0 | (pairs + 1)), map.subarray(1), cbor(1), cbor('XX')]);
}

function withLastBit(signature: Uint8Array): Uint8Array {
  const last = signature.length - 1;
  signature[last] = (signature[last] ?? 0) ^ 1;
  return signature;
}

/** SEQUENCE of two INTEGERs, as X.509 has signatures. */
function derOf(signature: Uint8Array): Uint8Array {
  const integer = (half: Uint8Array) => {
    const from = half.findIndex((byte) => byte !== 0);
    const bytes = half.subarray(from);
    const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, content.length), content]);
  };
  const content = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** RFC 9285. */
export function base45Text(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const [first = 0, second] = bytes.subarray(i, i + 2);
    let value = second === undefined ? first : first * 256 + second;
    for (let digits = second === undefined ? 2 : 3; digits > 0; digits -= 1) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}
