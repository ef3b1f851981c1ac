/** The proof of a health certificate: the signer by its key identifier, what it may sign, its signature, times. */

import { toHex } from '../../codecs/hex.ts';
import type { Sign1 } from '../../cose/sign1.ts';
import { signedBytes } from '../../cose/sign1.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';
import { shownKey } from '../remembered-proofs.ts';
import { type HealthCertificate, readHealthCertificate } from './certificate.ts';
import { readEnvelope } from './envelope.ts';
import { healthCertificateFacts, validityOf } from './facts.ts';
import { type Signer, signatureToVerify } from './signer.ts';
import { type HcertTrust, KEY_ID_BYTES } from './trust.ts';

/** Never throws for any text. Without `detail`, checks that held need not be listed. */
export function beginHealthCertificate(
  text: string,
  trust: HcertTrust,
  atMs: number,
  detail: boolean,
  disclose: readonly string[],
): PendingProof {
  const list = new CheckList();
  const sign1 = readEnvelope(text);
  if (!list.judge('envelope', typeof sign1 === 'string' ? sign1 : null) || typeof sign1 === 'string') {
    return list.denied();
  }
  const { payload, signature } = sign1;
  if (!list.require('payload', 'credential.malformed', payload !== null) || payload === null) {
    return list.denied();
  }
  const signer = signerOf(sign1, trust, list);
  if (signer === null) return list.denied();
  const toVerify = signatureToVerify(
    signer,
    sign1.algorithm,
    signedBytes(sign1.protectedBytes, payload),
    signature,
  );
  if (!list.judge('signature.algorithm', toVerify.kind === 'refused' ? toVerify.code : null))
    return list.denied();
  if (toVerify.kind === 'refused') return list.denied();

  const shown = shownKey(toVerify.digest, signature, signer.number);
  const known = detail || disclose.length > 0 ? null : trust.remembered.begin(shown, atMs);
  if (known !== null) return known;

  const certificate = readHealthCertificate(payload);
  if (!list.judge('certificate', typeof certificate === 'string' ? certificate : null)) return list.denied();
  if (typeof certificate === 'string' || !isGood(certificate, signer, atMs, list)) return list.denied();
  if (toVerify.kind === 'job') list.verify('signature', 'signature.credential', toVerify.job);
  else list.verifySlowly('signature', 'signature.credential', toVerify.slow);
  const facts = healthCertificateFacts(certificate, signer, disclose);
  return list.pending(facts, () => trust.remembered.keep(shown, validityOf(certificate, signer), facts));
}

/** The key identifier of the protected header, where there is one, decides alone: what is signed is not overruled by what is not. */
function signerOf({ kid }: Sign1, { signers }: HcertTrust, list: CheckList): Signer | null {
  const isKeyId = kid !== null && kid.length === KEY_ID_BYTES;
  if (!list.require('signer.key_id', 'trust.issuer_unknown', isKeyId) || kid === null) return null;
  const signer = signers.get(toHex(kid));
  return list.require('signer.known', 'trust.issuer_unknown', signer !== undefined) ? (signer ?? null) : null;
}

function isGood(certificate: HealthCertificate, signer: Signer, atMs: number, list: CheckList): boolean {
  const { from_s, until_s, kind } = certificate;
  return (
    list.require('signer.not_before', 'trust.certificate_not_yet_valid', atMs >= signer.notBeforeMs) &&
    list.require('signer.expiry', 'trust.certificate_expired', atMs <= signer.notAfterMs) &&
    list.require('signer.usage', 'trust.key_usage', signer.kinds.has(kind)) &&
    list.require('certificate.not_before', 'credential.not_yet_valid', atMs >= from_s * 1000) &&
    list.require('certificate.expiry', 'credential.expired', atMs <= until_s * 1000)
  );
}
