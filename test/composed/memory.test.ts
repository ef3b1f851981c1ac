/** What proving threads remember has a bound in bytes, which operators are told by part; what is forgotten is proven anew. */
import { expect, onTestFinished, test } from 'vitest';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

/** Less than the cards need: a ride code takes 352, a chip some 1,500. */
const BOUND_BYTES = 6_000;
const CARDS_EACH = 3;
const PARTS = [
  'remembered_chip_cards',
  'remembered_chip_certificates',
  'remembered_chip_issuers',
  'remembered_ride_code_authorisations',
  'remembered_ride_code_issuers',
];
const ALWAYS = ['heap_main', 'heap_proving', 'heap_link', 'heap_admin', 'replay'];

test('remembers within its bytes, by part, and judges rightly what it forgot', async () => {
  const composed = await startComposed({
    settings: {
      workers: { threads: 1 },
      admin: { metrics_ms: 1 },
      limits: { remembered_bytes: BOUND_BYTES },
    },
  });
  onTestFinished(() => composed.stop());
  const { city, address } = composed;
  const client = await PlainClient.connect(composed.target());
  const cards = (['rsa', 'sm2'] as const).flatMap((alg) => goodCards(city, alg).slice(0, CARDS_EACH));
  const startedMs = Date.now();
  let seq = 0;
  let rounds = 0;
  /** Each chip, and of each account a code of another second. */
  const tapAll = async () => {
    const nowMs = startedMs - 1_000 * rounds;
    rounds += 1;
    for (const card of cards) {
      for (const { binary } of [rideCodeOf(city, card, { nowMs, validity_s: 600 }), chipTapOf(city, card)]) {
        seq += 1;
        const { message } = await client.tap(seq, { scene: '29/exit', ...binary });
        expect(message).toMatchObject({ outcome: 'allow' });
      }
    }
  };
  const partsTold = async () => {
    await tapAll();
    const text = await (await fetch(`${address.admin}/metrics`)).text();
    const lines = text.matchAll(/^onecard_memory_bytes\{part="(\w+)"\} (\S+)$/gm);
    return new Map(Array.from(lines, ([, part = '', bytes]) => [part, Number(bytes)]));
  };
  const told = await becomes('every part is told', partsTold, (parts) =>
    [...PARTS.slice(0, 1), ...ALWAYS].every((part) => (parts.get(part) ?? 0) > 0),
  );
  // Parts of families that nobody shows here are told too, and empty.
  const remembered = [...told].filter(([part]) => part.startsWith('remembered_'));
  expect(remembered.map(([part]) => part)).toEqual(expect.arrayContaining(PARTS));
  const held = remembered.filter(([, bytes]) => bytes > 0).map(([part]) => part);
  expect(held.filter((part) => !PARTS.includes(part))).toEqual([]);
  const sum = remembered.reduce((total, [, bytes]) => total + bytes, 0);
  expect(sum).toBeGreaterThan(BOUND_BYTES / 2);
  expect(sum).toBeLessThanOrEqual(BOUND_BYTES);
});
