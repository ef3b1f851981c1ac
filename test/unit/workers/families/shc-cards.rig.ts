/** SMART Health Cards made by hand, with every part open to a fault. */
import { deflateRawSync } from 'node:zlib';
import { type P256Key, p256Jwk, p256Key, p256Sign } from '../../../../platform/p256.ts';
import { p256Thumbprint } from '../../../../workers/jose/jwk.ts';

export const ISSUER = 'https://health.example/issuer';
export const OTHER_ISSUER = 'https://clinic.example/shc';
export const AT_MS = Date.UTC(2026, 10, 20, 8);
const AT_S = AT_MS / 1000;

const keyOf = (letter: number) => p256Key(new Uint8Array(40).fill(letter));
export const KEY = keyOf(1);
export const OTHER_KEY = keyOf(2);
/** Trusted by nobody. */
export const STRANGER = keyOf(3);

export const kidOf = ({ publicKey }: P256Key) => p256Thumbprint(publicKey);

export const SHC_TRUST = {
  anchors: [
    {
      family: 'shc',
      issuer: ISSUER,
      region: 'cq',
      jwk: { ...p256Jwk(KEY), kid: kidOf(KEY), use: 'sig', alg: 'ES256' },
      revocation: {
        kid: kidOf(KEY),
        method: 'rid',
        ctr: 3,
        rids: ['gone', `before.${AT_S - 1_000}`, 'twice.1', `twice.${AT_S}`],
      },
    },
    { family: 'shc', issuer: OTHER_ISSUER, jwk: p256Jwk(OTHER_KEY) },
  ],
} as const;

export const b64 = (value: string | Uint8Array) => Buffer.from(value).toString('base64url');

/** As two digits each; characters that have none are written as 99. */
export const digits = (text: string) =>
  [...text]
    .map((character) => {
      const pair = character.charCodeAt(0) - 45;
      return pair < 0 || pair > 99 ? '99' : String(pair).padStart(2, '0');
    })
    .join('');
export const numeric = (jws: string) => `shc:/${digits(jws)}`;

export const HEADER = { zip: 'DEF', alg: 'ES256', kid: kidOf(KEY) };
export const PATIENT = {
  resourceType: 'Patient',
  name: [{ family: 'Anyperson', given: ['John', 'B.'] }],
  birthDate: '1951-01-20',
  gender: 'male',
};
export const VC = {
  type: ['https://smarthealth.cards#health-card', 'https://smarthealth.cards#immunization'],
  credentialSubject: {
    fhirVersion: '4.0.1',
    fhirBundle: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'resource:0', resource: PATIENT }],
    },
  },
};
export const CLAIMS = { iss: ISSUER, nbf: AT_S - 5_000, vc: VC };

export interface CardParts {
  readonly header?: unknown;
  readonly claims?: unknown;
  /** Default: the claims, deflated. */
  readonly payload?: Uint8Array;
  readonly key?: P256Key;
  readonly sign?: (input: string, key: P256Key) => Uint8Array;
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

export function jws(parts: CardParts = {}): string {
  const { header = HEADER, claims = CLAIMS, key = KEY } = parts;
  const { payload = deflateRawSync(text(claims)), sign = signRaw } = parts;
  const input = `${b64(text(header))}.${b64(payload)}`;
  return `${input}.${b64(sign(input, key))}`;
}

export const signRaw = (input: string, key: P256Key) => p256Sign(key, Buffer.from(input));

export const card = (parts: CardParts = {}) => numeric(jws(parts));

export const shown = (code: string, atMs = AT_MS) => ({ atMs, credential: { text: code }, context: {} });
