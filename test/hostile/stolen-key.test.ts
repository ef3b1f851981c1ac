/**
 * A stolen key: connections and sessions that were opened with it end once its device is enrolled anew, and hold no place
 * of the new one. Was: they lived on, since the watch asked only whether the name is enrolled.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { type ComposedGateway, startComposed } from '../composed/composed-gateway.rig.ts';
import { onecard } from '../composed/onecard-beside.rig.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { makeToken, PlainClient, type PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';

const DEVICES = [
  { deviceId: 'gate-1', class: 'gate', scenes: ['29/entry'] },
  { deviceId: 'gate-2', class: 'gate', scenes: ['29/entry'] },
] as const;

async function started(): Promise<ComposedGateway> {
  const composed = await startComposed({ devices: DEVICES });
  onTestFinished(() => composed.stop());
  return composed;
}

/** The operator enrols gate-1 anew, in a process of its own; the device's new key. */
async function replaced({ dataFolder, folder, target }: ComposedGateway): Promise<PlainClientTarget> {
  const keyFile = join(folder, `gate-1-${Date.now()}.jwk`);
  const scene = ['--class', 'gate', '--scene', '29/entry'];
  const alg = TEST_PROFILE === 'sm' ? 'SGD_SM3_SM2' : 'ES256';
  const key = ['--generate', '--alg', alg, '--private-key-out', keyFile];
  const { status, stderr } = await onecard([
    ...['device', 'enroll', '--data', dataFolder, '--id', 'gate-1', '--replace'],
    ...scene,
    ...key,
  ]);
  expect([status, stderr]).toEqual([0, '']);
  return { ...target('gate-1'), privateKey: JSON.parse(readFileSync(keyFile, 'utf8')) };
}

const post = async (composed: ComposedGateway, path: string, bearer: string) => {
  const reply = await fetch(composed.address.http + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(path.endsWith('verifications') && { body: '{}' }),
  });
  return (await reply.json()) as Readonly<Record<string, unknown>>;
};

test("a stolen key's connections end once its device is enrolled anew, and the honest gate beside goes on", async () => {
  const composed = await started();
  const thief = await PlainClient.connect(composed.target('gate-1'));
  const honest = await PlainClient.connect(composed.target('gate-2'));
  const anew = await replaced(composed);
  // Nobody with the new key comes: the watch finds it.
  expect(await thief.closed).toEqual({ code: 4_401, reason: 'auth.enrolment_ended' });
  await expect(PlainClient.connect(composed.target('gate-1'))).rejects.toThrow('auth.invalid');
  const rightful = await PlainClient.connect(anew);
  const [card = 0] = goodCards(composed.city, 'rsa');
  for (const [seq, gate] of [honest, rightful].entries()) {
    const { message } = await gate.tap(seq, { scene: '29/entry', ...chipTapOf(composed.city, card).binary });
    expect(message['code']).toBe('allow.good');
    await gate.bye();
  }
});

test("a stolen key's connections hold no place of the new enrolment: it is let in at once, and they end", async () => {
  const composed = await started();
  const { connections_per_device: most } = composed.settings.limits;
  const thieves: PlainClient[] = [];
  for (let i = 0; i < most; i += 1) thieves.push(await PlainClient.connect(composed.target('gate-1')));
  await expect(PlainClient.connect(composed.target('gate-1'))).rejects.toThrow('connection.too_many');
  const rightful = await PlainClient.connect(await replaced(composed));
  for (const { closed } of thieves) expect((await closed).reason).toBe('auth.enrolment_ended');
  expect(await rightful.bye()).toBe(1_000);
});

test("a stolen key's sessions end once its device is enrolled anew, and take none of the new one's", async () => {
  const composed = await started();
  const sessions: string[] = [];
  const { sessions_per_device: most } = composed.settings.limits;
  for (let i = 0; i < most; i += 1) {
    const { token } = await post(composed, '/v1/sessions', makeToken(composed.target('gate-1')));
    sessions.push(String(token));
  }
  const first = sessions[0] ?? '';
  expect(await post(composed, '/v1/verifications', first)).toMatchObject({ code: 'request.wrong_type' });
  const anew = await replaced(composed);
  expect(await post(composed, '/v1/verifications', first)).toMatchObject({ code: 'auth.enrolment_ended' });
  expect(await post(composed, '/v1/verifications', first)).toMatchObject({ code: 'auth.invalid' });
  const { token } = await post(composed, '/v1/sessions', makeToken(anew));
  expect(await post(composed, '/v1/verifications', String(token))).toMatchObject({
    code: 'request.wrong_type',
  });
});

test('revoked and enrolled anew between two looks, with the same key: what was opened before ends all the same', async () => {
  const composed = await started();
  const thief = await PlainClient.connect(composed.target('gate-1'));
  const { registry, close } = openDeviceStore(join(composed.dataFolder, 'devices'));
  const enrolled = registry.find('gate-1');
  if (enrolled === null) throw new Error('gate-1 is enrolled');
  const { revokedAtMs: _, ...device } = enrolled;
  await registry.revoke('gate-1', Date.now());
  await registry.enrol({ ...device, enrolledAtMs: Date.now() }, true);
  await close();
  // Where the machine is slow, a look falls in between.
  expect(['auth.enrolment_ended', 'auth.device_revoked']).toContain((await thief.closed).reason);
  const again = await PlainClient.connect(composed.target('gate-1'));
  expect(await again.bye()).toBe(1_000);
});
