/**
 * Who signed a document: the certificate in its issuerAuth (ISO/IEC 18013-5 Annex B.1.4), which leads straight to an issuing
 * authority that is trusted, or is pinned itself.
 */
import type { Code } from '../../../config/codes.ts';
import { type Certificate, isInValidity, KEY_USAGE } from '../../certificates/certificate.ts';
import { EXTENSION } from '../../certificates/extensions.ts';
import { ATTRIBUTE, attributeText } from '../../certificates/names.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { BASIC } from '../../certificates/path-profile.ts';
import { mayHaveIssued } from '../../certificates/path-validation.ts';
import type { PublicKey } from '../../certificates/public-key.ts';
import { signedBy } from '../../certificates/signature-check.ts';
import { equalBytes } from '../../codecs/hex.ts';
import type { CoseCurve, CoseKey } from '../../cose/key.ts';
import type { CheckList } from '../check-list.ts';
import type { LoadedAnchor, MdocTrust } from './trust.ts';

export interface DocumentSigner {
  readonly anchor: LoadedAnchor;
  readonly key: CoseKey;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Of its subject; empty where it has none. */
  readonly stateOrProvince: string;
}

/** id-mdl-kp-mdlDS, Annex B.1.4. */
const EXT_KEY_USAGE_SIGNER = '1.0.18013.5.1.2';
/** Validity of a certificate counts its last second whole. */
const LAST_SECOND_MS = 999;

/**
 * The signer of this certificate, its signature verified or put on the list; null when a check failed. `known`: the certificate was
 * proven before.
 */
export function findSigner(
  certificate: Uint8Array,
  trust: MdocTrust,
  list: CheckList,
): { readonly signer: DocumentSigner; readonly known: boolean } | null {
  const kept = trust.remembered.signer(certificate, trust.anchors);
  if (kept !== null) {
    list.require('document_signer.signature', 'signature.issuer_certificate', true);
    return { signer: kept, known: true };
  }
  const parsed = parseCertificate(certificate);
  const parseFault = typeof parsed === 'string' ? parsed : null;
  if (!list.judge('document_signer.encoding', parseFault) || typeof parsed === 'string') return null;
  const anchor = anchorOf(parsed, trust);
  if (!list.require('document_signer.known', 'trust.ca_unknown', anchor !== null) || !anchor) return null;
  if (!list.judge('document_signer.profile', profileFault(parsed, anchor))) return null;
  const key = signerKey(parsed.key);
  if (!list.require('document_signer.key', 'credential.algorithm_unsupported', key !== null) || !key)
    return null;
  if (!addSignature(parsed, anchor, list)) return null;
  const signer = {
    anchor,
    key,
    notBeforeMs: parsed.notBeforeMs,
    notAfterMs: parsed.notAfterMs + LAST_SECOND_MS,
    stateOrProvince: attributeText(parsed.subject, ATTRIBUTE.state) ?? '',
  };
  return { signer, known: false };
}

/** Depends on the clock, so it is never remembered. */
export function signerTimeFault(signer: DocumentSigner, atMs: number): Code | null {
  const { certificate } = signer.anchor;
  if (atMs < signer.notBeforeMs || atMs < certificate.notBeforeMs) return 'trust.certificate_not_yet_valid';
  if (atMs > signer.notAfterMs) return 'trust.certificate_expired';
  return isInValidity(certificate, atMs) ? null : 'trust.ca_expired';
}

function anchorOf(certificate: Certificate, { anchors }: MdocTrust): LoadedAnchor | null {
  return (
    anchors.find((anchor) =>
      anchor.pinned
        ? equalBytes(anchor.certificate.der, certificate.der)
        : mayHaveIssued(anchor.certificate, certificate),
    ) ?? null
  );
}

/** Annex B.1.4, as far as it bears on who may sign what. A pinned signer is trusted as it is, but for what it must not be. */
function profileFault(
  certificate: Certificate,
  { pinned, certificate: authority, extKeyUsage }: LoadedAnchor,
): Code | null {
  const { extensions } = certificate;
  const fault = BASIC.fault(certificate, 'leaf');
  if (fault !== null) return fault;
  if (extensions.basicConstraints?.ca === true) return 'trust.certificate_profile';
  if (pinned && extensions.keyUsage === null) return null;
  if (extensions.keyUsage !== KEY_USAGE.digitalSignature) return 'trust.key_usage';
  if (pinned) return null;
  const usages = extensions.extKeyUsage ?? [];
  const isSigner = usages.length === 1 && (usages[0] === EXT_KEY_USAGE_SIGNER || usages[0] === extKeyUsage);
  const isCritical = extensions.all.some(({ oid, critical }) => oid === EXTENSION.extKeyUsage && critical);
  if (!isSigner || !isCritical) return 'trust.key_usage';
  const country = attributeText(certificate.subject, ATTRIBUTE.country);
  const isSameCountry = country === attributeText(authority.subject, ATTRIBUTE.country);
  return isSameCountry && extensions.authorityKeyId?.keyId != null ? null : 'trust.certificate_profile';
}

function addSignature(certificate: Certificate, anchor: LoadedAnchor, list: CheckList): boolean {
  const check = 'document_signer.signature';
  if (anchor.pinned) return list.require(check, 'signature.issuer_certificate', true);
  const signature = signedBy(certificate, anchor.certificate.key);
  if ('refused' in signature) return list.judge(check, signature.refused);
  if ('job' in signature) list.verify(check, 'signature.issuer_certificate', signature.job);
  else list.verifySlowly(check, 'signature.issuer_certificate', signature.slow);
  return true;
}

const BRAINPOOL_CURVES: Readonly<Record<number, CoseCurve>> = {
  32: 'brainpoolP256r1',
  40: 'brainpoolP320r1',
  48: 'brainpoolP384r1',
  64: 'brainpoolP512r1',
};

/** Null: of a kind that signs no documents (Annex B.1.4), or no uncompressed point. */
function signerKey({ algorithm, point, bits, coordinateBytes }: PublicKey): CoseKey | null {
  if (algorithm === 'ed25519') return { curve: 'ed25519', publicKey: bits, algorithm: null };
  const curve =
    algorithm === 'brainpool'
      ? BRAINPOOL_CURVES[coordinateBytes]
      : algorithm === 'p256' || algorithm === 'p384' || algorithm === 'p521'
        ? algorithm
        : undefined;
  return curve === undefined || point === null ? null : { curve, publicKey: point, algorithm: null };
}
