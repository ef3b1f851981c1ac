/**
 * Tokens that name a device nobody enrolled, beside tokens of an enrolled one under another key: whoever has no key learns
 * nothing of which devices there are; the operator does, from the log. Was: `auth.unknown_device` told them apart.
 */
import { expect, onTestFinished, test } from 'vitest';
import { startComposed, TestClocks } from '../composed/composed-gateway.rig.ts';
import { deviceKeys } from '../device-keys.rig.ts';
import { makeToken, PlainClient, type PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';

/** One line of the log a second, at most. */
const TOLD_AGAIN_MS = 1_100;

test('a device that is not enrolled and a wrong key are answered alike on every way in, and the log tells them apart', async () => {
  const clocks = new TestClocks(Math.floor(Date.now() / 1_000) * 1_000);
  const composed = await startComposed({ clocks });
  onTestFinished(() => composed.stop());
  const honest = await PlainClient.connect(composed.target());
  const { privateKey } = deviceKeys();
  const guess = (deviceId: string): PlainClientTarget => ({
    ...composed.target(),
    deviceId,
    privateKey,
  });
  const bySession = async (target: PlainClientTarget, path: string) => {
    const headers = { authorization: `Bearer ${makeToken(target)}`, 'content-type': 'application/json' };
    const reply = await fetch(composed.address.http + path, { method: 'POST', headers, body: '{}' });
    return { status: reply.status, body: await reply.json() };
  };
  const answers = async (target: PlainClientTarget) => {
    const socket = await PlainClient.connect(target).catch(({ message }: Error) => message);
    return [socket, await bySession(target, '/v1/sessions'), await bySession(target, '/v1/verifications')];
  };
  const nobody = await answers(guess('gate-9'));
  clocks.pass(TOLD_AGAIN_MS);
  const wrongKey = await answers(guess('gate-1'));
  // Where there are two kinds, an Ed25519 key is enrolled for desk-1: a token that says otherwise is verified all the same.
  const otherKind = await answers(guess('desk-1'));
  expect(nobody).toEqual(wrongKey);
  expect(nobody).toEqual(otherKind);
  expect(nobody[0]).toBe('auth.invalid');
  expect(nobody[1]).toMatchObject({ status: 401, body: { code: 'auth.invalid' } });
  const told = composed.logLines.filter(({ msg }) => msg === 'a device token was refused');
  expect(told.map(({ device, why }) => [device, why])).toEqual([
    ['gate-9', 'no such device'],
    ['gate-1', 'not signed with its key'],
  ]);
  const [card = 0] = goodCards(composed.city, 'rsa');
  const { message } = await honest.tap(0, { scene: '29/exit', ...chipTapOf(composed.city, card).binary });
  expect(message['code']).toBe('allow.good');
  await honest.bye();
});
