/** Whose key signed the issuer's JWT: an anchor's own, or one that certificates in the header lead to. */

import { addSignature } from '../../certificates/signature-check.ts';
import { base64urlBytes } from '../../codecs/base64url.ts';
import { mayUse } from '../../jose/jwk.ts';
import { type PublicSignatureKey, verificationOf } from '../../jose/verification.ts';
import type { CheckList } from '../check-list.ts';
import { CREDENTIAL_TYPE } from './anchors.ts';
import { recordSignature } from './credential-signature.ts';
import type { IssuerJwt } from './issuer-jwt.ts';
import { isObject } from './json-part.ts';
import type { KnownCredential } from './remembered.ts';
import type { SplitCredential } from './split.ts';
import { type KnownCa, type KnownKey, keyNamed, type SdJwtTrust } from './trust.ts';
import { certifiedIssuer, readX5c } from './x5c.ts';

export interface IssuerKey {
  /** Number of the anchor. */
  readonly anchor: number;
  readonly region: string;
  readonly issuer: string;
  readonly key: PublicSignatureKey;
  /** Until when its certificates are good; null: it has none. */
  readonly untilMs: number | null;
  /** What to remember of it once the whole proof held. */
  readonly remember: (() => void) | null;
}

/**
 * The anchor of `iss`, and of its keys the one that `kid` names; where `iss` names none, the key of `x5c`. Signatures of
 * certificates are recorded. Null where a check failed; `list` then names it.
 */
export function findIssuerKey(
  split: SplitCredential,
  jwt: IssuerJwt,
  trust: SdJwtTrust,
  atMs: number,
  list: CheckList,
): IssuerKey | null {
  const issuer = issuerOf(jwt);
  const keys = issuer === null ? undefined : trust.byIssuer.get(issuer);
  if (keys !== undefined) return pinnedKey(jwt, keys, list);
  const { x5c } = jwt.header;
  if (!list.require('issuer.known', 'trust.issuer_unknown', x5c !== undefined)) return null;
  return rememberedKey(split, jwt, trust, atMs, list) ?? certifiedKey(split, jwt, trust, atMs, list);
}

function pinnedKey(jwt: IssuerJwt, keys: readonly KnownKey[], list: CheckList): IssuerKey | null {
  const known = keyNamed(keys, jwt.header['kid']);
  if (!list.require('issuer.key', 'trust.issuer_unknown', known !== null) || known === null) return null;
  if (!list.require('issuer.algorithm', 'key.algorithm_mismatch', mayUse(known, jwt.algorithm))) return null;
  if (!isOfType(jwt, known, list)) return null;
  const { number, region, issuer, key } = known;
  return { anchor: number, region, issuer, key, untilMs: null, remember: null };
}

/** Null where the certificates are not known, or not good now: then whoever looks at them says why. */
function rememberedKey(
  { text, issuerJwt }: SplitCredential,
  jwt: IssuerJwt,
  { remembered, cas, setting: { counters } }: SdJwtTrust,
  atMs: number,
  list: CheckList,
): IssuerKey | null {
  const { iss = '' } = jwt.payload;
  if (typeof iss !== 'string') return null;
  const chain = remembered.chain(text.slice(issuerJwt.start, issuerJwt.headerEnd), iss);
  if (chain === null || atMs < chain.fromMs || atMs > chain.untilMs) return null;
  const ca = cas.find(({ number }) => number === chain.anchor);
  if (ca === undefined) return null;
  counters.chainHits += 1;
  list.require('x5c.signature', 'signature.issuer_certificate', true);
  // The type is of the same header, and was taken then.
  const { issuer, publicKey, untilMs } = chain;
  const key = { type: 'p256', publicKey } as const;
  return { anchor: ca.number, region: ca.region, issuer, key, untilMs, remember: null };
}

function certifiedKey(
  { text, issuerJwt }: SplitCredential,
  jwt: IssuerJwt,
  { cas, certificates, remembered, setting }: SdJwtTrust,
  atMs: number,
  list: CheckList,
): IssuerKey | null {
  setting.counters.chainMisses += 1;
  const certified = readX5c(jwt.header['x5c'], certificates, setting.engine, atMs);
  if (!list.judge('x5c', typeof certified === 'string' ? certified : null)) return null;
  if (typeof certified === 'string') return null;
  const ca = cas.find(({ certificate }) => certificate === certified.anchor) as KnownCa;
  if (!isOfType(jwt, ca, list)) return null;
  const { iss } = jwt.payload;
  const issuer = certifiedIssuer(iss, certified.names);
  list.require('x5c.names', 'credential.identity_mismatch', issuer !== null);
  if (issuer === null) return null;
  for (const signature of certified.signatures) {
    if (!addSignature(list, 'x5c.signature', 'signature.issuer_certificate', signature)) return null;
  }
  const { key, fromMs, untilMs } = certified;
  const header = text.slice(issuerJwt.start, issuerJwt.headerEnd);
  const remember = () => {
    if (key.type !== 'p256') return;
    const chain = { publicKey: key.publicKey, anchor: ca.number, issuer, fromMs, untilMs };
    remembered.keepChain(header, typeof iss === 'string' ? iss : '', chain);
  };
  return { anchor: ca.number, region: ca.region, issuer, key, untilMs, remember };
}

function isOfType({ type }: IssuerJwt, { types }: KnownKey | KnownCa, list: CheckList): boolean {
  return list.require('issuer_jwt.type', 'credential.type_not_accepted', types.has(type));
}

/** `iss`; in what is no SD-JWT VC also the issuer of a W3C credential (Data Model 2.0, clause 4.7). */
function issuerOf({ payload, type }: IssuerJwt): string | null {
  const { iss, issuer } = payload;
  if (iss !== undefined || type === CREDENTIAL_TYPE) return typeof iss === 'string' ? iss : null;
  const named = isObject(issuer) ? issuer['id'] : issuer;
  return typeof named === 'string' ? named : null;
}

/** The issuer's signature, recorded unless it was verified before. */
export interface IssuerSignature {
  /** Null: the credential is not known. */
  readonly known: KnownCredential | null;
  /** Called once the whole proof held; null: it is known already. */
  readonly remember: ((credential: KnownCredential) => void) | null;
}

/** Null where it cannot be verified at all; `list` then says why. */
export function checkIssuerSignature(
  { text, issuerJwt }: SplitCredential,
  jwt: IssuerJwt,
  { anchor, key, untilMs }: IssuerKey,
  { setting: { counters }, remembered }: SdJwtTrust,
  list: CheckList,
): IssuerSignature | null {
  const signature = base64urlBytes(text.slice(issuerJwt.payloadEnd + 1, issuerJwt.end));
  if (!list.require('issuer_jwt.encoding', 'credential.encoding', signature !== null)) return null;
  if (signature === null) return null;
  const check = 'issuer_jwt.signature';
  const known = remembered.credential(anchor, jwt.digest, signature);
  if (known !== null) {
    counters.authorisationHits += 1;
    list.require(check, 'signature.credential', true);
    return { known, remember: null };
  }
  counters.authorisationMisses += 1;
  const signingInput = text.slice(issuerJwt.start, issuerJwt.payloadEnd);
  const verification = verificationOf(jwt.algorithm, key, signingInput, signature, untilMs !== null);
  if (!recordSignature(list, check, 'signature.credential', verification)) return null;
  const remember = (credential: KnownCredential) =>
    remembered.keep(anchor, jwt.digest, signature, credential);
  return { known: null, remember };
}
