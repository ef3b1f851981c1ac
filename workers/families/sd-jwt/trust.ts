/** The trust of SD-JWT credentials: issuers' keys by the name of the issuer. */

import { readJwk } from '../../jose/jwk.ts';
import type { PublicSignatureKey } from '../../jose/verification.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import { type CertificateAnchor, CREDENTIAL_TYPE, FAMILY_NAME, type KeyAnchor } from './anchors.ts';
import { RememberedCredentials } from './remembered.ts';

export interface IssuerKey {
  /** Its place among the keys of this revision of trust. */
  readonly number: number;
  readonly region: string;
  readonly issuer: string;
  readonly kid: string | null;
  readonly key: PublicSignatureKey;
  /** The one algorithm that it may be used with, where its JWK says so. */
  readonly alg: string | null;
  readonly types: ReadonlySet<string>;
}

export interface SdJwtTrust {
  readonly setting: TrustSetting;
  readonly byIssuer: ReadonlyMap<string, readonly IssuerKey[]>;
  readonly remembered: RememberedCredentials;
}

const VERIFIABLE_CREDENTIALS: ReadonlySet<string> = new Set([CREDENTIAL_TYPE]);

/** Throws TrustError when a key cannot be used, or two of one issuer answer to the same `kid`. */
export function* loadTrust(document: TrustDocument, setting: TrustSetting): Loading<SdJwtTrust> {
  const byIssuer = new Map<string, IssuerKey[]>();
  let number = 0;
  for (const [at, anchor] of anchorsOf<KeyAnchor | CertificateAnchor>(document, FAMILY_NAME)) {
    if ('jwk' in anchor) addKey(byIssuer, anchor, at, number++, setting);
    yield;
  }
  return { setting, byIssuer, remembered: new RememberedCredentials(setting.cache, setting.openSpace) };
}

function addKey(
  byIssuer: Map<string, IssuerKey[]>,
  anchor: KeyAnchor,
  at: number,
  number: number,
  { engine }: TrustSetting,
): void {
  const { issuer, jwk, region = '', types } = anchor;
  const read = readJwk(jwk, engine);
  if (read === null) throw new TrustError(`anchors/${at}/jwk: is no public key of its curve`);
  const keys = byIssuer.get(issuer) ?? [];
  const kid = jwk.kid ?? null;
  if (keys.some((other) => other.kid === kid)) {
    throw new TrustError(`anchors/${at}/jwk: a second key of issuer ${issuer} without a kid of its own`);
  }
  if (read.key.type === 'p256') engine.prepare('p256', read.key.publicKey);
  keys.push({
    number,
    region,
    issuer,
    kid,
    key: read.key,
    alg: read.alg,
    types: types === undefined ? VERIFIABLE_CREDENTIALS : new Set(types),
  });
  byIssuer.set(issuer, keys);
}

/** The key that a header means; null: none. A header without `kid` means the only one. Never by trial. */
export function keyNamed(keys: readonly IssuerKey[], kid: unknown): IssuerKey | null {
  const [first = null] = keys;
  if (kid === undefined) return keys.length === 1 ? first : null;
  return keys.find((key) => key.kid === kid) ?? (keys.length === 1 && first?.kid === null ? first : null);
}

/** Lower-case hex of X ‖ Y, as far as the anchor's key is such a point. */
export function anchorKeys(anchor: unknown): readonly string[] {
  const { jwk } = anchor as Partial<KeyAnchor>;
  if (jwk?.y === undefined) return [];
  return [Buffer.from(jwk.x, 'base64url').toString('hex') + Buffer.from(jwk.y, 'base64url').toString('hex')];
}
