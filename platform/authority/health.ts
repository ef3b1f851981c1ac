/** Who issues health documents of a city: a document signer of health certificates, and an issuer of SMART Health Cards. */
import { createHash } from 'node:crypto';
import { numberToBytes } from '../bytes.ts';
import { type P256Jwk, type P256Key, p256Jwk, p256Key } from '../p256.ts';
import { seeded } from '../seed.ts';
import { extension, issueCertificate, name, USAGE } from './certificates.ts';

export interface HealthSigner {
  readonly key: P256Key;
  /** DER. */
  readonly certificate: Uint8Array;
  /** First 8 bytes of the certificate's SHA-256. */
  readonly keyId: Uint8Array;
  readonly country: string;
  readonly authority: string;
}

export interface HealthCardIssuer {
  readonly key: P256Key;
  readonly jwk: P256Jwk;
  /** RFC 7638. */
  readonly keyId: string;
  readonly url: string;
}

const COUNTRY = 'CN';
/** Extended key usages of the EU DCC specification: test, vaccination, recovery. */
const USAGES = [1, 2, 3].map((kind) => `1.3.6.1.4.1.1847.2021.1.${kind}`);
const KEY_ID_BYTES = 8;

/** `number`: one of several signers, the same for the same number. Good from two years before `year` to three after. */
export function makeHealthSigner(seed: string, region: string, year: number, number = 0): HealthSigner {
  const key = p256Key(seeded(seed, 'health signer', number, 40));
  const ca = p256Key(seeded(seed, 'health ca', number, 40));
  const certificate = issueCertificate(
    {
      serial: numberToBytes(0x4801 + number, 2),
      issuer: name({ C: COUNTRY, O: `Health Commission of ${region}`, CN: 'Health CA' }),
      subject: name({ C: COUNTRY, O: `Health Commission of ${region}`, CN: `Document signer ${number + 1}` }),
      notBeforeMs: Date.UTC(year - 2, 0, 1),
      notAfterMs: Date.UTC(year + 3, 11, 31, 23, 59, 59),
      key: { algorithm: 'p256', key },
      extensions: [extension.keyUsage(USAGE.digitalSignature), extension.extKeyUsage(USAGES)],
    },
    { algorithm: 'p256', key: ca },
  );
  const keyId = createHash('sha256').update(certificate).digest().subarray(0, KEY_ID_BYTES);
  return { key, certificate, keyId, country: COUNTRY, authority: `Health Commission of ${region}` };
}

export function makeHealthCardIssuer(seed: string, region: string, number = 0): HealthCardIssuer {
  const key = p256Key(seeded(seed, 'health card issuer', number, 40));
  const jwk = p256Jwk(key);
  const { crv, kty, x, y } = jwk;
  const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { key, jwk, keyId, url: `https://health.${region}.example/cards` };
}
