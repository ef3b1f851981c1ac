/** Issuers of verifiable credentials as SD-JWT: one that trust names by its key, and one with a certificate of the city's CA. */
import { createHash } from 'node:crypto';
import type { TrustDocument } from '../../workers/trust/document.ts';
import { der, pem, sequence } from '../der.ts';
import { type P256Key, p256Jwk, p256Key } from '../p256.ts';
import { seeded } from '../seed.ts';
import { extension, issueCertificate, name, type SigningKey, USAGE } from './certificates.ts';

export interface SdJwtIssuer {
  /** `iss` of its credentials. */
  readonly issuer: string;
  readonly key: P256Key;
  /** Members of its header beside `alg` and `typ`. */
  readonly header: Readonly<Record<string, unknown>>;
}

export interface SdJwtAuthority {
  /** Residents' credentials: its key is an anchor. */
  readonly residents: SdJwtIssuer;
  /** Visitors' credentials: its certificate comes along. */
  readonly visitors: SdJwtIssuer;
  /** As both call themselves, with keys that nobody trusts. */
  readonly strangers: { readonly residents: SdJwtIssuer; readonly visitors: SdJwtIssuer };
  readonly anchors: TrustDocument['anchors'];
}

const KID = '1';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const URI_TAG = 0x86;

/** `year`: all is good for years around it. */
export function makeSdJwtAuthority(seed: string, region: string, year: number): SdJwtAuthority {
  const own = issuers(seed, region, year, '');
  const { residents, visitors } = issuers(seed, region, year, ' of a stranger');
  const { jwk, authority } = own;
  return {
    residents: own.residents,
    visitors: own.visitors,
    strangers: { residents, visitors },
    anchors: [
      { family: 'sd-jwt', region, issuer: own.residents.issuer, jwk: { ...jwk, kid: KID, alg: 'ES256' } },
      { family: 'sd-jwt', region, certificatePem: pem(authority) },
    ],
  };
}

function issuers(seed: string, region: string, year: number, whose: string) {
  const host = `https://${region}.city.test`;
  const signing = (label: string) => ({
    algorithm: 'p256' as const,
    key: p256Key(seeded(seed, `sd-jwt ${label}${whose}`, 0, 40)),
  });
  const [ca, residents, visitors] = [signing('ca'), signing('residents'), signing('visitors')];
  const subject = name({ C: 'CN', O: `Test City ${region}`, CN: 'Credential Authority' });
  const serial = (label: string) =>
    seeded(seed, `sd-jwt ${label} serial${whose}`, 0, 12).map((byte, i) =>
      i === 0 ? (byte & 0x7f) | 1 : byte,
    );
  const base = {
    issuer: subject,
    notBeforeMs: Date.UTC(year - 3, 0, 1),
    notAfterMs: Date.UTC(year + 12, 11, 31),
  };
  const authority = issueCertificate(
    {
      ...base,
      serial: serial('ca'),
      subject,
      key: ca,
      extensions: [
        extension.basicConstraints(true, 0),
        extension.keyUsage(USAGE.keyCertSign, USAGE.crlSign),
        extension.subjectKeyId(keyId(ca)),
      ],
    },
    ca,
  );
  const issuer = `${host}/visitors`;
  const certificate = issueCertificate(
    {
      ...base,
      serial: serial('visitors'),
      subject: name({ C: 'CN', O: `Test City ${region}`, CN: 'Visitors' }),
      key: visitors,
      extensions: [
        extension.keyUsage(USAGE.digitalSignature),
        extension.subjectKeyId(keyId(visitors)),
        extension.authorityKeyId(keyId(ca)),
        {
          oid: SUBJECT_ALTERNATIVE_NAME,
          value: sequence(der(URI_TAG, Buffer.from(issuer, 'latin1'))),
        },
      ],
    },
    ca,
  );
  const x5c = [Buffer.from(certificate).toString('base64')];
  return {
    residents: { issuer: `${host}/residents`, key: residents.key, header: { kid: KID } },
    visitors: { issuer, key: visitors.key, header: { x5c } },
    jwk: p256Jwk(residents.key),
    authority,
  };
}

/** SHA-1 of the key, as RFC 5280 clause 4.2.1.2 suggests; it is only a name. */
function keyId({ key: { publicKey } }: SigningKey): Uint8Array {
  return createHash('sha1').update(Uint8Array.of(4)).update(publicKey).digest();
}
