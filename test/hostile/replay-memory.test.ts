/**
 * One device shows presentations without end, with an honest gate beside it: the memory of used presentations. Was: one
 * bound for all, and what was denied anyway took room in it, so the honest gate was refused with tap.replay_memory_full.
 */
import { expect, onTestFinished, test } from 'vitest';
import { type ComposedGateway, startComposed } from '../composed/composed-gateway.rig.ts';
import { onecard } from '../composed/onecard-beside.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';

const DEVICES = [
  { deviceId: 'gate-1', class: 'gate', scenes: ['29/exit', '29/entry'] },
  { deviceId: 'hostile', class: 'gate', scenes: ['29/exit', '29/entry'] },
] as const;
const ENTRIES = 40;

async function started(): Promise<ComposedGateway> {
  const composed = await startComposed({
    cards: 400,
    devices: DEVICES,
    settings: { limits: { replay_entries: ENTRIES } },
  });
  onTestFinished(() => composed.stop());
  return composed;
}

/** Shows each in turn, at the exit; the codes. */
async function codesOf(composed: ComposedGateway, device: string, shown: readonly object[]) {
  const client = await PlainClient.connect(composed.target(device));
  const codes: unknown[] = [];
  for (const [seq, one] of shown.entries()) {
    codes.push((await client.tap(seq, { scene: '29/exit', ...one })).message['code']);
  }
  await client.bye();
  return codes;
}

const many = (count: number, one: () => object) => Array.from({ length: count }, one);
const countOf = (codes: readonly unknown[], code: string) => codes.filter((each) => each === code).length;

test('revoked cards shown without end use nothing up, before and after a restart: the honest gate is not refused', async () => {
  const composed = await started();
  const { city } = composed;
  const all = Array.from({ length: city.size }, (_, card) => card);
  const isBad = ({ state, alg }: ReturnType<typeof city.identity>) =>
    alg === 'sm2' && ['suspended', 'lost', 'replaced', 'cancelled'].includes(state);
  const bad = all.find((card) => isBad(city.identity(card)));
  if (bad === undefined) throw new Error('the city has a card that is not good');
  const denied = `deny.status_${city.identity(bad).state}`;
  const [good = 0] = goodCards(city, 'sm2');
  const shown = many(2 * ENTRIES, () => chipTapOf(city, bad).binary);
  // Shown twice: denied for the same reason, not as replayed.
  expect(new Set(await codesOf(composed, 'hostile', [...shown, ...shown]))).toEqual(new Set([denied]));
  const honest = many(ENTRIES / 8, () => chipTapOf(city, good).binary);
  expect(new Set(await codesOf(composed, 'gate-1', honest))).toEqual(new Set(['allow.good']));
  await composed.stopGateway();
  await composed.start();
  expect(new Set(await codesOf(composed, 'gate-1', honest))).toEqual(new Set(['deny.replayed']));
  const more = many(ENTRIES / 8, () => chipTapOf(city, good).binary);
  expect(new Set(await codesOf(composed, 'gate-1', more))).toEqual(new Set(['allow.good']));
  expect(new Set(await codesOf(composed, 'hostile', shown))).toEqual(new Set([denied]));
  const { status, stdout } = await onecard(['journal', 'replay', '--data', composed.dataFolder]);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/\b0 differ/)]);
});

test('a device that uses up without end leaves room to the honest gate, and is told so, also after a restart', async () => {
  const composed = await started();
  const { city } = composed;
  const [card = 0, own = 0] = goodCards(city, 'sm2');
  const flood = many(2 * ENTRIES, () => chipTapOf(city, card).binary);
  const codes = await codesOf(composed, 'hostile', flood);
  expect(countOf(codes, 'allow.good')).toBe(ENTRIES / 2);
  expect(countOf(codes, 'tap.too_many_remembered')).toBe(flood.length - ENTRIES / 2);
  const honest = many(ENTRIES / 8, () => chipTapOf(city, own).binary);
  expect(new Set(await codesOf(composed, 'gate-1', honest))).toEqual(new Set(['allow.good']));
  await composed.stopGateway();
  await composed.start();
  const passed = flood.slice(0, ENTRIES / 2);
  expect(new Set(await codesOf(composed, 'hostile', passed))).toEqual(new Set(['deny.replayed']));
  const refused = flood.slice(ENTRIES / 2);
  expect(new Set(await codesOf(composed, 'hostile', refused))).toEqual(new Set(['tap.too_many_remembered']));
  const [last] = many(1, () => chipTapOf(city, own).binary);
  expect(await codesOf(composed, 'gate-1', [last ?? {}])).toEqual(['allow.good']);
});
