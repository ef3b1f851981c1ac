import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { createDeviceToken } from '../../../client/index.ts';
import { makeSigningKey } from '../../../crypto/signature/key-files.ts';
import { privateJwkOf } from '../../../crypto/signature/private-jwk.ts';
import { isSigned } from '../../../crypto/signature/verify.ts';

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
} as const;

describe('a device token', () => {
  it.each(['ES256', 'EdDSA'] as const)('is signed with %s from a KeyObject or a JWK', async (alg) => {
    const { privateKey, publicKey } = pairs[alg];
    for (const key of [privateKey, privateKey.export({ format: 'jwk' })]) {
      const nowMs = Date.now();
      const token = await createDeviceToken({
        deviceId: 'gate-1',
        gatewayId: 'gw-1',
        privateKey: key,
        nowMs,
      });
      const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
        issuer: 'gate-1',
        subject: 'gate-1',
        audience: 'gw-1',
        typ: 'onecard-device+jwt',
        algorithms: [alg],
      });
      expect(protectedHeader).toEqual({ alg, typ: 'onecard-device+jwt', kid: 'gate-1' });
      expect(payload.iat).toBe(Math.floor(nowMs / 1_000));
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
    }
  });

  it('is signed with SM2 from a KeyObject or a JWK, over header.payload', async () => {
    const key = makeSigningKey('SM2');
    for (const privateKey of [createPrivateKey(key.toPem()), privateJwkOf(key)]) {
      const token = await createDeviceToken({ deviceId: 'gate-1', gatewayId: 'gw-1', privateKey });
      const [header, payload, signature = ''] = token.split('.');
      const input = Buffer.from(`${header}.${payload}`);
      expect(isSigned(key.publicKey, input, Buffer.from(signature, 'base64url'))).toBe(true);
      expect(decodeProtectedHeader(token)).toEqual({
        alg: 'SGD_SM3_SM2',
        typ: 'onecard-device+jwt',
        kid: 'gate-1',
      });
      expect(decodeJwt(token)).toMatchObject({ iss: 'gate-1', sub: 'gate-1', aud: 'gw-1' });
    }
  });

  it('is not made with an SM2 key whose halves do not belong together', () => {
    const privateKey = { ...privateJwkOf(makeSigningKey('SM2')), d: privateJwkOf(makeSigningKey('SM2')).d };
    expect(() => createDeviceToken({ deviceId: 'g', gatewayId: 'gw', privateKey })).toThrow(TypeError);
    const zero = { ...privateKey, d: 'A'.repeat(43) };
    expect(() => createDeviceToken({ deviceId: 'g', gatewayId: 'gw', privateKey: zero })).toThrow(TypeError);
  });

  it('never has the same identifier twice', async () => {
    const options = { deviceId: 'gate-1', gatewayId: 'gw-1', privateKey: pairs.EdDSA.privateKey };
    const tokens = await Promise.all([createDeviceToken(options), createDeviceToken(options)]);
    const [first, second] = tokens.map((token) => decodeJwt(token).jti);
    expect(first).toEqual(expect.any(String));
    expect(first).not.toBe(second);
    expect(decodeProtectedHeader(tokens[0]).kid).toBe('gate-1');
  });

  it('is not made with a key of another kind', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
    expect(() => createDeviceToken({ deviceId: 'g', gatewayId: 'gw', privateKey: rsa })).toThrow(TypeError);
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    expect(() => createDeviceToken({ deviceId: 'g', gatewayId: 'gw', privateKey: p384 })).toThrow(TypeError);
  });
});
