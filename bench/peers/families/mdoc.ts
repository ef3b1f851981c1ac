/** The two libraries that verify mobile documents in JavaScript, with keys and chains kept by their bytes. */
import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { Verifier as Auth0Verifier } from '@auth0/mdl';
import { CoseKey, type MdocContext, Verifier as OwfVerifier } from '@owf/mdoc';
import type { Order, Peer } from './peer.ts';

export function auth0(order: Order): Peer {
  const verifier = new Auth0Verifier(order.certificatesPem);
  return {
    name: '@auth0/mdl',
    check: ({ credentialBase64, transcriptBase64 }) =>
      verifier.verify(Buffer.from(credentialBase64 ?? '', 'base64'), {
        encodedSessionTranscript: Buffer.from(transcriptBase64 ?? '', 'base64'),
      }),
  };
}

interface Sign1 {
  readonly toBeSigned: Uint8Array;
  readonly signature: Uint8Array;
}

/** The library leaves cryptography and X.509 to its user: node:crypto, which is what is quickest there. */
export function owf(order: Order): Peer {
  const trustedCertificates = order.certificatesPem.map(
    (pem) => new Uint8Array(new X509Certificate(pem).raw),
  );
  const context = { crypto: digests, cose: signatures(), x509: certificates(order.certificatesPem) };
  return {
    name: '@owf/mdoc',
    check: ({ credentialBase64, transcriptBase64 }) =>
      OwfVerifier.verifyDeviceResponse(
        {
          deviceResponse: new Uint8Array(Buffer.from(credentialBase64 ?? '', 'base64')),
          sessionTranscript: new Uint8Array(Buffer.from(transcriptBase64 ?? '', 'base64')),
          trustedCertificates,
          now: new Date(order.atMs),
        },
        // What checking needs of it.
        context as unknown as MdocContext,
      ),
  };
}

const digests = {
  digest: ({ digestAlgorithm, bytes }: { readonly digestAlgorithm: string; readonly bytes: Uint8Array }) =>
    new Uint8Array(createHash(digestAlgorithm.replace('-', '')).update(bytes).digest()),
};

function signatures() {
  const kept = new Map<string, KeyObject>();
  return {
    sign1: {
      verify: ({
        key,
        sign1,
      }: {
        readonly key: { readonly jwk: import('node:crypto').JsonWebKey };
        readonly sign1: Sign1;
      }) => {
        const { jwk } = key;
        const name = `${jwk.x}.${jwk.y}`;
        const publicKey = kept.get(name) ?? createPublicKey({ key: jwk, format: 'jwk' });
        kept.set(name, publicKey);
        return verify(
          'sha256',
          sign1.toBeSigned,
          { key: publicKey, dsaEncoding: 'ieee-p1363' },
          sign1.signature,
        );
      },
    },
  };
}

function certificates(rootsPem: readonly string[]) {
  const roots = rootsPem.map((pem) => new X509Certificate(pem));
  const parsed = new Map<string, X509Certificate>();
  const chained = new Set<string>();
  const read = (bytes: Uint8Array) => {
    const name = Buffer.from(bytes).toString('latin1');
    const certificate = parsed.get(name) ?? new X509Certificate(bytes);
    parsed.set(name, certificate);
    return certificate;
  };
  return {
    getIssuerNameField: ({
      certificate,
      field,
    }: {
      readonly certificate: Uint8Array;
      readonly field: string;
    }) =>
      read(certificate)
        .issuer.split('\n')
        .filter((line) => line.startsWith(`${field}=`))
        .map((line) => line.slice(field.length + 1)),
    getPublicKey: ({ certificate }: { readonly certificate: Uint8Array }) =>
      CoseKey.fromJwk(read(certificate).publicKey.export({ format: 'jwk' })),
    verifyCertificateChain: ({ x5chain }: { readonly x5chain: readonly Uint8Array[] }) => {
      const [leaf] = x5chain;
      if (leaf === undefined) throw new Error('no certificate');
      const certificate = read(leaf);
      if (chained.has(certificate.fingerprint256)) return;
      if (!roots.some((root) => certificate.verify(root.publicKey))) throw new Error('no chain');
      chained.add(certificate.fingerprint256);
    },
    getCertificateData: ({ certificate }: { readonly certificate: Uint8Array }) => {
      const { issuer, subject, serialNumber, fingerprint256, validFromDate, validToDate } = read(certificate);
      return {
        issuerName: issuer,
        subjectName: subject,
        serialNumber,
        thumbprint: fingerprint256,
        notBefore: validFromDate,
        notAfter: validToDate,
        pem: '',
      };
    },
  };
}
