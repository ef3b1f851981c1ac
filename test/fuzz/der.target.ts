/** DER and certificates: the reader, the certificate, its signature. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { makeCardPki } from '../../platform/authority/card-pki.ts';
import { issueRevocationList } from '../../platform/authority/certificates.ts';
import { der, sequence, small } from '../../platform/der.ts';
import type { Certificate } from '../../workers/certificates/certificate.ts';
import { CertificateLists, parseCertificateList } from '../../workers/certificates/crl.ts';
import { canonicalName } from '../../workers/certificates/names.ts';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { findPath } from '../../workers/certificates/path-building.ts';
import { RFC5280, WEB_PKI } from '../../workers/certificates/path-profile.ts';
import { ANY_PATH, pathFault } from '../../workers/certificates/path-validation.ts';
import { parsePublicKey } from '../../workers/certificates/public-key.ts';
import { signedBy } from '../../workers/certificates/signature-check.ts';
import { derElementBytes, derFault } from '../../workers/codecs/der-check.ts';
import { rawSignature } from '../../workers/codecs/der-signature.ts';
import { fromHex } from '../../workers/codecs/hex.ts';
import { mutateBytes, replaced } from './bytes.ts';
import type { FuzzTarget } from './driver.ts';
import type { Random } from './random.ts';

export const target: FuzzTarget = {
  name: 'der',
  seeds: () => [
    ...SMALL.map(fromHex),
    ...[PKI.root, PKI.issuing].map(({ certificate }) => certificate),
    ...PKI.lists,
    FULL_LIST,
    ...published(),
  ],
  mutate: (input, random, other) => (random.once(3) ? mutateBytes : mutateDer)(input, random, other),
  run(input) {
    const fault = derFault(input);
    const size = derElementBytes(input);
    if (fault === null && size !== input.length) throw new RangeError('a whole element of another size');
    rawSignature(input, 32);
    parsePublicKey(input);
    const list = parseCertificateList(input);
    if (typeof list !== 'string' && fault !== null) throw new RangeError('a list that is no DER');
    const certificate = parseCertificate(input);
    if (typeof certificate === 'string') return;
    if (fault !== null) throw new RangeError('a certificate that is no DER');
    for (const view of [certificate.tbs, certificate.issuer, certificate.subject, certificate.key.spki]) {
      if (derFault(view) !== null) throw new RangeError('a part that is no DER');
    }
    judge(certificate);
  },
};

/** The certificate in every place of a path, under itself: signatures aside, all of validation. */
function judge(certificate: Certificate): void {
  const lists = new CertificateLists(LISTS);
  const [policies, purpose] = [['1.2.3'], '1.3.6.1.5.5.7.3.1'];
  for (const profile of [RFC5280, WEB_PKI]) {
    const rules = { ...ANY_PATH, profile, atMs: AT_MS, lists, policies, purpose, keyUsage: 1 };
    const path = findPath({
      leaf: certificate,
      intermediates: [certificate, ...AUTHORITIES],
      anchors: [certificate, ...AUTHORITIES],
      rulesFor: () => rules,
    });
    if (typeof path !== 'string' && path.length < 2) throw new RangeError('a path of nobody');
    for (const ca of AUTHORITIES) pathFault([certificate, certificate, ca], rules);
    for (const ca of AUTHORITIES) pathFault([ca, certificate, certificate], rules);
  }
  signedBy(certificate, certificate.key);
  canonicalName(certificate.subject);
}

const AT_MS = Date.UTC(2026, 10, 20);
const PKI = makeCardPki({
  seed: 'fuzz',
  region: 'cq',
  residentArea: '100000',
  year: 2026,
  algorithm: 'p256',
});
const AUTHORITIES = [PKI.root, PKI.issuing].flatMap(({ certificate }) => {
  const read = parseCertificate(certificate);
  return typeof read === 'string' ? [] : [read];
});
const LISTS = PKI.lists.flatMap((der) => {
  const read = parseCertificateList(der);
  return typeof read === 'string' ? [] : [read];
});
/** One that has entries, and all extensions that lists may have. */
const FULL_LIST = issueRevocationList(
  {
    issuer: PKI.issuing.subject,
    thisUpdateMs: AT_MS,
    nextUpdateMs: AT_MS + 1,
    revoked: [0, 1, 9].map((reason) => ({ serial: Uint8Array.of(1, reason), atMs: AT_MS, reason })),
    extensions: [
      { oid: '2.5.29.20', value: small(5) },
      {
        oid: '2.5.29.28',
        critical: true,
        value: sequence(
          der(0xa0, der(0xa0, der(0x86, Buffer.from('http://a.example/1')))),
          der(0x81, Uint8Array.of(0xff)),
        ),
      },
    ],
  },
  PKI.issuing.key,
);

const SMALL = ['3000', '3006020101020102', '310602010102010a', '30800000', '0301000500'];

/** Certificates of others, where they are at hand. */
function published(): Uint8Array[] {
  const root = resolve(import.meta.dirname, '../..');
  const folder = resolve(root, process.env['ONECARD_VECTORS'] ?? '../shared/vectors');
  const limbo = resolve(folder, 'x509-limbo/limbo-2023-12-02.json');
  if (!existsSync(limbo)) return [];
  const texts = readFileSync(limbo, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+/g) ?? [];
  const ders = texts.map((text) => Buffer.from(text.slice(27).replaceAll('\\n', ''), 'base64'));
  const sm2 = ['sm_root', 'sm_ca1'].map((name) =>
    fromHex(readFileSync(resolve(folder, `sm2/${name}.der.hex`), 'utf8').trim()),
  );
  return [...sm2, ...ders.filter((_, i) => i % 7 === 0).map((der) => new Uint8Array(der))];
}

/** One element changed as a whole, and the lengths around it made right, so that what is inside is reached. */
export function mutateDer(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const elements = elementsOf(input);
  const chosen = elements[random.below(elements.length + 1)];
  if (chosen === undefined) return input;
  const donors = elementsOf(other);
  const donor = donors[random.below(donors.length + 1)];
  return rebuilt(input, elements, chosen, changed(input, chosen, random, other, donor));
}

interface Element {
  readonly at: number;
  readonly start: number;
  readonly stop: number;
  /** Its place among the elements; -1: at the top. */
  readonly parent: number;
}

const ELEMENTS_MAX = 512;
const DEPTH_MAX = 24;

/** Of constructed elements, and of octet and bit strings that hold DER. */
function elementsOf(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  const walk = (from: number, end: number, parent: number, depth: number) => {
    for (let at = from; at < end && found.length < ELEMENTS_MAX; ) {
      const size = derElementBytes(bytes.subarray(at, end));
      if (size < 2 || at + size > end) return;
      const first = bytes[at + 1] as number;
      const start = at + 2 + (first < 0x80 ? 0 : first & 0x7f);
      const index = found.push({ at, start, stop: at + size, parent }) - 1;
      const tag = bytes[at] as number;
      if (depth < DEPTH_MAX) {
        if ((tag & 0x20) !== 0) walk(start, at + size, index, depth + 1);
        else if (tag === 0x04 && bytes[start] === 0x30) walk(start, at + size, index, depth + 1);
      }
      at += size;
    }
  };
  walk(0, bytes.length, -1, 0);
  return found;
}

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa1, 0xa3,
] as const;

function changed(
  bytes: Uint8Array,
  { at, start, stop }: Element,
  random: Random,
  other: Uint8Array,
  donor: Element | undefined,
): Uint8Array {
  const whole = bytes.subarray(at, stop);
  switch (random.below(8)) {
    case 0:
      return new Uint8Array();
    case 1:
      return joined([whole, whole]);
    case 2:
      return donor === undefined ? whole : other.subarray(donor.at, donor.stop);
    case 3:
      return joined([
        whole,
        donor === undefined ? Uint8Array.of(5, 0) : other.subarray(donor.at, donor.stop),
      ]);
    case 4:
      return encoded(random.of(TAGS), bytes.subarray(start, stop));
    case 5:
      return encoded(random.of(TAGS), whole);
    case 6:
      return Uint8Array.of(bytes[at] as number, 0x82, 0, stop - start, ...bytes.subarray(start, stop));
    default: {
      const value = mutateBytes(bytes.slice(start, stop), random, other);
      return encoded(bytes[at] as number, value);
    }
  }
}

/** The input with `by` for the element, and every length around it said anew. */
function rebuilt(
  bytes: Uint8Array,
  elements: readonly Element[],
  element: Element,
  by: Uint8Array,
): Uint8Array {
  const parent = elements[element.parent];
  if (parent === undefined) return replaced(bytes, element.at, element.stop - element.at, by);
  const value = joined([
    bytes.subarray(parent.start, element.at),
    by,
    bytes.subarray(element.stop, parent.stop),
  ]);
  return rebuilt(bytes, elements, parent, encoded(bytes[parent.at] as number, value));
}

function encoded(tag: number, value: Uint8Array): Uint8Array {
  const { length } = value;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : length < 0x1_0000
          ? [tag, 0x82, length >> 8, length & 0xff]
          : [tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return joined([Uint8Array.from(head), value]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
