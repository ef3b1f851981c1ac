/**
 * The same two keys in profile `sm`: SM2 for seals, SM2 for what questions are encrypted to. Drawn from the seed, under names of their
 * own.
 */
import { seeded } from '../seed.ts';
import { type Sm2Key, sm2Key, sm2Sign, sm3 } from '../sm2.ts';
import type { ToSeal } from './status.ts';

export interface Sm2Jwk<U extends 'sig' | 'enc'> {
  readonly kty: 'EC';
  readonly crv: 'SM2';
  readonly x: string;
  readonly y: string;
  readonly use: U;
}

export interface SmStatusKey<U extends 'sig' | 'enc'> {
  readonly kid: string;
  readonly keyJwk: Sm2Jwk<U>;
  readonly key: Sm2Key;
}

export interface SmStatusAuthority {
  readonly sealing: SmStatusKey<'sig'>;
  readonly encryption: SmStatusKey<'enc'>;
}

export function makeSmStatusAuthority(seed: string, generation = 0): SmStatusAuthority {
  return {
    sealing: draw(seed, 'sm2 status key', generation, `status-sm2-${generation}`, 'sig'),
    encryption: draw(seed, 'sm2 status encryption key', generation, `status-sm2-enc-${generation}`, 'enc'),
  };
}

/** Compact JWS under SGD_SM3_SM2 (GM/T 0125.2); its digests are SM3 as well. */
export function smSealOf({ kid, key }: Pick<SmStatusKey<'sig'>, 'kid' | 'key'>, made: ToSeal): string {
  const { path, request, status, answer, sealedAtMs: sealed_at_ms } = made;
  const digest = (bytes: Uint8Array) => Buffer.from(sm3(bytes)).toString('base64url');
  const said = { v: 1, path, status, request: digest(request), answer: digest(answer), sealed_at_ms };
  return sm2Jws(key, { kid, typ: 'onecard-seal' }, Buffer.from(JSON.stringify(said)));
}

/** Compact JWS (RFC 7515) with SM2. */
export function sm2Jws(
  key: Sm2Key,
  { kid, typ }: { readonly kid: string; readonly typ: string },
  payload: Uint8Array,
): string {
  const header = Buffer.from(JSON.stringify({ alg: 'SGD_SM3_SM2', kid, typ })).toString('base64url');
  const input = `${header}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${Buffer.from(sm2Sign(key, Buffer.from(input, 'latin1'))).toString('base64url')}`;
}

export function sm2Jwk<U extends 'sig' | 'enc'>({ publicKey }: Sm2Key, use: U): Sm2Jwk<U> {
  const text = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString('base64url');
  return { kty: 'EC', crv: 'SM2', x: text(0), y: text(32), use };
}

function draw<U extends 'sig' | 'enc'>(seed: string, label: string, generation: number, kid: string, use: U) {
  const key = sm2Key(seeded(seed, label, generation, 40));
  return { kid, keyJwk: sm2Jwk(key, use), key };
}
