/**
 * The proof of a ride code, JT/T 1179: CA key, issuer certificate, the issuer's authorisation of the user's key, the
 * user's signature over the code.
 */
import type { Code } from '../../../config/codes.ts';
import { endOfMonthMs } from '../../codecs/bcd.ts';
import { equalBytes, toHex } from '../../codecs/hex.ts';
import { NOTHING, sm2Job } from '../../engine/job.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';
import { presentedFacts } from './facts.ts';
import { LOCAL_VERSION, type RideCode } from './layout.ts';
import { type SignatureIds, signatureIds } from './profile.ts';
import { readRideCode } from './read.ts';
import { anchorName, type CaAnchor, type TransitTrust } from './trust.ts';

/**
 * Cheap checks first; the signatures that are not remembered become jobs. Never throws for any bytes. Without `detail`
 * checks that held need not be listed.
 */
export function beginTransitProof(
  bytes: Uint8Array,
  trust: TransitTrust,
  atMs: number,
  detail: boolean,
): PendingProof {
  return (detail ? null : trust.remembered.begin(bytes, trust, atMs)) ?? beginWhole(bytes, trust, atMs);
}

function beginWhole(bytes: Uint8Array, trust: TransitTrust, atMs: number): PendingProof {
  const list = new CheckList();
  const code = readRideCode(bytes, list);
  if (code === null) return list.denied();
  const anchor = findAnchor(code, trust, list);
  if (anchor === null || !isInTime(code, anchor, atMs, list)) return list.denied();

  const remembered = recall(code, trust);
  const { engine } = trust.setting;
  const issuerKey = remembered.issuerKey ?? engine.decompress('sm2', code.certificate.key);
  if (!list.require('certificate.key', 'key.invalid', issuerKey !== null) || !issuerKey) return list.denied();
  const userKey = remembered.userKey ?? engine.decompress('sm2', code.userKey);
  if (!list.require('user.key', 'key.invalid', userKey !== null) || !userKey) return list.denied();

  const keys = { anchor, issuerKey, userKey, remembered };
  addSignatures(code, keys, list);
  return list.pending(presentedFacts(bytes, anchor.region, code.generatedMs), () =>
    remember(code, keys, trust),
  );
}

function findAnchor(code: RideCode, trust: TransitTrust, list: CheckList): CaAnchor | null {
  const { certificate } = code;
  const anchor = trust.anchors.named.get(anchorName(certificate.serviceId, certificate.caIndex));
  if (!list.require('ca.known', 'trust.ca_unknown', anchor !== undefined) || !anchor) return null;
  const issuer = anchor.issuers.get(toHex(certificate.issuerId));
  const named = issuer !== undefined || !anchor.onlyNamedIssuers;
  const profile = code.version !== LOCAL_VERSION || issuer?.localProfile81 === true;
  const sameIssuer = equalBytes(certificate.issuerId, code.issuerCode);
  return list.require('certificate.issuer', 'credential.identity_mismatch', sameIssuer) &&
    list.require('issuer.accepted', 'trust.issuer_not_accepted', named) &&
    list.require('code.profile', 'credential.version_unsupported', profile)
    ? anchor
    : null;
}

/** Depends on the clock, so it is never remembered. Every bound is inclusive. */
function isInTime(code: RideCode, anchor: CaAnchor, atMs: number, list: CheckList): boolean {
  return (
    list.require('ca.expiry', 'trust.ca_expired', atMs <= anchor.expiresMs) &&
    list.judge('certificate.expiry', certificateExpiryFault(code.certificate.expiry, atMs)) &&
    list.require('authorisation.expiry', 'credential.expired', atMs <= code.authorisationExpiryMs) &&
    list.judge('code.generation', generationFault(code, atMs))
  );
}

function certificateExpiryFault(expiry: Uint8Array, atMs: number): Code | null {
  const expiresMs = endOfMonthMs(expiry, 0);
  if (expiresMs === null) return 'credential.malformed';
  return atMs > expiresMs ? 'trust.certificate_expired' : null;
}

function generationFault(code: RideCode, atMs: number): Code | null {
  const ageMs = atMs - code.generatedMs;
  if (ageMs > code.validityMs) return 'code.stale';
  return -ageMs > code.validityMs ? 'code.from_future' : null;
}

/** Null: not remembered. */
interface Remembered {
  readonly issuerKey: Uint8Array | null;
  readonly userKey: Uint8Array | null;
}

/**
 * What earlier taps under this trust have proven. What it is found by holds the signatures too: with other signature
 * bytes the verdict must not depend on what happens to be remembered. The version stands for the IDs that were bound.
 */
function recall({ bytes }: RideCode, { remembered, setting }: TransitTrust): Remembered {
  const issuerKey = remembered.issuerKey(bytes);
  const userKey = remembered.userKey(bytes);
  setting.counters[issuerKey ? 'chainHits' : 'chainMisses'] += 1;
  setting.counters[userKey ? 'authorisationHits' : 'authorisationMisses'] += 1;
  return { issuerKey, userKey };
}

/** Another tap of the batch may have been first: what that kept stays. */
function remember(code: RideCode, keys: Keys, { remembered, setting }: TransitTrust): void {
  const { anchor, issuerKey, userKey } = keys;
  if (keys.remembered.issuerKey === null) remembered.keepIssuer(code.bytes, issuerKey);
  if (keys.remembered.userKey !== null) return;
  if (remembered.countIssuerUse(code.bytes)) setting.engine.prepare('sm2', issuerKey);
  const certificateExpiresMs = endOfMonthMs(code.certificate.expiry, 0) ?? 0;
  const notAfterMs = Math.min(anchor.expiresMs, certificateExpiresMs, code.authorisationExpiryMs);
  remembered.keepAuthorisation(code.bytes, userKey, notAfterMs, anchor.number);
}

interface Keys {
  readonly anchor: CaAnchor;
  readonly issuerKey: Uint8Array;
  readonly userKey: Uint8Array;
  readonly remembered: Remembered;
}

function addSignatures(code: RideCode, keys: Keys, list: CheckList): void {
  const ids: SignatureIds = signatureIds(code);
  const { certificate } = code;
  if (keys.remembered.issuerKey) list.require('certificate.signature', 'signature.issuer_certificate', true);
  else {
    const job = sm2Job(keys.anchor.publicKey, ids.certificate, certificate.signed, certificate.signature);
    list.verify('certificate.signature', 'signature.issuer_certificate', job);
  }
  if (keys.remembered.userKey) list.require('authorisation.signature', 'signature.authorisation', true);
  else {
    const signature = code.authorisationSignature.subarray(1);
    const job = sm2Job(keys.issuerKey, ids.authorisation, code.authorised, signature);
    list.verify('authorisation.signature', 'signature.authorisation', job);
  }
  const repeats = keys.remembered.userKey !== null;
  const signature = code.userSignature.subarray(1);
  const job = sm2Job(keys.userKey, ids.user, code.userSigned, signature, NOTHING, repeats);
  list.verify('user.signature', 'signature.user', job);
}
