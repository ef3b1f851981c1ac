/** The document under `/.well-known/onecard-receipts.json`: a JWK Set (RFC 7517 clause 5), with the keys of the log beside it. */
import { digestOf } from '../../crypto/digest.ts';
import { JWS_ALGORITHM, jwkOf } from '../../crypto/signature/jose.ts';
import type { VerifyingKey } from '../../crypto/signature/keys.ts';
import type { ReceiptKey } from './receipt-keys.ts';

/** `logKeys`: what checkpoints are and were signed with. */
export function publicKeysDocument(
  gatewayId: string,
  keys: readonly ReceiptKey[],
  logKeys: readonly VerifyingKey[],
): object {
  return {
    issuer: gatewayId,
    // The newest first: whoever takes the first of an algorithm takes the one that signs.
    keys: keys.map(({ jwk }) => jwk).reverse(),
    // Apart from those above: a receipt is never signed with one.
    log_keys: logKeys.map(logJwk),
  };
}

/** Its name is its thumbprint (RFC 7638), of a key of SM2 made with SM3. */
function logJwk(key: VerifyingKey): object {
  const jwk = jwkOf(key);
  const { crv, kty, x } = jwk;
  const required = 'y' in jwk ? { crv, kty, x, y: jwk.y } : { crv, kty, x };
  const hash = key.algorithm === 'SM2' ? 'SM3' : 'SHA-256';
  const kid = digestOf(hash, Buffer.from(JSON.stringify(required))).toString('base64url');
  return { ...required, kid, alg: JWS_ALGORITHM[key.algorithm], use: 'sig' };
}
