/** The trust of cards' certificates: CAs at the top, what stands below them, and their revocation lists. */
import type { Certificate } from '../../certificates/certificate.ts';
import { KEY_USAGE } from '../../certificates/certificate.ts';
import {
  type CertificateList,
  CertificateLists,
  parseCertificateListInSteps,
} from '../../certificates/crl.ts';
import { nameText, sameName } from '../../certificates/names.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { BASIC } from '../../certificates/path-profile.ts';
import { readPemCertificate } from '../../certificates/pem.ts';
import { publicKeyHex } from '../../certificates/public-key.ts';
import { holds, prepareKey, signatureCheck, signedBy } from '../../certificates/signature-check.ts';
import { fromHex } from '../../codecs/hex.ts';
import { NOTHING, type SignatureEngine } from '../../engine/job.ts';
import { SM2_DEFAULT_ID } from '../../engine/sm2-digest.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import type { CardPkiAnchor } from './anchors.ts';
import { RememberedCards } from './remembered.ts';

export const FAMILY_NAME = 'card-pki';

export interface CaAnchor {
  /** Its place among the anchors of this revision of trust. */
  readonly number: number;
  /** '' where it names none. */
  readonly region: string;
  readonly certificate: Certificate;
  /** Distinguishing ID of holders. */
  readonly id: Uint8Array;
  readonly lists: CertificateLists;
  readonly policies: readonly string[] | null;
  readonly purpose: string | null;
}

export interface CardPkiTrust {
  readonly setting: TrustSetting;
  /** By certificate, as a path ends with it. */
  readonly anchors: ReadonlyMap<Certificate, CaAnchor>;
  readonly numbered: readonly CaAnchor[];
  /** By subject: its bytes (`nameKey`), and its text (`nameText`), for names that are the same and not by bytes. */
  readonly bySubject: ReadonlyMap<string, readonly Certificate[]>;
  readonly byText: ReadonlyMap<string, readonly Certificate[]>;
  /** CAs below anchors that the document holds, each with the one that signed it. */
  readonly intermediates: ReadonlyMap<Certificate, Certificate>;
  readonly remembered: RememberedCards;
}

/** Equal for names that are the same by bytes. */
export function nameKey(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
}

/** Throws TrustError when a certificate or a list cannot be used, or a CA is there twice. */
export function* loadTrust(document: TrustDocument, setting: TrustSetting): Loading<CardPkiTrust> {
  const anchors = new Map<Certificate, CaAnchor>();
  const bySubject = new Map<string, Certificate[]>();
  const byText = new Map<string, Certificate[]>();
  const intermediates = new Map<Certificate, Certificate>();
  const seen = new Set<string>();
  for (const [at, anchor] of anchorsOf<CardPkiAnchor>(document, FAMILY_NAME)) {
    const certificate = readAnchor(anchor, at);
    const der = nameKey(certificate.der);
    if (seen.has(der)) throw new TrustError(`anchors/${at}/certificatePem: the CA is there twice`);
    seen.add(der);
    const below = yield* readIntermediates(anchor, at, certificate, setting.engine);
    const lists = yield* readLists(anchor, at, [certificate, ...below.keys()], setting.engine);
    prepareKey(setting.engine, certificate.key);
    anchors.set(certificate, {
      number: anchors.size,
      region: anchor.region ?? '',
      certificate,
      id: anchor.distinguishingIdHex === undefined ? SM2_DEFAULT_ID : fromHex(anchor.distinguishingIdHex),
      lists: new CertificateLists(lists),
      policies: anchor.policies ?? null,
      purpose: anchor.keyPurpose ?? null,
    });
    addTo(bySubject, nameKey(certificate.subject), certificate);
    addTo(byText, nameText(certificate.subject), certificate);
    for (const [each, issuer] of below) {
      prepareKey(setting.engine, each.key);
      intermediates.set(each, issuer);
    }
    yield;
  }
  return {
    setting,
    anchors,
    numbered: [...anchors.values()],
    bySubject,
    byText,
    intermediates,
    remembered: new RememberedCards(setting),
  };
}

/** The key of the CA at the top: nobody else of the trust document may speak with it. */
export function anchorKeys(anchor: CardPkiAnchor): readonly string[] {
  const der = readPemCertificate(anchor.certificatePem);
  const certificate = der === null ? null : parseCertificate(der);
  if (certificate === null || typeof certificate === 'string') return [];
  return publicKeyHex(certificate.key);
}

function addTo(index: Map<string, Certificate[]>, key: string, certificate: Certificate): void {
  index.set(key, [...(index.get(key) ?? []), certificate]);
}

function readAnchor({ certificatePem }: CardPkiAnchor, at: number): Certificate {
  const fault = (what: string) => new TrustError(`anchors/${at}/certificatePem: ${what}`);
  const der = readPemCertificate(certificatePem);
  if (der === null) throw fault('is no certificate in PEM (one block, "BEGIN CERTIFICATE")');
  const certificate = parseCertificate(der);
  if (typeof certificate === 'string') throw fault(`the certificate cannot be read (${certificate})`);
  const found = BASIC.fault(certificate, 'anchor');
  if (found !== null) throw fault(`the certificate is not one of a CA (${found})`);
  return certificate;
}

function readBase64(text: string, fault: (what: string) => TrustError): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw fault('is no base64 (RFC 4648, clause 4, padded)');
  return new Uint8Array(bytes);
}

function* readIntermediates(
  { intermediatesBase64 = [] }: CardPkiAnchor,
  at: number,
  anchor: Certificate,
  engine: SignatureEngine,
): Loading<ReadonlyMap<Certificate, Certificate>> {
  const below = new Map<Certificate, Certificate>();
  for (const [i, base64] of intermediatesBase64.entries()) {
    const fault = (what: string) => new TrustError(`anchors/${at}/intermediatesBase64/${i}: ${what}`);
    const certificate = parseCertificate(readBase64(base64, fault));
    if (typeof certificate === 'string') throw fault(`the certificate cannot be read (${certificate})`);
    const found = BASIC.fault(certificate, 'ca');
    if (found !== null) throw fault(`the certificate is not one of a CA (${found})`);
    const issuer = [anchor, ...below.keys()].find(
      (each) => sameName(each.subject, certificate.issuer) && holds(engine, signedBy(certificate, each.key)),
    );
    if (issuer === undefined) throw fault('neither the anchor nor a certificate before it has signed it');
    below.set(certificate, issuer);
    yield;
  }
  return below;
}

/** A list is taken with the signature of a CA of this anchor, and of no use otherwise; when it is due is for taps to judge. */
function* readLists(
  { crlsBase64 = [] }: CardPkiAnchor,
  at: number,
  cas: readonly Certificate[],
  engine: SignatureEngine,
): Loading<readonly CertificateList[]> {
  const lists: CertificateList[] = [];
  for (const [i, base64] of crlsBase64.entries()) {
    const fault = (what: string) => new TrustError(`anchors/${at}/crlsBase64/${i}: ${what}`);
    const list = yield* parseCertificateListInSteps(readBase64(base64, fault));
    if (typeof list === 'string') throw fault(`the revocation list cannot be read (${list})`);
    const signer = cas.find(
      ({ subject, key, extensions: { keyUsage } }) =>
        sameName(subject, list.issuer) &&
        (keyUsage === null || (keyUsage & KEY_USAGE.crlSign) !== 0) &&
        holds(engine, signatureCheck(list.signatureAlgorithm, key, list.tbs, list.signature)),
    );
    if (signer === undefined)
      throw fault('no CA of this anchor has signed the list: name its issuer in intermediatesBase64');
    // Without the bytes it was read from, which may be a million.
    lists.push({ ...list, issuer: list.issuer.slice(), tbs: NOTHING, signature: NOTHING });
    yield;
  }
  return lists;
}
