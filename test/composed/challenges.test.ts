/**
 * Challenges of the gateway: what is signed over one is good for the device that asked, at the scene it asked for, in time,
 * once.
 */
import { decode, encode } from '@msgpack/msgpack';
import { expect, onTestFinished, test } from 'vitest';
import { createGateClient } from '../../client/index.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { makeToken, PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { startComposed, TestClocks } from './composed-gateway.rig.ts';

const LIFETIME_MS = 20_000;
const DEVICES = [
  { deviceId: 'desk-1', class: 'desk', scenes: ['11/desk', '12/desk', '13/desk'] },
  { deviceId: 'desk-2', class: 'desk', scenes: ['11/desk'] },
] as const;

/** A gateway at which two desks must have chips sign numbers of the gateway. */
async function started(settings: Readonly<Record<string, unknown>> = {}) {
  const scenes = shippedCity();
  const desk = policyNamed(scenes, 'hotel-desk');
  scenes.policies.push({ ...desk, policy: 'held', challenge: 'gateway' });
  scenes.scenes = [
    { scene: '11/desk', service: 11, point: 'desk', policy: 'held' },
    { scene: '12/desk', service: 12, point: 'desk', policy: 'held' },
    { scene: '13/desk', service: 13, point: 'desk', policy: 'hotel-desk' },
    { scene: '29/exit', service: 29, point: 'gate', policy: 'transit-exit' },
  ];
  const clocks = new TestClocks(Date.now());
  const composed = await startComposed({
    clocks,
    devices: DEVICES,
    platform: { now: clocks.now },
    settings: { city: cityFile(scenes), limits: { challenge_lifetime_ms: LIFETIME_MS }, ...settings },
  });
  onTestFinished(() => composed.stop());
  const { city } = composed;
  const [card = 0] = goodCards(city, 'sm2');
  let seq = 0;
  const connect = async (deviceId: string) => {
    const client = await PlainClient.connect(composed.target(deviceId));
    onTestFinished(async () => void (await client.bye()));
    const number = async (scene = '11/desk') => {
      seq += 1;
      return bytesOf(await client.challenge(seq, { scene, bytes: 4 }));
    };
    const show = async (shown: object, scene = '11/desk') => {
      seq += 1;
      return (await client.tap(seq, { scene, ...shown })).message['code'];
    };
    const tap = (unpredictable: Uint8Array, scene = '11/desk') =>
      show(chipTapOf(city, card, 'dda', unpredictable).binary, scene);
    return { client, number, show, tap };
  };
  return { composed, clocks, city, card, connect, desk: await connect('desk-1') };
}

function bytesOf({ challenge }: PlainMessage): Uint8Array {
  return new Uint8Array(Buffer.from(String(challenge), 'base64url'));
}

test('a chip that signed a number of the gateway passes once', async () => {
  const { city, card, desk } = await started();
  const number = await desk.number();
  const { binary } = chipTapOf(city, card, 'dda', number);
  expect(number).toHaveLength(4);
  expect([await desk.show(binary), await desk.show(binary)]).toEqual(['allow.good', 'deny.replayed']);
});

test('numbers that were not issued to this device for this scene are not taken', async () => {
  const { connect, desk } = await started();
  const other = await connect('desk-2');
  const [made, foreign, elsewhere] = [
    Uint8Array.of(1, 2, 3, 4),
    await other.number(),
    await desk.number('12/desk'),
  ];
  const codes = [await desk.tap(made), await desk.tap(foreign), await desk.tap(elsewhere)];
  expect(codes).toEqual(Array(3).fill('challenge.unknown'));
  // What was refused used nothing up.
  expect([await other.tap(foreign), await desk.tap(elsewhere, '12/desk')]).toEqual([
    'allow.good',
    'allow.good',
  ]);
});

test('a number is good as long as was said, and not after a restart', async () => {
  const { composed, clocks, connect, desk } = await started();
  const said = await desk.client.challenge(9_000, { bytes: 4 });
  expect(said).toMatchObject({ t: 'challenge', id: 9_000, expires_in_ms: LIFETIME_MS });
  const [late, older] = [await desk.number(), await desk.number()];
  clocks.pass(LIFETIME_MS);
  expect(await desk.tap(bytesOf(said))).toBe('allow.good');
  clocks.pass(1);
  expect(await desk.tap(late)).toBe('challenge.expired');
  await composed.stopGateway();
  await composed.start();
  expect(await (await connect('desk-1')).tap(older)).toBe('challenge.unknown');
});

test('a tap that is sent again gets its decision, though the challenge is past its end', async () => {
  const { clocks, city, card, desk } = await started();
  const shown = { scene: '11/desk', ...chipTapOf(city, card, 'dda', await desk.number()).binary };
  const first = await desk.client.tap(500, shown);
  clocks.pass(LIFETIME_MS * 2);
  const second = await desk.client.tap(500, shown);
  expect(first.message['code']).toBe('allow.good');
  expect(second.frame).toEqual(first.frame);
});

test('what was shown under a challenge counts as used elsewhere too, for as long as anything of its kind', async () => {
  const { clocks, city, card, desk } = await started();
  const { binary } = chipTapOf(city, card, 'dda', await desk.number());
  expect(await desk.show(binary)).toBe('allow.good');
  clocks.pass(LIFETIME_MS + 1);
  expect(await desk.show(binary)).toBe('challenge.expired');
  // Memory is kept by whole seconds.
  clocks.pass(5_000);
  // There the device's own number will do, so what it signed could be shown for the whole replay window.
  expect(await desk.show(binary, '13/desk')).toBe('deny.replayed');
  expect(await desk.tap(Uint8Array.of(9, 9, 9, 9), '13/desk')).toBe('allow.good');
});

test('a device that asks for more numbers than it may have loses its own oldest alone', async () => {
  const { connect, desk } = await started({
    limits: { challenge_lifetime_ms: LIFETIME_MS, challenge_numbers_per_device: 2 },
  });
  const other = await (await connect('desk-2')).number();
  const [first, second, third] = [await desk.number(), await desk.number(), await desk.number()];
  expect([await desk.tap(first), await desk.tap(second), await desk.tap(third)]).toEqual([
    'challenge.unknown',
    'allow.good',
    'allow.good',
  ]);
  expect(await (await connect('desk-2')).tap(other)).toBe('allow.good');
});

test('who asks for challenges without end is told to wait, and can go on', async () => {
  const { clocks, desk } = await started({
    limits: { challenge_lifetime_ms: LIFETIME_MS, challenges_per_s: 1 },
  });
  const said: PlainMessage[] = [];
  for (let id = 1_000; id < 1_006; id += 1) said.push(await desk.client.challenge(id));
  expect(said.map(({ t }) => t)).toEqual([...Array(5).fill('challenge'), 'refusal']);
  expect(said.at(-1)).toMatchObject({ code: 'challenge.too_many', retry: true, seq: null, id: 1_005 });
  clocks.pass(1_000);
  expect(await desk.client.challenge(2_000)).toMatchObject({ t: 'challenge', id: 2_000 });
});

test('over REST, in both forms, and by the client', async () => {
  const { composed } = await started();
  const session = await fetch(`${composed.address.http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${makeToken(composed.target('desk-1'))}` },
  });
  const { token } = (await session.json()) as { token: string };
  const post = (body: string | Uint8Array<ArrayBuffer>, form: string) =>
    fetch(`${composed.address.http}/v1/challenges`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': form },
      body,
    });
  const asJson = async (body: unknown) => {
    const response = await post(JSON.stringify(body), 'application/json');
    return { status: response.status, said: (await response.json()) as PlainMessage };
  };
  const { said } = await asJson({});
  expect(bytesOf(said)).toHaveLength(48);
  expect(said['expires_in_ms']).toBe(LIFETIME_MS);
  const packed = await post(new Uint8Array(encode({ bytes: 4 })), 'application/msgpack');
  expect(bytesOf(decode(await packed.arrayBuffer()) as PlainMessage)).toHaveLength(4);
  expect(await asJson({ scene: '29/exit' })).toMatchObject({
    status: 403,
    said: { code: 'tap.scene_not_allowed' },
  });
  expect(await asJson({ bytes: 5 })).toMatchObject({ status: 422, said: { code: 'request.wrong_type' } });
  const client = createGateClient(composed.target('desk-1'));
  onTestFinished(() => client.close());
  const { challenge, expiresInMs } = await client.challenge({ bytes: 4 });
  expect([Buffer.from(challenge, 'base64url').length, expiresInMs]).toEqual([4, LIFETIME_MS]);
  await expect(client.challenge({ scene: '29/exit' })).rejects.toMatchObject({
    code: 'tap.scene_not_allowed',
  });
});
