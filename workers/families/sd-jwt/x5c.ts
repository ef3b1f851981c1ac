/** Certificates in the issuer's header (`x5c`, RFC 7515 clause 4.1.6) that lead to an anchor. */
import { createPublicKey } from 'node:crypto';
import type { Code } from '../../../config/codes.ts';
import { type Certificate, GENERAL_NAME, KEY_USAGE } from '../../certificates/certificate.ts';
import { coversHost } from '../../certificates/dns-name.ts';
import { ATTRIBUTE, attributeText } from '../../certificates/names.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { pathSignatures } from '../../certificates/path-building.ts';
import { BASIC } from '../../certificates/path-profile.ts';
import { ANY_PATH } from '../../certificates/path-validation.ts';
import { pinnedOrPath } from '../../certificates/pinned-path.ts';
import type { PublicKey } from '../../certificates/public-key.ts';
import type { SignatureCheck } from '../../certificates/signature-check.ts';
import type { SignatureEngine } from '../../engine/job.ts';
import type { PublicSignatureKey } from '../../jose/verification.ts';

const CERTIFICATES_MAX = 4;
/** Of an issuer's name, as anchors may have it. */
const NAME_CHARACTERS_MAX = 512;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What the certificates say, once their signatures hold. */
export interface CertifiedKey {
  readonly key: PublicSignatureKey;
  readonly names: IssuerNames;
  /** The certificate of the anchor. */
  readonly anchor: Certificate;
  /** Signatures that are still to be verified. */
  readonly signatures: readonly SignatureCheck[];
  /** While all certificates are good; both ends included. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Whom the leaf's key belongs to. */
export interface IssuerNames {
  readonly uris: readonly string[];
  readonly hosts: readonly string[];
  /** Of the subject: what people read. */
  readonly subject: string;
}

/** `value`: of the header's member. Never throws. */
export function readX5c(
  value: unknown,
  anchors: readonly Certificate[],
  engine: SignatureEngine,
  atMs: number,
): CertifiedKey | Code {
  if (!Array.isArray(value) || value.length === 0) return 'credential.malformed';
  if (value.length > CERTIFICATES_MAX) return 'credential.too_many_items';
  const certificates: Certificate[] = [];
  for (const text of value) {
    const certificate = readCertificate(text);
    if (typeof certificate === 'string') return certificate;
    certificates.push(certificate);
  }
  const [leaf, ...intermediates] = certificates as [Certificate, ...Certificate[]];
  const rules = { ...ANY_PATH, profile: BASIC, atMs, keyUsage: KEY_USAGE.digitalSignature };
  const path = pinnedOrPath({ leaf, intermediates, anchors }, rules);
  if (typeof path === 'string') return path;
  const key = signatureKey(leaf.key, engine);
  if (key === null) return 'key.invalid';
  return {
    key,
    names: namesOf(leaf),
    anchor: path.at(-1) as Certificate,
    signatures: pathSignatures(path),
    fromMs: Math.max(...path.map(({ notBeforeMs }) => notBeforeMs)),
    untilMs: Math.min(...path.map(({ notAfterMs }) => notAfterMs + 999)),
  };
}

/** DER in base64, with padding, not base64url. */
function readCertificate(text: unknown): Certificate | Code {
  if (typeof text !== 'string') return 'credential.malformed';
  if (!BASE64.test(text)) return 'credential.encoding';
  return parseCertificate(new Uint8Array(Buffer.from(text, 'base64')));
}

/** Null where it is no point of P-256; whether another key is one shows when it is used. */
function signatureKey(
  { algorithm, point, spki }: PublicKey,
  engine: SignatureEngine,
): PublicSignatureKey | null {
  switch (algorithm) {
    case 'p256':
      return point !== null && engine.isOnCurve('p256', point) ? { type: 'p256', publicKey: point } : null;
    case 'p384':
    case 'p521':
    case 'ed25519':
    case 'rsa':
      return {
        type: algorithm,
        open: () => createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
      };
    default:
      return null;
  }
}

function namesOf({ subject, extensions: { subjectAltNames } }: Certificate): IssuerNames {
  const texts = (tag: number) =>
    (subjectAltNames ?? [])
      .filter((name) => name.tag === tag)
      .map(({ value }) => Buffer.from(value).toString('latin1'));
  const parts = [ATTRIBUTE.commonName, ATTRIBUTE.organisation, ATTRIBUTE.country]
    .map((oid) => attributeText(subject, oid))
    .filter((text) => text !== null);
  return { uris: texts(GENERAL_NAME.uri), hosts: texts(GENERAL_NAME.dns), subject: parts.join(', ') };
}

/**
 * What the issuer is called: `iss` where the certificate is for that name, else what the certificate calls it. Null where the
 * credential names another: a CA vouches for a name, not for whatever its holder writes. A certificate without names of that
 * kind vouches for its subject only.
 */
export function certifiedIssuer(iss: unknown, { uris, hosts, subject }: IssuerNames): string | null {
  const own = uris[0] ?? hosts[0] ?? subject;
  if (own.length > NAME_CHARACTERS_MAX || (typeof iss === 'string' && iss.length > NAME_CHARACTERS_MAX))
    return null;
  if (iss === undefined) return own === '' ? null : own;
  if (typeof iss !== 'string') return null;
  if (uris.includes(iss)) return iss;
  const host = hostOf(iss);
  if (host !== null && hosts.some((name) => coversHost(name, host))) return iss;
  return uris.length === 0 && hosts.length === 0 && subject !== '' ? subject : null;
}

function hostOf(uri: string): string | null {
  return URL.canParse(uri) && uri.startsWith('https://') ? new URL(uri).hostname : null;
}
