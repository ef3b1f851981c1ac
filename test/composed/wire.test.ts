/** Everything that travels between gateway and platform, either way: no card number and no account is in it, in any form. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { formsOf, foundIn, needlesOf } from './needles.rig.ts';
import { startListener } from './relay.rig.ts';

let composed: ComposedGateway;
let listener: Awaited<ReturnType<typeof startListener>>;

beforeAll(async () => {
  composed = await startComposed({
    through: async (url) => {
      listener = await startListener(url);
      return listener;
    },
    settings: { live: { deadline_desk_ms: 15_000 } },
  });
});
afterAll(() => composed.stop());

test('a number is found in each form that it could travel in', () => {
  const digits = '6299000100000000085';
  for (const { bytes } of formsOf('it', digits)) {
    expect(
      foundIn(Buffer.concat([Buffer.from('{"'), bytes, Buffer.from('"}')]), formsOf('it', digits)),
    ).toEqual(['it']);
  }
  const inside = Buffer.from(`{"queries":[["a","a:${digits}"]]}`).toString('base64url');
  expect(foundIn(Buffer.from(inside), formsOf('it', digits))).toEqual(['it']);
});

test('card numbers and accounts do not travel, in questions for live status or anywhere else', async () => {
  const { city, platform } = composed;
  const checks = async () => {
    const response = await fetch(`${composed.address.admin}/readyz`);
    return ((await response.json()) as { checks: Record<string, unknown> }).checks;
  };
  while ((await checks())['mode'] !== 'live') await pause(50);
  const gate = await PlainClient.connect(composed.target());
  const desk = await PlainClient.connect(composed.target('desk-1'));
  const cards = [...goodCards(city, 'sm2').slice(0, 8), ...goodCards(city, 'rsa').slice(0, 4)];
  const codes: unknown[] = [];
  for (const [i, card] of cards.entries()) {
    const atDesk = await desk.tap(i + 1, { scene: '11/desk', ...chipTapOf(city, card).binary });
    const atGate = await gate.tap(i + 1, { scene: '29/entry', ...rideCodeOf(city, card).binary });
    codes.push(atDesk.message['code'], atGate.message['code']);
  }
  expect(new Set(codes)).toEqual(new Set(['allow.good']));
  await platform.publish({ cards: [{ index: cards[0] ?? 0, state: 'lost' }] });
  while (platform.journalSummary().records < codes.length) await pause(50);
  const traffic = listener.heard();
  for (const path of ['/v1/status', '/v1/journal', '/v1/lists/cards/deltas', '/v1/tuf/targets']) {
    expect(traffic.includes(path)).toBe(true);
  }
  const text = await (await fetch(`${composed.address.admin}/metrics`)).text();
  expect(
    Number(/^onecard_live_answers_total\{class="desk",answer="answered"\} (\d+)$/m.exec(text)?.[1]),
  ).toBe(cards.length);
  expect(foundIn(traffic, needlesOf(city))).toEqual([]);
});
