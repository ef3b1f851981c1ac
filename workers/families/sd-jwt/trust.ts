/** The trust of SD-JWT credentials: issuers' keys by the name of the issuer, and CAs of issuers. */
import type { Certificate } from '../../certificates/certificate.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { readPemCertificate } from '../../certificates/pem.ts';
import { readJwk } from '../../jose/jwk.ts';
import type { PublicSignatureKey } from '../../jose/verification.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import { type CertificateAnchor, CREDENTIAL_TYPE, FAMILY_NAME, type KeyAnchor } from './anchors.ts';
import { RememberedCredentials } from './remembered.ts';

/** What every anchor says of the credentials that lead to it. */
interface Anchor {
  /** Its place among the anchors of this revision of trust. */
  readonly number: number;
  readonly region: string;
  readonly types: ReadonlySet<string>;
}

export interface KnownKey extends Anchor {
  readonly issuer: string;
  readonly kid: string | null;
  readonly key: PublicSignatureKey;
  /** The one algorithm that it may be used with, where its JWK says so. */
  readonly alg: string | null;
}

export interface KnownCa extends Anchor {
  readonly certificate: Certificate;
}

export interface SdJwtTrust {
  readonly setting: TrustSetting;
  readonly byIssuer: ReadonlyMap<string, readonly KnownKey[]>;
  readonly cas: readonly KnownCa[];
  /** The certificates of these. */
  readonly certificates: readonly Certificate[];
  readonly remembered: RememberedCredentials;
}

const VERIFIABLE_CREDENTIALS: ReadonlySet<string> = new Set([CREDENTIAL_TYPE]);

/** Throws TrustError when an anchor cannot be used, or two keys of one issuer answer to the same `kid`. */
export function* loadTrust(document: TrustDocument, setting: TrustSetting): Loading<SdJwtTrust> {
  const byIssuer = new Map<string, KnownKey[]>();
  const cas: KnownCa[] = [];
  let number = 0;
  for (const [at, anchor] of anchorsOf<KeyAnchor | CertificateAnchor>(document, FAMILY_NAME)) {
    const { region = '', types } = anchor;
    const said = { number, region, types: types === undefined ? VERIFIABLE_CREDENTIALS : new Set(types) };
    if ('jwk' in anchor) addKey(byIssuer, anchor, at, said, setting);
    else cas.push({ ...said, certificate: certificateOf(anchor, at) });
    number += 1;
    yield;
  }
  const certificates = cas.map(({ certificate }) => certificate);
  const remembered = new RememberedCredentials(setting.cache, setting.openSpace);
  return { setting, byIssuer, cas, certificates, remembered };
}

function addKey(
  byIssuer: Map<string, KnownKey[]>,
  { issuer, jwk }: KeyAnchor,
  at: number,
  said: Anchor,
  { engine }: TrustSetting,
): void {
  const read = readJwk(jwk, engine);
  if (read === null) throw new TrustError(`anchors/${at}/jwk: is no public key of its curve`);
  const keys = byIssuer.get(issuer) ?? [];
  const kid = jwk.kid ?? null;
  if (keys.some((other) => other.kid === kid)) {
    throw new TrustError(`anchors/${at}/jwk: a second key of issuer ${issuer} without a kid of its own`);
  }
  if (read.key.type === 'p256') engine.prepare('p256', read.key.publicKey);
  keys.push({ ...said, issuer, kid, ...read });
  byIssuer.set(issuer, keys);
}

function certificateOf({ certificatePem }: CertificateAnchor, at: number): Certificate {
  const bytes = readPemCertificate(certificatePem);
  if (bytes === null) throw new TrustError(`anchors/${at}/certificatePem: is no certificate in PEM`);
  const certificate = parseCertificate(bytes);
  if (typeof certificate !== 'string') return certificate;
  throw new TrustError(`anchors/${at}/certificatePem: is no certificate in DER (${certificate})`);
}

/** The key that a header means; null: none. A header without `kid` means the only one. Never by trial. */
export function keyNamed(keys: readonly KnownKey[], kid: unknown): KnownKey | null {
  const [first = null] = keys;
  if (kid === undefined) return keys.length === 1 ? first : null;
  return keys.find((key) => key.kid === kid) ?? (keys.length === 1 && first?.kid === null ? first : null);
}

/** Lower-case hex of what the key is made of: X ‖ Y of a point is among it. */
export function anchorKeys(anchor: unknown): readonly string[] {
  const { jwk, certificatePem } = anchor as Partial<KeyAnchor & CertificateAnchor>;
  if (jwk?.y !== undefined) {
    const [x, y] = [jwk.x, jwk.y].map((each) => Buffer.from(each, 'base64url').toString('hex'));
    return [`${x}${y}`];
  }
  const bytes = certificatePem === undefined ? null : readPemCertificate(certificatePem);
  const certificate = bytes === null ? null : parseCertificate(bytes);
  if (certificate === null || typeof certificate === 'string') return [];
  return [Buffer.from(certificate.key.bits).toString('hex')];
}
