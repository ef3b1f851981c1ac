/** A device whose key is of the other profile, at a whole gateway: every way in says so, and the device is let in with its own. */
import { expect, onTestFinished, test } from 'vitest';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import { privateJwkOf } from '../../crypto/signature/private-jwk.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

test('a token of the other profile is refused by socket and by HTTP with a reason of its own', async () => {
  const composed = await startComposed({});
  onTestFinished(() => composed.stop());
  const privateKey = privateJwkOf(makeSigningKey(TEST_PROFILE === 'sm' ? 'ES256' : 'SM2'));
  const target = { ...composed.target('gate-1'), privateKey };
  await expect(PlainClient.connect(target)).rejects.toThrow('auth.other_profile');
  const session = (token: string) =>
    fetch(`${composed.address.http}/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
  const refused = await session(makeToken(target));
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ code: 'auth.other_profile' });
  const own = await PlainClient.connect(composed.target('gate-1'));
  expect(own.welcome).toMatchObject({ device: 'gate-1' });
  await own.bye();
  expect((await session(makeToken(composed.target('desk-1')))).status).toBe(201);
});
