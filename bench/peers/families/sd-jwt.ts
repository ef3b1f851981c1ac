/** The library for SD-JWT VC, with node:crypto for its signatures and issuers' certificates kept by their bytes. */
import {
  createHash,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  verify,
  X509Certificate,
} from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import type { Order, Peer } from './peer.ts';

export function sdJwtVc(order: Order): Peer {
  const roots = order.certificatesPem.map((pem) => new X509Certificate(pem));
  const issuers = new Map<string, KeyObject>(
    order.issuers.map(({ issuer, jwk }) => [issuer, createPublicKey({ key: jwk, format: 'jwk' })]),
  );
  const issuerOf = (data: string) => {
    const [header = ''] = data.split('.');
    const { x5c } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { x5c?: string[] };
    const [leaf] = x5c ?? [];
    if (leaf === undefined) return named(data);
    const known = issuers.get(leaf);
    if (known !== undefined) return known;
    const certificate = new X509Certificate(Buffer.from(leaf, 'base64'));
    if (!roots.some((root) => certificate.verify(root.publicKey))) throw new Error('no chain');
    issuers.set(leaf, certificate.publicKey);
    return certificate.publicKey;
  };
  const named = (data: string) => {
    const [, payload = ''] = data.split('.');
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: string };
    const known = issuers.get(iss);
    if (known === undefined) throw new Error('no such issuer');
    return known;
  };
  const holds = (data: string, signature: string, key: KeyObject) =>
    verify(
      'sha256',
      Buffer.from(data),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  const instance = new SDJwtVcInstance({
    hasher: (data: string | ArrayBuffer) =>
      new Uint8Array(
        createHash('sha256')
          .update(typeof data === 'string' ? data : Buffer.from(data))
          .digest(),
      ),
    hashAlg: 'sha-256',
    verifier: (data: string, signature: string) => holds(data, signature, issuerOf(data)),
    kbVerifier: (data: string, signature: string, { cnf }: { readonly cnf?: { readonly jwk: object } }) =>
      holds(data, signature, createPublicKey({ key: cnf?.jwk as JsonWebKey, format: 'jwk' })),
    statusListFetcher: () => Promise.reject(new Error('no status is asked here')),
  });
  return {
    name: '@sd-jwt/sd-jwt-vc',
    check: ({ text = '', nonce }) =>
      instance.verify(text, {
        currentDate: Math.floor(order.atMs / 1_000),
        ...(nonce !== undefined && { keyBindingNonce: nonce }),
        disableStatusVerification: true,
      }),
  };
}
