/** The trust of mobile documents: issuing authorities and pinned document signers, and what was proven under them. */
import { type Certificate, KEY_USAGE } from '../../certificates/certificate.ts';
import { ATTRIBUTE, attributeText } from '../../certificates/names.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { BASIC } from '../../certificates/path-profile.ts';
import { readPemCertificate } from '../../certificates/pem.ts';
import { holds, signedBy } from '../../certificates/signature-check.ts';
import { equalBytes, toHex } from '../../codecs/hex.ts';
import type { SignatureEngine } from '../../engine/job.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import { FAMILY_NAME, type MdocAnchor } from './anchors.ts';
import { RememberedDocuments } from './remembered.ts';

export interface LoadedAnchor {
  /** Its place among the anchors of this revision of trust. */
  readonly number: number;
  readonly region: string;
  readonly issuer: string;
  readonly certificate: Certificate;
  /** Of its subject, which that of its signers repeats; empty where it has none. */
  readonly country: string;
  readonly pinned: boolean;
  /** Null: any. */
  readonly docTypes: ReadonlySet<string> | null;
  readonly extKeyUsage: string | null;
}

export interface MdocTrust {
  readonly setting: TrustSetting;
  readonly anchors: readonly LoadedAnchor[];
  readonly remembered: RememberedDocuments;
}

/** Throws TrustError when a certificate cannot be used, or is there twice. */
export function* loadTrust(document: TrustDocument, setting: TrustSetting): Loading<MdocTrust> {
  const anchors: LoadedAnchor[] = [];
  for (const [at, anchor] of anchorsOf<MdocAnchor>(document, FAMILY_NAME)) {
    const field = `anchors/${at}/certificatePem`;
    const certificate = readCertificate(anchor, field, setting.engine);
    if (anchors.some((other) => equalBytes(other.certificate.der, certificate.der))) {
      throw new TrustError(`${field}: this certificate is there twice`);
    }
    const { point, algorithm } = certificate.key;
    if (algorithm === 'p256' && point !== null) setting.engine.prepare('p256', point);
    anchors.push({
      number: anchors.length,
      region: anchor.region ?? '',
      issuer: anchor.issuer ?? issuerName(certificate),
      certificate,
      country: attributeText(certificate.subject, ATTRIBUTE.country) ?? '',
      pinned: anchor.pinned !== undefined,
      docTypes: anchor.docTypes === undefined ? null : new Set(anchor.docTypes),
      extKeyUsage: anchor.extKeyUsage ?? null,
    });
    yield;
  }
  return { setting, anchors, remembered: new RememberedDocuments(setting) };
}

/** X ‖ Y where the certificate has such a key, else all of it: the key is looked for inside it. */
export function anchorKeys({ certificatePem }: MdocAnchor): readonly string[] {
  const der = readPemCertificate(certificatePem);
  const certificate = der === null ? 'credential.malformed' : parseCertificate(der);
  if (typeof certificate === 'string') return [];
  const { point, bits } = certificate.key;
  return [toHex(point ?? bits)];
}

function readCertificate(anchor: MdocAnchor, field: string, engine: SignatureEngine): Certificate {
  const der = readPemCertificate(anchor.certificatePem);
  if (der === null) throw new TrustError(`${field}: is not one certificate in PEM`);
  const certificate = parseCertificate(der);
  if (typeof certificate === 'string') throw new TrustError(`${field}: ${certificate}`);
  if (anchor.pinned !== undefined) {
    if (certificate.extensions.basicConstraints?.ca === true) {
      throw new TrustError(`${field}: is that of an authority; a pinned document signer is none`);
    }
    return certificate;
  }
  const fault = BASIC.fault(certificate, 'anchor');
  if (fault !== null) {
    const remedy =
      fault === 'trust.not_a_ca' ? '; to trust a signer itself, set "pinned": "document-signer"' : '';
    throw new TrustError(`${field}: ${fault}${remedy}`);
  }
  if (((certificate.extensions.keyUsage ?? 0) & KEY_USAGE.keyCertSign) === 0) {
    throw new TrustError(`${field}: its key is not for signing certificates`);
  }
  const isOwn = equalBytes(certificate.subject, certificate.issuer);
  if (isOwn && !holds(engine, signedBy(certificate, certificate.key))) {
    throw new TrustError(`${field}: its signature is not its own`);
  }
  return certificate;
}

/** Country and organisation, or name: what there is of it, in ASCII, at most 64 characters. */
function issuerName({ subject }: Certificate): string {
  const country = attributeText(subject, ATTRIBUTE.country);
  const name = attributeText(subject, ATTRIBUTE.organisation) ?? attributeText(subject, ATTRIBUTE.commonName);
  const text = [country, name].filter((part) => part !== null).join(':');
  const ascii = text
    .normalize('NFKD')
    .replace(/[^ -~]/g, '')
    .trim()
    .slice(0, 64);
  return ascii === '' ? FAMILY_NAME : ascii;
}
