/** Issuers of mobile documents: an issuing authority and the document signer below it (ISO/IEC 18013-5 Annex B). */
import { createHash } from 'node:crypto';
import { der, sequence } from '../der.ts';
import { type P256Key, p256Key } from '../p256.ts';
import { seeded } from '../seed.ts';
import {
  type CertificateDraft,
  extension,
  issueCertificate,
  name,
  type SigningKey,
  USAGE,
} from './certificates.ts';

export interface MdocAuthority {
  /** DER. */
  readonly authorityCertificate: Uint8Array;
  readonly signerCertificate: Uint8Array;
  readonly signerKey: P256Key;
  readonly signerValidFromMs: number;
  /** Signs the signer's certificate, and what that says: for certificates that differ in one thing. */
  readonly authorityKey: SigningKey;
  readonly signerDraft: CertificateDraft;
  /** Of a stranger with the same names: nobody trusts it. */
  readonly stranger: { readonly signerCertificate: Uint8Array; readonly signerKey: P256Key };
}

/** id-mdl-kp-mdlDS. */
const DOCUMENT_SIGNER = '1.0.18013.5.1.2';
const ISSUER_ALTERNATIVE_NAME = '2.5.29.18';
const DAY_MS = 86_400_000;
/** Annex B.1.4: a document signer's certificate is good for 457 days at most. */
const SIGNER_DAYS = 457;
const COUNTRY = 'CN';

/** `year`: the authority is good for years around it, the signer from the year before it. */
export function makeMdocAuthority(seed: string, region: string, year: number): MdocAuthority {
  const signerValidFromMs = Date.UTC(year, 0, 1) - 60 * DAY_MS;
  const own = chain(seed, region, year, '', signerValidFromMs);
  const stranger = chain(seed, region, year, ' of a stranger', signerValidFromMs);
  return {
    authorityCertificate: own.authority,
    signerCertificate: own.signer,
    signerKey: own.signerKey,
    signerValidFromMs,
    authorityKey: own.authorityKey,
    signerDraft: own.signerDraft,
    stranger: { signerCertificate: stranger.signer, signerKey: stranger.signerKey },
  };
}

function chain(seed: string, region: string, year: number, whose: string, signerValidFromMs: number) {
  const authorityKey = signingKey(seed, 'authority', whose);
  const signerKey = signingKey(seed, 'document signer', whose);
  const authorityName = name({ C: COUNTRY, O: `Test City ${region}`, CN: 'Mobile Document Authority' });
  const serial = (label: string) =>
    seeded(seed, `mdoc ${label} serial${whose}`, 0, 12).map((byte, i) => (i === 0 ? byte | 1 : byte));
  const address = der(0x81, Buffer.from('iaca@city.test', 'latin1'));
  const alternative = { oid: ISSUER_ALTERNATIVE_NAME, value: sequence(address) };
  const points = extension.distributionPoint('https://city.test/iaca.crl');
  const authority = issueCertificate(
    {
      serial: serial('authority'),
      issuer: authorityName,
      subject: authorityName,
      notBeforeMs: Date.UTC(year - 3, 0, 1),
      notAfterMs: Date.UTC(year + 12, 11, 31),
      key: authorityKey,
      extensions: [
        extension.basicConstraints(true, 0),
        extension.keyUsage(USAGE.keyCertSign, USAGE.crlSign),
        extension.subjectKeyId(keyId(authorityKey)),
        alternative,
        points,
      ],
    },
    authorityKey,
  );
  const signerDraft: CertificateDraft = {
    serial: serial('document signer'),
    issuer: authorityName,
    subject: name({ C: COUNTRY, O: `Test City ${region}`, CN: 'Document Signer 1' }),
    notBeforeMs: signerValidFromMs,
    notAfterMs: signerValidFromMs + SIGNER_DAYS * DAY_MS,
    key: signerKey,
    extensions: [
      extension.keyUsage(USAGE.digitalSignature),
      extension.extKeyUsage([DOCUMENT_SIGNER], true),
      extension.subjectKeyId(keyId(signerKey)),
      // A stranger's certificate claims to be of the authority, too.
      extension.authorityKeyId(keyId(signingKey(seed, 'authority', ''))),
      alternative,
      points,
    ],
  };
  const signer = issueCertificate(signerDraft, authorityKey);
  return { authority, authorityKey, signer, signerDraft, signerKey: signerKey.key };
}

function signingKey(seed: string, label: string, whose: string): SigningKey & { algorithm: 'p256' } {
  return { algorithm: 'p256', key: p256Key(seeded(seed, `mdoc ${label}${whose}`, 0, 40)) };
}

/** SHA-1 of the key, as RFC 5280 clause 4.2.1.2 suggests; it is only a name. */
function keyId({ key: { publicKey } }: SigningKey): Uint8Array {
  return createHash('sha1').update(Uint8Array.of(4)).update(publicKey).digest();
}
