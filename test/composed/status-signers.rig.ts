/** Keys that a relay may have got hold of, or the platform itself, signing what a test wants as an answer's seal. */
import { createECDH, createHash, createPrivateKey, KeyObject, sign } from 'node:crypto';
import { seeded } from '../../platform/seed.ts';
import { type Sm2Key, sm2Key, sm2Sign } from '../../platform/sm2.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import type { Passing } from './relay.rig.ts';

/** Ed25519, P-256 or SM2. */
export type SealKey = KeyObject | Sm2Key;

/** The name of the reference platform's first status key, in both profiles. */
const STATUS_KIDS = { international: 'status-0', sm: 'status-sm2-0' } as const;
export const STATUS_KID = STATUS_KIDS[TEST_PROFILE];

/** The reference platform's own, as its documentation says it is drawn. */
export const statusKeyOf = (seed: string): SealKey =>
  drawn(TEST_PROFILE === 'sm', seed, TEST_PROFILE === 'sm' ? 'sm2 status key' : 'status key');

/** The one that the platform has beside it, of the profile that is not under test, with its name. */
export const otherStatusKeyOf = (seed: string): { readonly kid: string; readonly key: SealKey } =>
  TEST_PROFILE === 'sm'
    ? { kid: STATUS_KIDS.international, key: drawn(false, seed, 'status key') }
    : { kid: STATUS_KIDS.sm, key: drawn(true, seed, 'sm2 status key') };

/** A key that fits the profile under test, from a secret of any kind of key. */
export const keyOfSecret = (seed: string, label: string): SealKey =>
  drawn(TEST_PROFILE === 'sm', seed, label);

function drawn(isSm2: boolean, seed: string, label: string): SealKey {
  return isSm2 ? sm2Key(seeded(seed, label, 0, 40)) : p256Key(seeded(seed, label, 0, 32));
}

function p256Key(secret: Uint8Array): KeyObject {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const d = Buffer.from(secret).toString('base64url');
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d, x: part(1), y: part(33) } });
}

const isKeyObject = (key: SealKey): key is KeyObject => key instanceof KeyObject;
const isEd25519 = (key: SealKey) => isKeyObject(key) && key.asymmetricKeyType === 'ed25519';

export function signedBy(key: SealKey, input: Buffer): Uint8Array {
  if (!isKeyObject(key)) return sm2Sign(key, input);
  return isEd25519(key) ? sign(null, input, key) : sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
}

function algorithmOf(key: SealKey): string {
  if (!isKeyObject(key)) return 'SGD_SM3_SM2';
  return isEd25519(key) ? 'EdDSA' : 'ES256';
}

export interface SealMaker {
  readonly kid: string;
  readonly key: SealKey;
  readonly sealedAtMs?: number;
  /** In place of the question that was asked. */
  readonly request?: Buffer;
  readonly alg?: string;
}

/** The header `onecard-seal` as docs/platform.md lays it out, over an answer. */
export function sealed(passing: Passing, answer: string, maker: SealMaker): string {
  const { kid, key, sealedAtMs = Date.now(), request = passing.body } = maker;
  const hash = isKeyObject(key) ? 'sha256' : 'sm3';
  const digest = (bytes: Buffer | string) => createHash(hash).update(bytes).digest('base64url');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { alg: maker.alg ?? algorithmOf(key), kid, typ: 'onecard-seal' };
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
  return `${input}.${Buffer.from(signedBy(key, Buffer.from(input))).toString('base64url')}`;
}
