/**
 * The signed request that a wallet fetches (JAR, RFC 9101; OpenID4VP 1.0 clause 5), and the same for the Digital Credentials API
 * (Appendix A.3.2).
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose';
import type { PhoneIdentity } from './identity.ts';
import type { DcqlQuery } from './query.ts';

/** Clause 5.8: whom a request is for where the wallet is not known. */
const ANY_WALLET = 'https://self-issued.me/v2';
export const REQUEST_TYPE = 'oauth-authz-req+jwt';
export const KEY_AGREEMENT = 'ECDH-ES';
export const CONTENT_ENCRYPTION = ['A128GCM', 'A256GCM'] as const;
/** COSE identifiers: ES256, and the same fully specified (RFC 9864). */
const ES256 = [-7, -9];

/** A key for one answer. */
export interface AnswerKey {
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
  /** SHA-256 (RFC 7638): what an mdoc's device signs. */
  readonly thumbprint: Buffer;
}

export async function drawAnswerKey(): Promise<AnswerKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  const thumbprint = await calculateJwkThumbprint(jwk, 'sha256');
  return {
    privateKey,
    jwk: { ...jwk, kid: thumbprint, use: 'enc', alg: KEY_AGREEMENT },
    thumbprint: Buffer.from(thumbprint, 'base64url'),
  };
}

export interface RequestOf {
  readonly identity: PhoneIdentity;
  readonly dcql: DcqlQuery;
  readonly nonce: string;
  readonly answerKey: AnswerKey;
  /** As the guest reads it. */
  readonly title: string;
  readonly nowMs: number;
  readonly untilMs: number;
}

export function signedForPost(
  request: RequestOf,
  to: { readonly responseUri: string; readonly state: string; readonly walletNonce: string | null },
): Promise<string> {
  return signed(request, {
    response_mode: 'direct_post.jwt',
    response_uri: to.responseUri,
    state: to.state,
    ...(to.walletNonce !== null && { wallet_nonce: to.walletNonce }),
  });
}

/** `origin`: of the page that asks. */
export function signedForBrowser(request: RequestOf, origin: string): Promise<string> {
  return signed(request, { response_mode: 'dc_api.jwt', expected_origins: [origin] });
}

function signed(
  { identity, dcql, nonce, answerKey, title, nowMs, untilMs }: RequestOf,
  answer: Readonly<Record<string, unknown>>,
): Promise<string> {
  return new SignJWT({
    ...{ client_id: identity.clientId, response_type: 'vp_token', nonce, dcql_query: dcql },
    ...answer,
    client_metadata: {
      client_name: title,
      jwks: { keys: [answerKey.jwk] },
      encrypted_response_enc_values_supported: CONTENT_ENCRYPTION,
      vp_formats_supported: {
        mso_mdoc: { issuerauth_alg_values: ES256, deviceauth_alg_values: ES256 },
        'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
      },
    },
  })
    .setProtectedHeader({ alg: 'ES256', typ: REQUEST_TYPE, x5c: [...identity.x5c] })
    .setAudience(ANY_WALLET)
    .setIssuedAt(Math.floor(nowMs / 1_000))
    .setExpirationTime(Math.ceil(untilMs / 1_000))
    .sign(identity.key);
}
