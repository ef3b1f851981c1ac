/** The rig itself: what compose builds in this process answers taps, keeps them, and starts again on the same folder. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

let composed: ComposedGateway;

beforeAll(async () => {
  composed = await startComposed();
});
afterAll(() => composed.stop());

test('a ride code passes once, also when the gateway was stopped and started between', async () => {
  const { city } = composed;
  const [card = 0] = goodCards(city, 'sm2');
  const shown = rideCodeOf(city, card, { validity_s: 600 }).binary;
  expect(await codeOf(shown, 1)).toBe('allow.good');
  await composed.stopGateway();
  await composed.start();
  expect(await codeOf(shown, 2)).toBe('deny.replayed');
});

async function codeOf(shown: object, seq: number): Promise<unknown> {
  const client = await PlainClient.connect(composed.target());
  const { message } = await client.tap(seq, { scene: '29/entry', ...shown });
  await client.bye();
  return message['code'];
}
