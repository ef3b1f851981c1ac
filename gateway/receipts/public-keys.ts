/** The document under `/.well-known/onecard-receipts.json`: a JWK Set (RFC 7517 clause 5), with the key of the log beside it. */
import { createHash } from 'node:crypto';
import type { ReceiptKey } from './receipt-keys.ts';

/** `logKey`: the Ed25519 key that checkpoints are signed with, base64. */
export function publicKeysDocument(gatewayId: string, keys: readonly ReceiptKey[], logKey: string): object {
  const point = { crv: 'Ed25519', kty: 'OKP', x: Buffer.from(logKey, 'base64').toString('base64url') };
  const kid = createHash('sha256').update(JSON.stringify(point)).digest('base64url');
  return {
    issuer: gatewayId,
    // The newest first: whoever takes the first of an algorithm takes the one that signs.
    keys: keys.map(({ jwk }) => jwk).reverse(),
    // Apart from those above: a receipt is never signed with it.
    log_keys: [{ ...point, kid, alg: 'EdDSA', use: 'sig' }],
  };
}
