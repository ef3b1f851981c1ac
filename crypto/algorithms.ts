/** The one table of algorithms that anything here is made with: what each is for, whose it is, and where it is written. */
import type { CryptoProfile } from '../config/crypto-settings.ts';

export type AlgorithmKind =
  | 'digest'
  | 'mac'
  | 'signature'
  | 'seal'
  | 'wrap'
  | 'encryption'
  | 'sealed-file'
  | 'password'
  | 'channel';

interface AlgorithmEntry {
  readonly kind: AlgorithmKind;
  readonly profile: CryptoProfile;
  readonly standard: string;
}

export const ALGORITHMS = {
  'SHA-256': { kind: 'digest', profile: 'international', standard: 'FIPS 180-4' },
  SM3: { kind: 'digest', profile: 'sm', standard: 'GB/T 32905-2016' },
  'HMAC-SHA-256': { kind: 'mac', profile: 'international', standard: 'RFC 2104, FIPS 198-1' },
  'HMAC-SM3': { kind: 'mac', profile: 'sm', standard: 'GB/T 15852.2-2024' },
  Ed25519: { kind: 'signature', profile: 'international', standard: 'RFC 8032, FIPS 186-5' },
  ES256: { kind: 'signature', profile: 'international', standard: 'FIPS 186-5, RFC 7518' },
  SM2: { kind: 'signature', profile: 'sm', standard: 'GB/T 32918.2-2016, GB/T 35276-2017' },
  'AES-256-GCM': { kind: 'seal', profile: 'international', standard: 'NIST SP 800-38D' },
  'SM4-CTR-HMAC-SM3': { kind: 'seal', profile: 'sm', standard: 'GB/T 32907-2016, GB/T 36624-2018' },
  'AES-256-KW': { kind: 'wrap', profile: 'international', standard: 'RFC 3394, NIST SP 800-38F' },
  'SM4-KW': { kind: 'wrap', profile: 'sm', standard: 'GB/T 32907-2016, GB/T 36624-2018' },
  // A key agreed with, or encrypted to, the public key of whom a message is for.
  'ECDH-ES-P-256': { kind: 'encryption', profile: 'international', standard: 'NIST SP 800-56A, RFC 7518' },
  'SM2-encryption': { kind: 'encryption', profile: 'sm', standard: 'GB/T 32918.4-2016, GB/T 35276-2017' },
  // A key of its own, encrypted to each recipient, and what is sealed under it in pieces.
  'X25519-ChaCha20-Poly1305': {
    kind: 'sealed-file',
    profile: 'international',
    standard: 'age v1, RFC 7748, RFC 8439',
  },
  'SM2-SM4-CTR-HMAC-SM3': {
    kind: 'sealed-file',
    profile: 'sm',
    standard: 'GB/T 32918.4-2016, GB/T 32907-2016, GB/T 36624-2018',
  },
  Argon2id: { kind: 'password', profile: 'international', standard: 'RFC 9106' },
  'HMAC-SM3-Argon2id': { kind: 'password', profile: 'sm', standard: 'GB/T 15852.2-2024, RFC 9106' },
  TLS: { kind: 'channel', profile: 'international', standard: 'RFC 8446, RFC 5246' },
  TLCP: { kind: 'channel', profile: 'sm', standard: 'GB/T 38636-2020, RFC 8998' },
} as const satisfies Readonly<Record<string, AlgorithmEntry>>;

export type Algorithm = keyof typeof ALGORITHMS;

type OfKind<K extends AlgorithmKind> = {
  [A in Algorithm]: (typeof ALGORITHMS)[A]['kind'] extends K ? A : never;
}[Algorithm];

export type DigestAlgorithm = OfKind<'digest'>;
export type MacAlgorithm = OfKind<'mac'>;
export type SignatureAlgorithm = OfKind<'signature'>;
export type SealAlgorithm = OfKind<'seal'>;
export type WrapAlgorithm = OfKind<'wrap'>;
export type EncryptionAlgorithm = OfKind<'encryption'>;
export type SealedFileAlgorithm = OfKind<'sealed-file'>;
export type PasswordAlgorithm = OfKind<'password'>;
