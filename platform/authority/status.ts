/**
 * The keys by which gateways ask the platform and believe it: one that seals its answers, one that questions are
 * encrypted to. Drawn from the seed, and never keys of anything else.
 */
import { createECDH, createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { seeded } from '../seed.ts';
import { makeSmStatusAuthority, type SmStatusAuthority } from './status-sm.ts';

export interface PublicStatusKey<U extends 'sig' | 'enc'> {
  readonly kid: string;
  readonly keyJwk: {
    readonly kty: 'EC';
    readonly crv: 'P-256';
    readonly x: string;
    readonly y: string;
    readonly use: U;
  };
}

export interface StatusKeyPair<U extends 'sig' | 'enc'> extends PublicStatusKey<U> {
  readonly privateKey: KeyObject;
}

export interface StatusAuthority {
  readonly sealing: StatusKeyPair<'sig'>;
  readonly encryption: StatusKeyPair<'enc'>;
  /** Those of profile `sm`. */
  readonly sm: SmStatusAuthority;
}

/** `generation`: how often the keys were changed, from 0. */
export function makeStatusAuthority(seed: string, generation = 0): StatusAuthority {
  return {
    sealing: draw(seed, 'status key', generation, `status-${generation}`, 'sig'),
    encryption: draw(seed, 'status encryption key', generation, `status-enc-${generation}`, 'enc'),
    sm: makeSmStatusAuthority(seed, generation),
  };
}

export function publicPart<J>({ kid, keyJwk }: { readonly kid: string; readonly keyJwk: J }) {
  return { kid, keyJwk };
}

/** What a seal is put on. */
export interface ToSeal {
  readonly path: string;
  /** The question's body as it came. */
  readonly request: Uint8Array;
  readonly status: number;
  /** The answer's body as it goes. */
  readonly answer: Uint8Array;
  readonly sealedAtMs: number;
}

/** Compact JWS (RFC 7515) under ES256 (RFC 7518, 3.4). */
export function sealOf({ kid, privateKey: key }: StatusKeyPair<'sig'>, made: ToSeal): string {
  const { path, request, status, answer, sealedAtMs: sealed_at_ms } = made;
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64url');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'ES256', kid, typ: 'onecard-seal' });
  const said = { v: 1, path, status, request: digest(request), answer: digest(answer), sealed_at_ms };
  const input = `${header}.${part(said)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function draw<U extends 'sig' | 'enc'>(
  seed: string,
  label: string,
  generation: number,
  kid: string,
  use: U,
): StatusKeyPair<U> {
  const secret = seeded(seed, label, generation, 32);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  const coordinate = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const publicJwk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) } as const;
  const d = Buffer.from(secret).toString('base64url');
  const privateKey = createPrivateKey({ format: 'jwk', key: { ...publicJwk, d } });
  return { kid, keyJwk: { ...publicJwk, use }, privateKey };
}
