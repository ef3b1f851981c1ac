/** Public keys that receipts are verified with, as `/.well-known/onecard-receipts.json` gives them. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OnecardError } from '../config/onecard-error.ts';
import { CryptoError } from '../crypto/crypto-error.ts';
import { verifyingKeyOfJwk } from '../crypto/signature/jose.ts';
import type { VerifyingKey } from '../crypto/signature/keys.ts';
import type { PublicJwk } from '../gateway/receipts/receipt-keys.ts';
import { thumbprint } from '../gateway/receipts/receipt-keys.ts';

/** It is no such document; the message says what is wrong. */
export class ReceiptKeysError extends OnecardError {
  override readonly name = 'ReceiptKeysError';
  readonly code = 'receipt_keys_unusable';
}

export interface TrustedKeys {
  /** Null: the document does not say whose they are. */
  readonly issuer: string | null;
  readonly keys: readonly PublicJwk[];
  /** Keys of the log's checkpoints: Ed25519 or SM2. */
  readonly logKeys: readonly VerifyingKey[];
}

const member = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const any = Type.Object({}, { additionalProperties: true });
const Document = Compile(
  Type.Object(
    {
      issuer: Type.Optional(Type.String()),
      keys: Type.Array(any, { maxItems: 1_024 }),
      log_keys: Type.Optional(Type.Array(any, { maxItems: 1_024 })),
    },
    { additionalProperties: true },
  ),
);
const point = { kty: Type.Literal('EC'), x: member, y: member, kid: member };
const ReceiptJwk = Compile(
  Type.Union([
    Type.Object({ ...point, crv: Type.Literal('P-256'), alg: Type.Literal('ES256') }),
    Type.Object({
      ...point,
      crv: Type.Literal('SM2'),
      alg: Type.Enum(['SM2SM3', 'SGD_SM3_SM2']),
    }),
  ]),
);

/** Keys of other kinds are passed over (RFC 7517 clause 5). Throws ReceiptKeysError. */
export function readReceiptKeys(document: unknown): TrustedKeys {
  if (!Document.Check(document)) throw new ReceiptKeysError('it is no JWK Set: { "keys": [ … ] }');
  const keys = document.keys.flatMap((jwk): PublicJwk[] => {
    if (!ReceiptJwk.Check(jwk)) return [];
    const { kty, crv, x, y, kid, alg } = jwk;
    return kid === thumbprint({ alg, kty, crv, x, y }) ? [{ kty, crv, x, y, kid, alg, use: 'sig' }] : [];
  });
  if (keys.length === 0) {
    throw new ReceiptKeysError(
      'it holds no key of receipts: ES256, SM2SM3 or SGD_SM3_SM2, with its thumbprint as kid',
    );
  }
  const logKeys = (document.log_keys ?? []).flatMap(logKeyOf);
  return { issuer: document.issuer ?? null, keys, logKeys };
}

/** None of a key of another kind. */
function logKeyOf(jwk: unknown): VerifyingKey[] {
  try {
    const key = verifyingKeyOfJwk(jwk);
    return key.algorithm === 'ES256' ? [] : [key];
  } catch (error) {
    if (error instanceof CryptoError) return [];
    throw error;
  }
}
