/** The desk's own certificate, where the operator has none: below an authority of its own, since HAIP 1.0 wants none that signs itself. */
import { webcrypto } from 'node:crypto';

export interface MadeCertificate {
  /** PKCS #8. */
  readonly privatePem: string;
  /** The certificate, then its authority's, whose key is gone. */
  readonly chainPem: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const YEARS = 10;
const YEAR_MS = 31_557_600_000;
const DAY_MS = 86_400_000;
/** mdoc reader authentication, ISO/IEC 18013-5 Annex B.1.7. */
const READER_AUTHENTICATION = '1.0.18013.5.1.6';

/** `title`: of the hotel, for the guest to read on the phone. */
export async function makeCertificate(title: string, nowMs: number): Promise<MadeCertificate> {
  // Needed once in the life of a desk, and slow to load.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const { X509CertificateGenerator: generator, KeyUsageFlags: usage } = x509;
  const pair = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [authority, own] = [await pair(), await pair()];
  const validity = { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + YEARS * YEAR_MS) };
  const nameOf = (commonName: string) => [{ O: [title] }, { CN: [commonName] }];
  const issuer = nameOf('Verifier authority');
  const root = await generator.createSelfSigned({
    ...validity,
    name: issuer,
    keys: authority,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const leaf = await generator.create({
    ...validity,
    issuer,
    subject: nameOf('Hotel desk'),
    publicKey: own.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usage.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([READER_AUTHENTICATION], true),
      await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey));
  return {
    privatePem: pem('PRIVATE KEY', pkcs8),
    chainPem: pem('CERTIFICATE', Buffer.from(leaf.rawData)) + pem('CERTIFICATE', Buffer.from(root.rawData)),
  };
}

/** RFC 7468. */
function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
