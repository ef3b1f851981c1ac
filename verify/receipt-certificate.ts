/** The certificate that a receipt carries for the key it is signed with (RFC 7515 clause 4.1.6; GM/T 0015 for SM2). */
import { type Certificate, KEY_USAGE } from '../workers/certificates/certificate.ts';
import { parseCertificate } from '../workers/certificates/parse.ts';
import { findPath } from '../workers/certificates/path-building.ts';
import { BASIC } from '../workers/certificates/path-profile.ts';
import { ANY_PATH } from '../workers/certificates/path-validation.ts';
import { holds, signedBy } from '../workers/certificates/signature-check.ts';
import { equalBytes } from '../workers/codecs/hex.ts';
import { chooseEngine } from '../workers/engine/choose.ts';

export interface CarriedCertificate {
  /** DER, that of the key first. */
  readonly x5c: readonly Uint8Array[];
  /** X ‖ Y of the key that signed. */
  readonly point: Uint8Array;
  /** DER of those who may vouch for it; empty: nobody is asked. */
  readonly authorities: readonly Uint8Array[];
  /** When it was signed, milliseconds since 1970 UTC. */
  readonly atMs: number;
}

export interface CertificateVerdict {
  readonly ok: boolean;
  /** A sentence, without an end. */
  readonly detail: string;
}

/** Usages of which a key that signs has one: GM/T 0015 gives the pair for encryption neither. */
const SIGNING = KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation;

/** Never throws for what a certificate holds. Throws EngineError where no engine works here. */
export function checkCertificate({ x5c, point, authorities, atMs }: CarriedCertificate): CertificateVerdict {
  if (x5c.length === 0) return refused('it carries none, and one is asked for');
  const [leaf, ...intermediates] = x5c.flatMap((der) => parsed(der));
  if (leaf === undefined || intermediates.length + 1 !== x5c.length)
    return refused('what it carries is no certificate');
  if (leaf.key.point === null || !equalBytes(leaf.key.point, point))
    return refused('it is of another key than the one that signed');
  const { keyUsage } = leaf.extensions;
  if (keyUsage === null || (keyUsage & SIGNING) === 0)
    return refused('its key is not for signing: it is one for encryption, or does not say what it is for');
  if (atMs < leaf.notBeforeMs || atMs >= leaf.notAfterMs + 1_000)
    return refused('it was not valid when the receipt was signed');
  if (authorities.length === 0)
    return { ok: true, detail: 'of this key; no authority was given to check it by' };
  const anchors = authorities.flatMap((der) => parsed(der));
  const { engine } = chooseEngine();
  const path = findPath(
    { leaf, intermediates, anchors, rulesFor: () => ({ ...ANY_PATH, profile: BASIC, atMs }) },
    (certificate, issuer) => holds(engine, signedBy(certificate, issuer.key)),
  );
  return typeof path === 'string'
    ? refused(`no authority that was given vouches for it (${path})`)
    : { ok: true, detail: 'of this key, below an authority that was given' };
}

function parsed(der: Uint8Array): readonly Certificate[] {
  const certificate = parseCertificate(der);
  return typeof certificate === 'string' ? [] : [certificate];
}

function refused(detail: string): CertificateVerdict {
  return { ok: false, detail };
}
