/** Status lists that are signed with SM2 (GM/T 0125.2), and those that are so wrongly. */
import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../../../../gateway/knowledge/token-status/list-authority.ts';
import { openListToken } from '../../../../../gateway/knowledge/token-status/list-token.ts';
import { TokenStatusError } from '../../../../../gateway/knowledge/token-status/token-status-error.ts';
import { sm2Jwk } from '../../../../../platform/authority/status-sm.ts';
import { signatureValue } from '../../../../../platform/der.ts';
import { type Sm2Key, sm2KeyOf, sm2Sign } from '../../../../../platform/sm2.ts';
import type { StatusListKey } from '../../../../../workers/trust/document.ts';
import { ecSigner, NOW, TWO_BITS, tokenOf } from './token-status-fixture.rig.ts';

const URI = 'https://issuer.test/lists/1';
const KEY = sm2KeyOf(0x2b5cn);
const N = Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123', 'hex');

function jwkOf(key: Sm2Key): StatusListKey {
  const { kty, crv, x, y } = sm2Jwk(key, 'sig');
  return { kty, crv, x, y, alg: 'SGD_SM3_SM2' };
}

interface Made {
  readonly alg?: string;
  readonly sign?: (input: Buffer) => Uint8Array;
}

function made({ alg = 'SGD_SM3_SM2', sign = (input) => sm2Sign(KEY, input) }: Made): string {
  const seconds = NOW / 1_000;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: URI, iat: seconds - 60, exp: seconds + 60, status_list: TWO_BITS };
  const input = `${part({ alg, typ: 'statuslist+jwt' })}.${part(claims)}`;
  return `${input}.${Buffer.from(sign(Buffer.from(input, 'latin1'))).toString('base64url')}`;
}

function open(text: string, keyJwk: StatusListKey = jwkOf(KEY)) {
  const authority = authorityOf({ region: 'cq', uri: URI, keyJwk }, []);
  return openListToken(Buffer.from(text), { uri: URI, authority, digest: 'SM3', maxBytes: 64, nowMs: NOW });
}

async function faultOf(text: string, key?: StatusListKey): Promise<string> {
  const error = await open(text, key).then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof TokenStatusError ? error.code : String(error);
}

const cut = (from: number, to: number, by: Uint8Array) => (input: Buffer) => {
  const signature = Buffer.from(sm2Sign(KEY, input));
  signature.set(by.subarray(0, to - from), from);
  return signature;
};

test('is taken under its key', async () => {
  expect(await open(made({}))).toMatchObject({ kind: 'status_list', uri: URI, bits: 2 });
});

describe('is refused', () => {
  const zero = new Uint8Array(32);
  test.each<[string, Made]>([
    ['with another distinguishing ID', { sign: (input) => sm2Sign(KEY, input, Buffer.from('onecard')) }],
    ['by another key', { sign: (input) => sm2Sign(sm2KeyOf(7n), input) }],
    ['with r zero', { sign: cut(0, 32, zero) }],
    ['with s zero', { sign: cut(32, 64, zero) }],
    ['with r of n', { sign: cut(0, 32, N) }],
    ['with s of n', { sign: cut(32, 64, N) }],
    ['in DER', { sign: (input) => signatureValue(sm2Sign(KEY, input)) }],
    ['cut off', { sign: (input) => sm2Sign(KEY, input).subarray(0, 63) }],
  ])('%s', async (_, each) => {
    expect(await faultOf(made(each))).toBe('signature');
  });

  test.each(['ES256', 'EdDSA', 'none', 'SM2'])('with %s in its header', async (alg) => {
    expect(await faultOf(made({ alg }))).toBe('algorithm');
  });

  test('of P-256 where the key is of SM2, and the other way round', async () => {
    const ec = ecSigner();
    expect(await faultOf(await tokenOf(URI, ec))).toBe('algorithm');
    expect(await faultOf(made({}), ec.jwk)).toBe('algorithm');
  });
});
