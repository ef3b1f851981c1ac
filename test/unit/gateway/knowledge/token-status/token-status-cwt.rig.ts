/** Made-up lists in CWT form: signed as asked, right or wrong. */
import { sign } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { cbor, Encoded, Tagged } from '../../../../../platform/cbor.ts';
import { ecSigner, NOW, type Signer } from './token-status-fixture.rig.ts';

export const URI = 'https://issuer.test/lists/1';
export const ec: Signer = ecSigner();
const seconds = NOW / 1000;

export interface CwtParts {
  readonly signer?: Pick<Signer, 'alg' | 'privateKey'>;
  readonly protectedHeader?: ReadonlyMap<number, unknown>;
  readonly unprotected?: ReadonlyMap<number, unknown>;
  readonly claims?: ReadonlyMap<number, unknown>;
  /** In place of the claims. */
  readonly payload?: Uint8Array | null;
  readonly tags?: readonly number[];
  readonly context?: string;
}

export const STATUS_TYPE = 'application/statuslist+cwt';
export const LIST = new Map<string, unknown>([
  ['bits', 2],
  ['lst', deflateSync(Uint8Array.of(0b11_00_10_01, 0b01_00_00_00))],
]);
export const CLAIMS = new Map<number, unknown>([
  [2, URI],
  [6, seconds - 60],
  [4, seconds + 3_600],
  [65_534, 600],
  [65_533, LIST],
]);
export const without = <K, V>(map: ReadonlyMap<K, V>, ...keys: K[]) =>
  new Map([...map].filter(([key]) => !keys.includes(key)));
export const claims = (...changed: (readonly [number, unknown])[]) => new Map([...CLAIMS, ...changed]);
export const list = (...changed: (readonly [string, unknown])[]) =>
  claims([65_533, new Map([...LIST, ...changed])]);

export function cwt({ signer = ec, claims: said = CLAIMS, tags = [18], ...parts }: CwtParts = {}): Buffer {
  const header = new Map<number, unknown>([
    [1, signer.alg === 'ES256' ? -7 : -8],
    [16, STATUS_TYPE],
    ...(parts.protectedHeader ?? []),
  ]);
  const protectedBytes = cbor(new Map([...header].filter(([, value]) => value !== undefined)));
  const payload = parts.payload === undefined ? cbor(said) : parts.payload;
  const signed = cbor([
    parts.context ?? 'Signature1',
    protectedBytes,
    new Uint8Array(),
    payload ?? new Uint8Array(),
  ]);
  const hash = signer.alg === 'ES256' ? 'sha256' : null;
  const signature = sign(hash, signed, { key: signer.privateKey, dsaEncoding: 'ieee-p1363' });
  const message = cbor([protectedBytes, parts.unprotected ?? new Map(), payload, new Uint8Array(signature)]);
  const tagged = tags.reduceRight<unknown>((inner, tag) => new Tagged(tag, inner), new Encoded(message));
  return Buffer.from(cbor(tagged));
}
