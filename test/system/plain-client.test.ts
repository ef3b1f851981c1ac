/** A client that knows nothing but docs/protocol.md, at a real gateway. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChipMode } from '../../platform/issue/chip-card.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from './presentations.rig.ts';

const TEN_MINUTES_MS = 600_000;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ cards: 1_000 });
});
afterAll(() => gateway.stop());

test('hello: is welcomed with what it needs to know', async () => {
  const client = await PlainClient.connect(gateway.target());
  expect(client.welcome).toMatchObject({
    t: 'welcome',
    v: 1,
    gateway: 'gw-test',
    device: 'gate-1',
    scenes: ['29/entry', '29/exit'],
    max_in_flight: 1_024,
    max_frame_bytes: 16_384,
    deadline_ms: 20_000,
  });
  expect(Math.abs(Number(client.welcome['server_time_ms']) - Date.now())).toBeLessThan(60_000);
  expect(await client.ping()).toMatchObject({ t: 'pong', server_time_ms: expect.any(Number) });
  expect(await client.bye()).toBe(1_000);
});

test.each(['gate-1', 'desk-1'] as const)('%s: good taps of both families pass', async (deviceId) => {
  const { city } = gateway;
  const client = await PlainClient.connect(gateway.target(deviceId));
  const [sm2 = 0, local = 0] = goodCards(city, 'sm2');
  const [rsa = 0] = goodCards(city, 'rsa');
  expect(new Set([city.identity(sm2).local, city.identity(local).local])).toEqual(new Set([true, false]));
  const nowMs = Date.now() - (deviceId === 'gate-1' ? 0 : 5_000);
  const modes: ChipMode[] = ['dda', 'cda', 'fdda'];
  const shown = [
    rideCodeOf(city, sm2, { nowMs }),
    rideCodeOf(city, local, { nowMs }),
    ...[sm2, rsa].flatMap((card) => modes.map((mode) => chipTapOf(city, card, mode))),
  ];
  const answers = await Promise.all(shown.map(({ binary }, seq) => client.tap(seq, binary)));
  expect(answers.map(({ message }) => [message['seq'], message['outcome'], message['code']])).toEqual(
    shown.map((_, seq) => [seq, 'allow', 'allow.good']),
  );
  for (const { message } of answers) {
    expect(message).toMatchObject({
      t: 'decision',
      mode: expect.stringMatching(/^(live|lists)$/),
      scene: '29/entry',
    });
    expect(message['id']).toMatch(/^gw-test:[0-9a-f]{16}:\d+$/);
  }
  expect(answers[0]?.message['facts']).toMatchObject({ region: 'cq' });
  await client.bye();
});

test('bad taps of both families are denied, each for its reason', async () => {
  const { city } = gateway;
  const client = await PlainClient.connect(gateway.target());
  const [card = 0, other = 0] = goodCards(city, 'sm2').slice(2);
  const good = rideCodeOf(city, card);
  const { binary: tap } = chipTapOf(city, card);
  const staticData = Uint8Array.from(tap.credential['staticData'] as Uint8Array);
  staticData[staticData.length - 1] = (staticData.at(-1) ?? 0) ^ 1;
  const shown: [PlainMessage, string][] = [
    [good.binary, 'allow.good'],
    [good.binary, 'deny.replayed'],
    [rideCodeOf(city, card, { nowMs: Date.now() - TEN_MINUTES_MS }).binary, 'code.stale'],
    [rideCodeOf(city, card, { nowMs: Date.now() + TEN_MINUTES_MS }).binary, 'code.from_future'],
    [
      rideCodeOf(city, card, { tamper: { code: { signer: city.card(other).transit.key } } }).binary,
      'signature.user',
    ],
    [{ ...tap, credential: { ...tap.credential, staticData } }, 'signature.card_certificate'],
    [chipTapOf(city, unlisted()).binary, 'deny.status_unknown'],
  ];
  const codes: unknown[] = [];
  for (const [seq, [presentation]] of shown.entries()) {
    codes.push((await client.tap(seq, presentation)).message['code']);
  }
  expect(codes).toEqual(shown.map(([, code]) => code));
  const atExit = await client.tap(100, { ...chipTapOf(city, unlisted()).binary, scene: '29/exit' });
  expect(atExit.message).toMatchObject({ outcome: 'allow', code: 'allow.unlisted', scene: '29/exit' });
  await client.bye();
});

function unlisted(): number {
  const { city } = gateway;
  const found = Array.from({ length: city.size }, (_, i) => i).find(
    (i) => city.identity(i).state === 'unknown',
  );
  if (found === undefined) throw new Error('the city lists every card');
  return found;
}

test('a tap sent again gets the same bytes: on another connection, and from a restarted gateway', async () => {
  const { city } = gateway;
  const [card = 0] = goodCards(city, 'rsa').slice(1);
  const stream = randomBytes(16);
  const { binary } = chipTapOf(city, card);
  const first = await PlainClient.connect(gateway.target(), stream);
  const once = await first.tap(7, binary);
  expect(once.message['code']).toBe('allow.good');
  const second = await PlainClient.connect(gateway.target(), stream);
  expect(await first.closed).toEqual({ code: 4_409, reason: 'connection.superseded' });
  expect((await second.tap(7, binary)).frame).toEqual(once.frame);
  expect((await second.tap(7, chipTapOf(city, card).binary)).message).toMatchObject({
    t: 'refusal',
    code: 'tap.sequence_conflict',
  });
  await gateway.kill('SIGKILL');
  await gateway.restart();
  const third = await PlainClient.connect(gateway.target(), stream);
  expect((await third.tap(7, binary)).frame).toEqual(once.frame);
  expect((await third.tap(8, binary)).message['code']).toBe('deny.replayed');
  await third.bye();
});

test('SIGTERM: drain is announced, every tap sent before is answered, later ones are refused', async () => {
  const { city } = gateway;
  const client = await PlainClient.connect(gateway.target());
  const cards = [...goodCards(city, 'sm2'), ...goodCards(city, 'rsa')];
  const shown = Array.from({ length: 40 }, (_, i) => chipTapOf(city, cards[i % cards.length] ?? 0));
  const answers = shown.map(({ binary }, seq) => client.tap(seq, binary));
  // Its answer says that the gateway has read all that went before it.
  await client.ping();
  const ended = gateway.kill('SIGTERM');
  expect(await client.drained).toMatchObject({ t: 'drain', grace_ms: 1_000 });
  const late = await client.tap(100, chipTapOf(city, cards[0] ?? 0).binary);
  expect(late.message).toMatchObject({ t: 'refusal', code: 'gateway.draining', retry: true });
  const codes = (await Promise.all(answers)).map(({ message }) => message['code']);
  expect(codes).toEqual(shown.map(() => 'allow.good'));
  expect(await client.bye()).toBe(1_000);
  expect(await ended).toEqual({ status: 0, signal: null });
  expect(gateway.logLines.at(-1)?.['msg']).toBe('stopped');
});
