/** Public keys as JWK (RFC 7517), and their thumbprints (RFC 7638). */
import { createPublicKey, hash, type JsonWebKey } from 'node:crypto';
import { type TObject, Type } from 'typebox';
import { base64urlBytes } from '../codecs/base64url.ts';
import type { SignatureEngine } from '../engine/job.ts';
import { isJsonObject } from './compact-jws.ts';
import type { PublicSignatureKey, SignatureAlgorithm } from './verification.ts';

/** 32 bytes as unpadded base64url. */
const coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' });

/**
 * A public P-256 key of an anchor, as its issuer publishes it: members without meaning here are ignored (RFC 7517 clause 4), since
 * key sets carry certificates and notes of their own. A private key is refused by `readJwk`.
 */
export const P256_JWK: TObject = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: coordinate,
  y: coordinate,
  alg: Type.Optional(Type.Literal('ES256')),
  kid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  use: Type.Optional(Type.Literal('sig')),
});

/** A key, and the one algorithm that it may be used with where it says so. */
export interface JwkKey {
  readonly key: PublicSignatureKey;
  readonly alg: string | null;
}

const COORDINATE_BYTES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };
const SLOW_CURVES = { 'P-384': 'p384', 'P-521': 'p521' } as const;
const ED25519_BYTES = 32;
const RSA_BYTES = { min: 256, max: 512 } as const;
/** A public exponent: 3 bytes hold 65537. */
const EXPONENT_BYTES_MAX = 3;
/** Members of private and of symmetric keys (RFC 7518 clause 6). */
const SECRETS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * The key of a JWK, or null where it is no public key for signatures: another type or curve, a coordinate of a wrong size,
 * a point that is off P-256, a use that is not verifying, or a private key. Whether a key that is not P-256 is a point of its
 * curve shows when it is used. Members without meaning here are ignored (RFC 7517 clause 4). Never throws for any value.
 */
export function readJwk(value: unknown, engine: SignatureEngine): JwkKey | null {
  if (!isJsonObject(value) || isSecretJwk(value)) return null;
  const { use, key_ops: operations, alg } = value;
  if (use !== undefined && use !== 'sig') return null;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return null;
  if (alg !== undefined && typeof alg !== 'string') return null;
  const key = keyOf(value, engine);
  return key === null ? null : { key, alg: alg ?? null };
}

/** Whether it holds what only its owner may know. */
export function isSecretJwk(jwk: Readonly<Record<string, unknown>>): boolean {
  return SECRETS.some((name) => Object.hasOwn(jwk, name));
}

function keyOf(jwk: Readonly<Record<string, unknown>>, engine: SignatureEngine): PublicSignatureKey | null {
  switch (jwk['kty']) {
    case 'EC':
      return ellipticKey(jwk, engine);
    case 'OKP':
      return jwk['crv'] === 'Ed25519' && lengthOf(jwk['x']) === ED25519_BYTES
        ? { type: 'ed25519', open: opening({ kty: 'OKP', crv: 'Ed25519', x: jwk['x'] as string }) }
        : null;
    case 'RSA': {
      const { n, e } = jwk;
      const bytes = lengthOf(n);
      const isInBounds = bytes >= RSA_BYTES.min && bytes <= RSA_BYTES.max;
      const hasExponent = lengthOf(e) >= 1 && lengthOf(e) <= EXPONENT_BYTES_MAX;
      return isInBounds && hasExponent
        ? { type: 'rsa', open: opening({ kty: 'RSA', n: n as string, e: e as string }) }
        : null;
    }
    default:
      return null;
  }
}

function ellipticKey(
  { crv, x, y }: Readonly<Record<string, unknown>>,
  engine: SignatureEngine,
): PublicSignatureKey | null {
  if (typeof crv !== 'string' || typeof x !== 'string' || typeof y !== 'string') return null;
  const size = Object.hasOwn(COORDINATE_BYTES, crv) ? COORDINATE_BYTES[crv] : undefined;
  if (size === undefined || lengthOf(x) !== size || lengthOf(y) !== size) return null;
  if (crv !== 'P-256') {
    const type = SLOW_CURVES[crv as keyof typeof SLOW_CURVES];
    return { type, open: opening({ kty: 'EC', crv, x, y }) };
  }
  const publicKey = new Uint8Array(size * 2);
  publicKey.set(base64urlBytes(x) ?? []);
  publicKey.set(base64urlBytes(y) ?? [], size);
  return engine.isOnCurve('p256', publicKey) ? { type: 'p256', publicKey } : null;
}

function opening(jwk: JsonWebKey) {
  return () => createPublicKey({ key: jwk, format: 'jwk' });
}

/** Of what unpadded base64url spells; 0 where it is none. */
function lengthOf(text: unknown): number {
  return typeof text === 'string' ? (base64urlBytes(text)?.length ?? 0) : 0;
}

/** RFC 7638 with SHA-256 of a P-256 key X ‖ Y, as unpadded base64url. */
export function p256Thumbprint(publicKey: Uint8Array): string {
  const [x, y] = [publicKey.subarray(0, 32), publicKey.subarray(32)].map((half) =>
    Buffer.from(half).toString('base64url'),
  );
  // The required members, in the order of their names (clause 3.2).
  return hash('sha256', `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`, 'base64url');
}

/** Whether a key may verify signatures of an algorithm as far as its JWK says. */
export function mayUse({ alg }: JwkKey, algorithm: SignatureAlgorithm): boolean {
  return alg === null || alg === algorithm;
}
