/** The trust of SMART Health Cards: issuers' keys by thumbprint, what each took back, and what was proven under them. */
import type { SignatureEngine } from '../../engine/job.ts';
import { isSecretJwk, p256Thumbprint, readJwk } from '../../jose/jwk.ts';
import type { PublicSignatureKey } from '../../jose/verification.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import { RememberedProofs } from '../remembered-proofs.ts';
import { FAMILY_NAME, type ShcAnchor, type ShcRevocation } from './anchors.ts';

export interface ShcIssuerKey {
  readonly issuer: string;
  readonly region: string;
  readonly key: PublicSignatureKey;
  /** By identifier: the cards issued before this many seconds since 1970 are revoked. */
  readonly revokedBefore_s: ReadonlyMap<string, number>;
}

export interface ShcTrust {
  /** By thumbprint: those who may use the key, one as a rule. */
  readonly issuers: ReadonlyMap<string, readonly ShcIssuerKey[]>;
  readonly remembered: RememberedProofs;
}

const REVOCATIONS_PER_STEP = 4_096;

/** Throws TrustError on an anchor that cannot be used, or comes twice. */
export function* loadShcTrust(document: TrustDocument, setting: TrustSetting): Loading<ShcTrust> {
  const issuers = new Map<string, ShcIssuerKey[]>();
  for (const [at, anchor] of anchorsOf<ShcAnchor>(document, FAMILY_NAME)) {
    const publicKey = publicKeyOf(anchor, at, setting.engine);
    const kid = p256Thumbprint(publicKey);
    const { jwk, issuer, region = '', revocation } = anchor;
    if (jwk['kid'] !== undefined && jwk['kid'] !== kid) {
      throw new TrustError(`anchors/${at}/jwk/kid: is not the key's thumbprint (RFC 7638), ${kid}`);
    }
    if (revocation !== undefined && revocation.kid !== kid) {
      throw new TrustError(
        `anchors/${at}/revocation/kid: the list is of another key than the anchor, ${kid}`,
      );
    }
    const known = issuers.get(kid) ?? [];
    if (known.some((each) => each.issuer === issuer)) {
      throw new TrustError(`anchors/${at}: this key of ${issuer} comes twice`);
    }
    setting.engine.prepare('p256', publicKey);
    const revokedBefore_s = yield* indexRevocations(revocation);
    issuers.set(kid, [...known, { issuer, region, key: { type: 'p256', publicKey }, revokedBefore_s }]);
    yield;
  }
  return { issuers, remembered: new RememberedProofs(setting, 'health_cards') };
}

/** The public key of an anchor, lower-case hex. */
export function shcAnchorKeys({ jwk }: ShcAnchor): readonly string[] {
  const half = (name: string) => Buffer.from(String(jwk[name]), 'base64url').toString('hex');
  return [half('x') + half('y')];
}

function publicKeyOf({ jwk }: ShcAnchor, at: number, engine: SignatureEngine): Uint8Array {
  if (isSecretJwk(jwk)) {
    throw new TrustError(`anchors/${at}/jwk: is a private key; trust takes its public part, without "d"`);
  }
  const read = readJwk(jwk, engine);
  if (read === null || read.key.type !== 'p256') {
    throw new TrustError(`anchors/${at}/jwk: is no public key for signatures on P-256`);
  }
  return read.key.publicKey;
}

function* indexRevocations(revocation: ShcRevocation | undefined): Loading<ReadonlyMap<string, number>> {
  const revoked = new Map<string, number>();
  for (const [i, entry] of (revocation?.rids ?? []).entries()) {
    if (i % REVOCATIONS_PER_STEP === 0) yield;
    const [id = '', seconds] = entry.split('.');
    const before_s = seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds);
    revoked.set(id, Math.max(before_s, revoked.get(id) ?? 0));
  }
  return revoked;
}
