/** Trust that names no status key: the platform answers, and is neither asked nor believed; and trust that comes to name one. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrustDocument } from '../../workers/trust/document.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, composeOnly } from './composed-gateway.rig.ts';

let composed: ComposedGateway;
let seq = 0;

beforeAll(async () => {
  composed = await composeOnly({ settings: { live: { deadline_desk_ms: 15_000 } } });
  await composed.platform.publish({ trust: withoutKeys() });
  await composed.start();
});
afterAll(() => composed.stop());

function withoutKeys(): TrustDocument {
  const { statusKeys: _, statusEncryptionKeys: __, ...rest } = composed.city.trustDocument();
  return rest;
}

async function ready(): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${composed.address.admin}/readyz`);
  return ((await response.json()) as { checks: Record<string, unknown> }).checks;
}

async function codeOf(card: number): Promise<unknown> {
  const client = await PlainClient.connect(composed.target('desk-1'));
  seq += 1;
  const { message } = await client.tap(seq, { scene: '11/desk', ...chipTapOf(composed.city, card).binary });
  await client.bye();
  return message['code'];
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const over = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > over) throw new Error(`not in time: ${holds}`);
    await pause(50);
  }
}

const warned = (text: string) => composed.logLines.filter(({ msg }) => String(msg).includes(text)).length;

test('is said at the start and by /readyz; the list decides, and what the platform confirms is not believed', async () => {
  const [card = 0] = goodCards(composed.city, 'sm2');
  await until(async () => (await ready())['mode'] === 'live');
  expect((await ready())['live_status']).toBe('no_status_key');
  expect(warned('trust names no status key that is taken')).toBe(1);
  await composed.platform.change({ cards: [{ index: card, state: 'lost' }] });
  expect(await codeOf(card)).toBe('allow.good');
  // Sent all the same, once, and kept at the gateway.
  await until(() => composed.platform.journalSummary().records === 1);
  await pause(1_000);
  expect(composed.platform.journalSummary()).toMatchObject({ records: 1, duplicates: 0 });
  expect((await ready())['outbox_waiting']).toBe(1);
});

test('ends with trust that names them: the platform is asked, and what it has is confirmed', async () => {
  const [, , , card = 0] = goodCards(composed.city, 'sm2');
  await composed.platform.publish({ trust: composed.city.trustDocument() });
  await until(async () => (await ready())['live_status'] === 'sealed');
  await until(async () => (await ready())['outbox_waiting'] === 0);
  // True, and on no list yet.
  await composed.platform.change({ cards: [{ index: card, state: 'lost' }] });
  expect(await codeOf(card)).toBe('deny.status_lost');
  expect(composed.platform.journalSummary().records).toBeGreaterThanOrEqual(1);
});

test('a key that is changed is believed while trust names it, and not longer', async () => {
  const document = composed.city.trustDocument();
  const { statusKeys: [own] = [] } = document;
  const { kid = '' } = own ?? {};
  const [, other = 0] = goodCards(composed.city, 'sm2');
  const next = { kid: 'next', keyJwk: nextJwk } as const;
  if (own === undefined) throw new Error('the city names no status key');
  await composed.platform.publish({ trust: { ...document, statusKeys: [next, own] } });
  await composed.platform.change({ cards: [{ index: other, state: 'cancelled' }] });
  const revision = (await ready())['trust_revision'];
  await until(async () => (await ready())['trust_revision'] !== revision);
  expect(await codeOf(other)).toBe('deny.status_cancelled');
  await composed.platform.publish({ trust: { ...document, statusKeys: [next] } });
  const both = (await ready())['trust_revision'];
  await until(async () => (await ready())['trust_revision'] !== both);
  // On the word of the list, which has not heard of it.
  const [, , third = 0] = goodCards(composed.city, 'sm2');
  await composed.platform.change({ cards: [{ index: third, state: 'lost' }] });
  expect(await codeOf(third)).toBe('allow.good');
  expect(kid).toBe('status-0');
});

/** The curve's base point (P-256: SEC 2, 2.4.2; SM2: GB/T 32918.5): a key nobody would sign with. */
const nextJwk =
  TEST_PROFILE === 'sm'
    ? ({
        kty: 'EC',
        crv: 'SM2',
        x: base64url('32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'),
        y: base64url('bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'),
      } as const)
    : ({
        kty: 'EC',
        crv: 'P-256',
        x: base64url('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'),
        y: base64url('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'),
      } as const);

function base64url(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}
