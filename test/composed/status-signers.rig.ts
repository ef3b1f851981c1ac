/** Keys that a relay may have got hold of, or the platform itself, signing what a test wants as an answer's seal. */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { seeded } from '../../platform/seed.ts';
import type { Passing } from './relay.rig.ts';

/** A P-256 private key from any 32 bytes: also from the secret of a key of another kind. */
export function p256Key(secret: Uint8Array): KeyObject {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const d = Buffer.from(secret).toString('base64url');
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d, x: part(1), y: part(33) } });
}

/** The reference platform's own, as its documentation says it is drawn. */
export const statusKeyOf = (seed: string): KeyObject => p256Key(seeded(seed, 'status key', 0, 32));

export interface SealMaker {
  readonly kid: string;
  readonly key: KeyObject;
  readonly sealedAtMs?: number;
  /** In place of the question that was asked. */
  readonly request?: Buffer;
  readonly alg?: string;
}

/** The header `onecard-seal` as docs/platform.md lays it out, over an answer. */
export function sealed(passing: Passing, answer: string, maker: SealMaker): string {
  const { kid, key, sealedAtMs = Date.now(), request = passing.body } = maker;
  const digest = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('base64url');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const isEd25519 = createPublicKey(key).asymmetricKeyType === 'ed25519';
  const header = { alg: maker.alg ?? (isEd25519 ? 'EdDSA' : 'ES256'), kid, typ: 'onecard-seal' };
  const { path, status } = passing;
  const payload = {
    v: 1,
    path,
    status,
    request: digest(request),
    answer: digest(answer),
    sealed_at_ms: sealedAtMs,
  };
  const input = `${part(header)}.${part(payload)}`;
  const signature = isEd25519
    ? sign(null, Buffer.from(input), key)
    : sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
