/** The store of receipts on a disk of the test's own: what is taken stays taken, and is forgotten in time. */
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { type Issued, provedKey, ReceiptStore } from '../../../../gateway/receipts/receipt-store.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';

const PROFILE = TEST_PROFILE;
const DAY_MS = 86_400_000;
const T0 = 20_000 * DAY_MS;

function opened(folder: string, over: { referencesMax?: number; maxBytes?: number } = {}): ReceiptStore {
  const store = new ReceiptStore({
    folder,
    profile: PROFILE,
    referencesMax: 1_000_000,
    maxBytes: 2 ** 30,
    ...over,
  });
  onTestFinished(() => store.close());
  return store;
}

function receipt(number: number, atMs = T0, deviceId = 'desk-1'): Issued {
  return {
    id: number.toString(16).padStart(32, '0'),
    ...{ atMs, deviceId, jws: `jws.of.${number}` },
    reference: provedKey('reference', 'payment', `r${number}`, PROFILE),
    decision: provedKey('decision', 'payment', `d${number}`, PROFILE),
    fingerprint: createHash('sha256').update(String(number)).digest(),
  };
}

test('what was put is found, by another opening too', async () => {
  const folder = temporaryFolder();
  const store = opened(folder);
  const one = receipt(1);
  await store.put(one);
  await store.close();
  const again = opened(folder);
  expect(again.receipt(one.id)).toEqual({ deviceId: 'desk-1', jws: 'jws.of.1' });
  for (const key of [one.reference, one.decision])
    expect(again.proved(key, PROFILE)).toEqual({ id: one.id, atMs: T0, fingerprint: one.fingerprint });
  expect(again.proved(receipt(2).reference, PROFILE)).toBeNull();
  expect([again.references, again.givenToday('desk-1', T0 + 5), again.givenToday('desk-2', T0)]).toEqual([
    1, 1, 0,
  ]);
  expect(again.givenToday('desk-1', T0 + DAY_MS)).toBe(0);
});

test('receipts are forgotten before their references, each in time, however many', async () => {
  const store = opened(temporaryFolder());
  const all = Array.from({ length: 300 }, (_, i) => receipt(i + 1, T0 + i * 1_000));
  for (const each of all) await store.put(each);
  const forgetAll = async (receiptsBefore: number, referencesBefore: number) => {
    while (await store.forget(receiptsBefore, referencesBefore));
  };
  const kept = () => all.filter(({ id }) => store.receipt(id) !== null).length;
  const taken = () =>
    all.filter(
      ({ reference, decision }) => store.proved(reference, PROFILE) && store.proved(decision, PROFILE),
    ).length;
  await forgetAll(T0 + 200_000, 0);
  expect([kept(), taken()]).toEqual([100, 300]);
  await forgetAll(T0 + 200_000, T0 + 150_000);
  expect([kept(), taken(), store.references]).toEqual([100, 150, 150]);
  // One that a clock set back put among those that are over, of which its receipt was not forgotten.
  const late = receipt(999, T0 + 10);
  await store.put(late);
  await forgetAll(T0 + 200_000, T0 + 150_000);
  expect([store.receipt(late.id), store.proved(late.reference, PROFILE)]).toEqual([null, null]);
});

test('it is full by references, and by bytes', async () => {
  const few = opened(temporaryFolder(), { referencesMax: 2 });
  await few.put(receipt(1));
  expect([few.hasRoomFor(1), few.hasRoomFor(2)]).toEqual([true, false]);
  await few.put(receipt(2));
  expect(few.hasRoomFor(1)).toBe(false);
  const small = opened(temporaryFolder(), { maxBytes: 262_144 });
  let count = 0;
  for (; small.hasRoomFor(1); count += 1) await small.put({ ...receipt(count), jws: 'a'.repeat(3_000) });
  expect(count).toBeGreaterThan(20);
  expect(count).toBeLessThan(100);
});
