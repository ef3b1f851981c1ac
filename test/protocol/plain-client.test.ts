import { type JsonWebKey, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import { privateJwkOf } from '../../crypto/signature/private-jwk.ts';
import { checkDeviceJwk } from '../../gateway/devices/device-key.ts';
import { signedPayload } from '../../gateway/devices/token-signature.ts';
import { GATE, startFakeGateway } from '../unit/gateway/transport/fake-gateway.rig.ts';
import { PlainClient, type PlainClientTarget } from './plain-client.rig.ts';

const GATEWAY_ID = 'gw-test';
const RIDE_CODE = { family: 'transit-qr', credential: { code: new Uint8Array(340) }, context: {} };

const keys: Readonly<Record<string, JsonWebKey>> = {
  'P-256': privateJwkOf(makeSigningKey('ES256')),
  Ed25519: privateJwkOf(makeSigningKey('Ed25519')),
  SM2: privateJwkOf(makeSigningKey('SM2')),
};

describe.each(Object.entries(keys))('a client written from docs/protocol.md, %s', (_curve, privateKey) => {
  let target: PlainClientTarget;
  let close: () => Promise<void>;
  const { d: _private, ...publicKey } = privateKey;

  beforeAll(async () => {
    const used = new Set<unknown>();
    const gateway = await startFakeGateway({
      authenticate: async (token) => {
        const signed = await signedPayload(token, checkDeviceJwk(publicKey));
        const { iss, sub, aud, jti } = decodeJwt(token);
        const says = [decodeProtectedHeader(token).typ, iss, sub, aud];
        const isGood = isDeepStrictEqual(says, ['onecard-device+jwt', 'gate-1', 'gate-1', GATEWAY_ID]);
        if (!signed.ok || !isGood || used.has(jti)) return { ok: false, code: 'auth.invalid' };
        used.add(jti);
        return { ok: true, device: GATE };
      },
    });
    target = { url: gateway.gateUrl, gatewayId: GATEWAY_ID, deviceId: 'gate-1', privateKey };
    close = gateway.close;
  });
  afterAll(() => close());

  it('taps and is answered', async () => {
    const client = await PlainClient.connect(target);
    expect(client.welcome).toMatchObject({ t: 'welcome', v: 1, gateway: GATEWAY_ID, device: 'gate-1' });
    const answers = await Promise.all([0, 1, 2].map((seq) => client.tap(seq, RIDE_CODE)));
    expect(answers.map(({ message }) => [message['t'], message['seq'], message['outcome']])).toEqual([
      ['decision', 0, 'allow'],
      ['decision', 1, 'allow'],
      ['decision', 2, 'allow'],
    ]);
    expect(await client.ping()).toMatchObject({ t: 'pong', server_time_ms: expect.any(Number) });
    expect(await client.bye()).toBe(1_000);
  });

  it('gets the same bytes when it sends a tap again on another connection', async () => {
    const stream = randomBytes(16);
    const first = await PlainClient.connect(target, stream);
    const once = await first.tap(7, RIDE_CODE);
    await first.bye();
    const second = await PlainClient.connect(target, stream);
    const again = await second.tap(7, RIDE_CODE);
    expect(again.frame).toEqual(once.frame);
    await second.bye();
  });

  it('is told why it may not connect', async () => {
    await expect(PlainClient.connect({ ...target, gatewayId: 'gw-2' })).rejects.toThrow('auth.invalid');
    await expect(PlainClient.connect({ ...target, deviceId: 'gate-2' })).rejects.toThrow('auth.invalid');
  });
});
