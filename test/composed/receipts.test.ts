/** Signed receipts in the composed gateway: given once, of a device's own decisions, where the scene says so. */

import { rmSync } from 'node:fs';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { forcedModeFile, writeModeOrder } from '../../gateway/knowledge/mode/forced-mode.ts';
import { SIGNED_IN } from '../../gateway/receipts/receipt.ts';
import { rotateKeys } from '../../gateway/receipts/receipt-keys.ts';
import { createCity } from '../../platform/city.ts';
import { verifyReceipt } from '../../verify/receipt.ts';
import { readReceiptKeys } from '../../verify/receipt-keys.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import type { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, personalNumbers } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed, TestClocks } from './composed-gateway.rig.ts';
import {
  type Answered,
  FARE,
  NONE,
  PAYOUT,
  type ReceiptDevice,
  type ReceiptGateway,
  receiptDevice,
  receiptScenes,
  startReceipts,
} from './receipts.rig.ts';

const DAY_MS = 86_400_000;
const WAIT = { timeout: 20_000, interval: 300 };
let clocks: TestClocks;
let gateway: ReceiptGateway;
let composed: ComposedGateway;
let desk: ReceiptDevice;
let other: ReceiptDevice;
let gate: ReceiptDevice;
let references = 0;

const freshReference = () => {
  references += 1;
  return `2026-11/${references}`;
};
const subsidy = (decision_id: string, over: object = {}) => ({
  decision_id,
  purpose: 'disbursement',
  reference: freshReference(),
  ...over,
});
/** By jose alone, or where it knows no algorithm of the profile by what funds are given. */
async function verifiedBy(keys: JSONWebKeySet, jws: string) {
  if (TEST_PROFILE === 'international') {
    const { payload, protectedHeader } = await jwtVerify(jws, createLocalJWKSet(keys), {
      issuer: 'gw-test',
      typ: 'onecard-receipt+jwt',
      algorithms: ['ES256'],
    });
    return { payload, kid: protectedHeader.kid };
  }
  const { checks } = verifyReceipt(jws, readReceiptKeys(keys));
  expect(checks.find(({ name }) => name === 'signature')).toMatchObject({ ok: true });
  return { payload: decodeJwt(jws), kid: decodeProtectedHeader(jws).kid };
}
const codeOf = ({ status, body }: Answered) => [status, body['code']];

describe('at one gateway', () => {
  beforeAll(async () => {
    gateway = await startReceipts({ settings: { limits: { receipts_per_s: 1_000 } } });
    ({ composed } = gateway);
    desk = await gateway.device('desk-1');
    other = await gateway.device('desk-2');
    gate = await gateway.device('gate-1');
  });
  afterAll(() => gateway.stop());

  test('a receipt verifies with jose alone, says what was decided, and nothing of a person', async () => {
    const decision_id = await desk.decided(PAYOUT);
    const { status, body } = await desk.post(subsidy(decision_id, { amount: 12_000, currency: 'CNY' }));
    expect(status).toBe(201);
    const keys = (await gateway.keys()) as unknown as JSONWebKeySet;
    const { payload } = await verifiedBy(keys, String(body['receipt']));
    expect(payload).toMatchObject({
      ...{ iss: 'gw-test', jti: body['id'], purpose: 'disbursement', reference: '2026-11/1' },
      amount: { minor_units: 12_000, currency: 'CNY' },
      decision: { id: decision_id, outcome: 'allow' },
      ...{ scene: PAYOUT, service: 1, groups: [], sub: expect.stringMatching(/^[\w-]{22}$/) },
      evidence: { family: 'chip-oda', proof: 'dda', holder_bound: true, mode: expect.any(String) },
      log: { leaf_index: 0, checkpoint: expect.stringContaining('onecard-gateway/gw-test/') },
    });
    const text = JSON.stringify(payload);
    for (const number of personalNumbers(composed.city)) expect(text).not.toContain(number);
    const { status: found, body: again } = await desk.get(String(body['id']));
    expect([found, again]).toEqual([200, body]);
  });

  test('the same request gets the same bytes; the same reference for anything else is refused for ever', async () => {
    const decision_id = await desk.decided(PAYOUT);
    const request = subsidy(decision_id);
    const first = await desk.post(request);
    expect(first.status).toBe(201);
    expect(await desk.post(request)).toEqual({ status: 200, body: first.body });
    const { reference } = request;
    const next = await desk.decided(PAYOUT);
    const taken = [409, 'receipt.reference_taken'];
    expect(codeOf(await desk.post({ ...request, decision_id: next }))).toEqual(taken);
    expect(codeOf(await desk.post({ ...request, amount: 1, currency: 'CNY' }))).toEqual(taken);
    expect(codeOf(await desk.post({ ...request, alg: TEST_PROFILE === 'sm' ? 'ES256' : 'SM2SM3' }))).toEqual(
      taken,
    );
    expect(codeOf(await other.post(request))).toEqual(taken);
    expect(codeOf(await desk.post(subsidy(decision_id)))).toEqual([409, 'receipt.decision_taken']);
    // For another purpose reference and decision are free.
    expect((await desk.post({ ...request, purpose: 'identity', reference })).status).toBe(201);
  });

  test('one of many requests at once is given, the others get its bytes or are refused', async () => {
    const decision_id = await desk.decided(PAYOUT);
    const request = subsidy(decision_id);
    const same = await Promise.all(Array.from({ length: 6 }, () => desk.post(request)));
    expect(same.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(same.map(({ body }) => body['receipt'])).size).toBe(1);
    const decisions = [await desk.decided(PAYOUT), await desk.decided(PAYOUT), await desk.decided(PAYOUT)];
    const reference = freshReference();
    const racing = await Promise.all(decisions.map((each) => desk.post(subsidy(each, { reference }))));
    expect(racing.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test('only the device that made the decision gets it, and only of decisions that there are', async () => {
    const decision_id = await desk.decided(PAYOUT);
    const unknown = [404, 'receipt.unknown_decision'];
    expect(codeOf(await other.post(subsidy(decision_id)))).toEqual(unknown);
    const [epoch] = /[0-9a-f]{16}/.exec(decision_id) ?? [''];
    const elsewhere = decision_id.replace(epoch, '0123456789abcdef');
    for (const id of [
      elsewhere,
      `gw-test:${epoch}:999999`,
      `gw-test:${epoch}:0`,
      'gw-test',
      `x${decision_id}`,
    ])
      expect(codeOf(await desk.post(subsidy(id)))).toEqual(unknown);
    const { body } = await desk.post(subsidy(decision_id));
    expect(codeOf(await other.get(String(body['id'])))).toEqual([404, 'receipt.unknown']);
    expect(codeOf(await desk.get('0'.repeat(32)))).toEqual([404, 'receipt.unknown']);
    expect(codeOf(await desk.get('..%2f..%2fkeys'))).toEqual([404, 'receipt.unknown']);
  });

  test('a scene gives receipts for the purposes it names and no others', async () => {
    const taken = [403, 'receipt.purpose_not_taken'];
    expect(codeOf(await desk.post(subsidy(await desk.decided(NONE))))).toEqual(taken);
    const decision_id = await gate.decided(FARE);
    expect(codeOf(await gate.post(subsidy(decision_id)))).toEqual(taken);
    const fare = {
      decision_id,
      purpose: 'payment',
      reference: freshReference(),
      amount: 300,
      currency: 'CNY',
    };
    expect((await gate.post(fare)).status).toBe(201);
  });

  test('money wants allow; identity wants a proven credential, and says its outcome', async () => {
    const shown = chipTapOf(composed.city, gateway.cards[1] ?? 0).binary;
    expect(await desk.tap(PAYOUT, 0, shown)).toMatchObject({ outcome: 'allow' });
    const replayed = await desk.tap(PAYOUT, 0, shown);
    expect(replayed).toMatchObject({ code: 'deny.replayed' });
    const decision_id = String(replayed['id']);
    const refused = [409, 'receipt.not_allowed'];
    expect(codeOf(await desk.post(subsidy(decision_id)))).toEqual(refused);
    const identity = await desk.post({ ...subsidy(decision_id), purpose: 'identity' });
    expect(decodeJwt(String(identity.body['receipt']))['decision']).toMatchObject({ code: 'deny.replayed' });
    const forged = structuredClone(chipTapOf(composed.city, gateway.cards[1] ?? 0).binary);
    const tags = forged.credential['tags'] as Record<string, Uint8Array>;
    tags['9F4B'] = (tags['9F4B'] ?? new Uint8Array()).map((byte) => byte ^ 1);
    const denied = await desk.tap(PAYOUT, 0, forged);
    expect(denied).toMatchObject({ outcome: 'deny' });
    const never = { ...subsidy(String(denied['id'])), purpose: 'identity' };
    expect(codeOf(await desk.post(never))).toEqual(refused);
  });

  test.each([
    ['an oversized reference', { reference: 'a'.repeat(129) }],
    ['a reference with a blank', { reference: 'Li Hua 1960' }],
    ['a member that there is none', { name: 'Li Hua' }],
    ['a fraction of the minor unit', { amount: 1.5, currency: 'CNY' }],
    ['an algorithm that there is none', { alg: 'none' }],
    ['a purpose that there is none', { purpose: 'loan' }],
  ])('%s is refused', async (_, over) => {
    const [status, code] = codeOf(await desk.post(subsidy('gw-test:0123456789abcdef:1', over)));
    expect([status, code]).toEqual([422, 'request.wrong_type']);
  });

  test('an amount wants a currency of ISO 4217, and a purpose that is of money', async () => {
    const decision_id = await desk.decided(PAYOUT);
    const unusable = [422, 'receipt.amount_unusable'];
    for (const over of [
      { amount: 1 },
      { currency: 'CNY' },
      { amount: 1, currency: 'XQZ' },
      { amount: 1, currency: 'CNY', purpose: 'identity' },
    ])
      expect(codeOf(await desk.post(subsidy(decision_id, over)))).toEqual(unusable);
  });

  test('a holder has one pseudonym for each purpose and service, and others have others', async () => {
    const [one = 0, two = 0] = gateway.cards.slice(2);
    const subjectOf = async (device: ReceiptDevice, scene: string, purpose: string, card: number) => {
      const decision_id = await device.decided(scene, card);
      const { body } = await device.post({ decision_id, purpose, reference: freshReference() });
      return decodeJwt(String(body['receipt'])).sub;
    };
    const first = await subjectOf(desk, PAYOUT, 'disbursement', one);
    expect(await subjectOf(other, PAYOUT, 'disbursement', one)).toBe(first);
    const apart = [
      first,
      await subjectOf(desk, PAYOUT, 'disbursement', two),
      await subjectOf(desk, PAYOUT, 'identity', one),
      await subjectOf(gate, FARE, 'payment', one),
    ];
    expect(new Set(apart).size).toBe(4);
  });

  test('a key that was rotated out signs nothing more, and what it signed still verifies', async () => {
    const verified = async (jwt: unknown) =>
      (await verifiedBy((await gateway.keys()) as unknown as JSONWebKeySet, String(jwt))).kid;
    const before = await desk.post(subsidy(await desk.decided(PAYOUT)));
    const kid = await verified(before.body['receipt']);
    rotateKeys(`${composed.dataFolder}/receipts/keys.json`, SIGNED_IN[TEST_PROFILE], Date.now());
    const after = await desk.post(subsidy(await desk.decided(PAYOUT)));
    expect(await verified(after.body['receipt'])).not.toBe(kid);
    expect(await verified(before.body['receipt'])).toBe(kid);
  });

  test('the keys are told to everybody, and hold no private member', async () => {
    const { issuer, keys, log_keys } = await gateway.keys();
    expect(issuer).toBe('gw-test');
    expect(new Set(keys.map(({ crv, alg, use }) => `${crv} ${alg} ${use}`))).toEqual(
      new Set(TEST_PROFILE === 'sm' ? ['SM2 SGD_SM3_SM2 sig'] : ['P-256 ES256 sig', 'SM2 SM2SM3 sig']),
    );
    expect(log_keys).toMatchObject([{ crv: TEST_PROFILE === 'sm' ? 'SM2' : 'Ed25519' }]);
    expect(JSON.stringify([keys, log_keys])).not.toContain('"d"');
  });
});

test('what is too old has none; what was given before is given again, also after a restart and at a later scene', async () => {
  clocks = new TestClocks(Date.now());
  gateway = await startReceipts({ clocks, platform: { now: clocks.now } });
  onTestFinished(() => gateway.stop());
  ({ composed } = gateway);
  desk = await gateway.device('desk-1');
  const [given, late] = [await desk.decided(PAYOUT), await desk.decided(PAYOUT)];
  const request = subsidy(given);
  const first = await desk.post(request);
  expect(first.status).toBe(201);
  gateway.writeScenes(receiptScenes({ receipts: ['identity'] }, 'receipts-2'));
  await composed.gateway.reload(composed.settings);
  expect(codeOf(await desk.post(subsidy(late)))).toEqual([403, 'receipt.purpose_not_taken']);
  expect(await desk.post(request)).toEqual({ status: 200, body: first.body });
  await composed.stopGateway();
  gateway.writeScenes(receiptScenes({}, 'receipts-3'));
  clocks.pass(DAY_MS + 1_000);
  await composed.start();
  desk = await gateway.device('desk-1');
  expect(codeOf(await desk.post(subsidy(late)))).toEqual([409, 'receipt.too_old']);
  expect(await desk.post(request)).toEqual({ status: 200, body: first.body });
});

test('a gate that opens to what it cannot prove gives no receipt of money for it', async () => {
  const opens = await startReceipts();
  onTestFinished(() => opens.stop());
  opens.writeScenes(receiptScenes({ closed: 'allow' }, 'opens'));
  await opens.composed.gateway.reload(opens.composed.settings);
  const at = await opens.device('desk-1');
  const setAtMs = Date.now();
  writeModeOrder(forcedModeFile(opens.composed.dataFolder), {
    ...{ mode: 'closed', by: { uid: 0, user: 'test' }, setAtMs, untilMs: null, reason: null },
  });
  const stranger = createCity({ seed: 'a stranger', region: 'sc', cards: 2 });
  const tapped = async () => await at.tap(PAYOUT, 0, chipTapOf(stranger, 0).binary);
  await vi.waitUntil(async () => (await tapped())['mode'] === 'closed', WAIT);
  const opened = await tapped();
  expect(opened).toMatchObject({ outcome: 'allow', code: 'allow.closed' });
  for (const purpose of ['disbursement', 'identity']) {
    const answer = await at.post({ ...subsidy(String(opened['id'])), purpose });
    expect(codeOf(answer), purpose).toEqual([409, 'receipt.not_allowed']);
  }
});

test('a device has so many receipts in a day and in a second, and others have theirs', async () => {
  clocks = new TestClocks(Date.now());
  const limits = { receipts_per_device_day: 2, receipts_per_s: 1 };
  gateway = await startReceipts({ clocks, platform: { now: clocks.now }, settings: { limits } });
  onTestFinished(() => gateway.stop());
  desk = await gateway.device('desk-1');
  other = await gateway.device('desk-2');
  const again = subsidy(await desk.decided(PAYOUT));
  const more = [subsidy(await desk.decided(PAYOUT)), subsidy(await desk.decided(PAYOUT))];
  expect((await desk.post(again)).status).toBe(201);
  // At once: neither may be given because the other is not on disk yet.
  const racing = await Promise.all(more.map((each) => desk.post(each)));
  expect(racing.map(({ status }) => status).sort()).toEqual([201, 429]);
  expect((await desk.post(again)).status).toBe(200);
  expect((await other.post(subsidy(await other.decided(PAYOUT)))).status).toBe(201);
  // Five seconds' worth at once: this is the sixth, and the seventh.
  await desk.post(again);
  expect(codeOf(await desk.post(again))).toEqual([429, 'receipt.too_many']);
  clocks.pass(1_000);
  expect((await desk.post(again)).status).toBe(200);
});

test('a full store refuses what is new and gives what it has', async () => {
  gateway = await startReceipts({ settings: { receipts: { references_max: 1 } } });
  onTestFinished(() => gateway.stop());
  desk = await gateway.device('desk-1');
  const two = [subsidy(await desk.decided(PAYOUT)), subsidy(await desk.decided(PAYOUT))];
  const racing = await Promise.all(two.map((each) => desk.post(each)));
  expect(racing.map(({ status }) => status).sort()).toEqual([201, 503]);
  const again = await Promise.all(two.map((each) => desk.post(each)));
  expect(again.map(codeOf).sort()).toEqual([
    [200, undefined],
    [503, 'receipt.store_full'],
  ]);
});

test('a store that was taken away ends receipts, not taps', async () => {
  gateway = await startReceipts();
  onTestFinished(() => gateway.stop());
  ({ composed } = gateway);
  desk = await gateway.device('desk-1');
  expect((await desk.post(subsidy(await desk.decided(PAYOUT)))).status).toBe(201);
  await composed.stopGateway();
  rmSync(`${composed.dataFolder}/receipts/store`, { recursive: true });
  await composed.start();
  desk = await gateway.device('desk-1');
  expect(codeOf(await desk.post(subsidy(await desk.decided(PAYOUT))))).toEqual([503, 'receipt.unavailable']);
  const said = composed.logLines.find(({ msg }) => String(msg).startsWith('receipts cannot be given'));
  expect(said?.['error']).toMatch(/store is gone, and with it what was proved: put it back, or remove/);
});

test('a disk that is short gives no receipts, and gives them again', async () => {
  let free = 2 ** 40;
  gateway = await startReceipts({ gateway: { freeDiskBytes: async () => free } });
  onTestFinished(() => gateway.stop());
  desk = await gateway.device('desk-1');
  const asked = async () => codeOf(await desk.post(subsidy(await desk.decided(PAYOUT))));
  free = 1_000;
  await vi.waitFor(async () => expect(await asked()).toEqual([503, 'receipt.store_full']), WAIT);
  free = 2 ** 40;
  await vi.waitFor(async () => expect(await asked()).toEqual([201, undefined]), WAIT);
});

test('a thread that dies while it signs costs that receipt a code, and the next has another thread', async () => {
  const receiptEntry = new URL('../fixtures/mortal-signing-thread.ts', import.meta.url);
  gateway = await startReceipts({ gateway: { receiptEntry } });
  onTestFinished(() => gateway.stop());
  desk = await gateway.device('desk-1');
  const request = subsidy(await desk.decided(PAYOUT), { reference: 'die' });
  expect(codeOf(await desk.post(request))).toEqual([503, 'receipt.unavailable']);
  expect((await desk.post(subsidy(await desk.decided(PAYOUT)))).status).toBe(201);
  // What was not given took nothing.
  expect((await desk.post({ ...request, reference: 'live' })).status).toBe(201);
});

test('a clock that jumps years ahead gives neither receipts nor references up', async () => {
  clocks = new TestClocks(Date.now());
  gateway = await startReceipts({ clocks });
  onTestFinished(() => gateway.stop());
  ({ composed } = gateway);
  desk = await gateway.device('desk-1');
  const request = subsidy(await desk.decided(PAYOUT));
  const first = await desk.post(request);
  expect(first.status).toBe(201);
  await composed.stopGateway();
  clocks.setWall(clocks.now() + 4 * 365 * DAY_MS);
  await composed.start();
  desk = await gateway.device('desk-1');
  expect(await desk.post(request)).toEqual({ status: 200, body: first.body });
});

test.each(['commit', 'none'])(
  'durability %s: what is answered before it is on disk has a receipt soon after',
  async (durability) => {
    gateway = await startReceipts({ settings: { journal: { durability } } });
    onTestFinished(() => gateway.stop());
    desk = await gateway.device('desk-1');
    const request = subsidy(await desk.decided(PAYOUT));
    const codes = new Set<unknown>();
    await vi.waitFor(async () => {
      const { status, body } = await desk.post(request);
      codes.add(body['code'] ?? 'given');
      expect([200, 201]).toContain(status);
    }, WAIT);
    expect([['given'], ['given', 'receipt.not_logged_yet']]).toContainEqual([...codes].sort());
  },
);

test('the city that is shipped has a receipt where subsidies are paid out', async () => {
  const scene = '19/payout';
  composed = await startComposed({ devices: [{ deviceId: 'desk-1', class: 'desk', scenes: [scene] }] });
  const clients: PlainClient[] = [];
  onTestFinished(async () => {
    await clients[0]?.bye();
    await composed.stop();
  });
  await vi.waitFor(async () => {
    const mode = await (await fetch(`${composed.address.admin}/mode`)).json();
    expect(mode).toMatchObject({ mode: 'live' });
  }, WAIT);
  desk = await receiptDevice({ ...composed, http: composed.address.http }, 'desk-1', clients);
  const { status, body } = await desk.post(subsidy(await desk.decided(scene)));
  expect(status).toBe(201);
  expect(decodeJwt(String(body['receipt']))).toMatchObject({
    ...{ scene, service: 19, purpose: 'disbursement' },
    evidence: { status: { state: 'good', source: 'live', live: 'answered' } },
  });
});
