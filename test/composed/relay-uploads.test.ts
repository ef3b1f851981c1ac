/**
 * A relay that says in the platform's place that what it was sent was kept, and passes nothing on: a gateway that believed
 * it would forget records that nobody has.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { decode } from '@msgpack/msgpack';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { type Relay, startRelay } from './relay.rig.ts';

const EVENTUALLY_MS = 20_000;
let composed: ComposedGateway;
let relay: Relay;
let seq = 0;
let good = 0;

beforeAll(async () => {
  composed = await startComposed({
    through: async (url) => {
      relay = await startRelay(url);
      return relay;
    },
  });
  [good = 0] = goodCards(composed.city, 'sm2');
});
afterEach(() => {
  relay.swallow = null;
  relay.isDown = false;
});
afterAll(() => composed.stop());

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

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + EVENTUALLY_MS;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${EVENTUALLY_MS} ms: ${holds}`);
    await pause(100);
  }
}

describe('what a relay says was kept', () => {
  test('is not believed: records that it swallowed are sent to the platform after', async () => {
    relay.swallow = (path, body) =>
      path === '/v1/journal' ? { accepted: recordsIn(body), duplicates: 0, conflicts: 0 } : null;
    relay.tampered = 0;
    for (let i = 0; i < 5; i += 1) await codeOf(good);
    // A gateway that believes it has nothing left to send; one that does not tries again.
    await eventually(async () => relay.tampered > 1 || Number((await ready())['outbox_waiting']) === 0);
    expect(Number((await ready())['outbox_waiting'])).toBe(5);
    relay.swallow = null;
    await eventually(async () => composed.platform.journalSummary().records === seq);
    await eventually(async () => (await ready())['outbox_waiting'] === 0);
  });

  test('is not believed of a conflict: no record is named anew for it', async () => {
    relay.swallow = (path, body) => {
      if (path !== '/v1/journal') return null;
      const { first, records } = decode(body) as { first: number; records: unknown[] };
      return { accepted: 0, duplicates: 0, conflicts: records.length, first_conflict: first };
    };
    relay.tampered = 0;
    const before = composed.platform.journalSummary();
    await codeOf(good);
    await eventually(async () => relay.tampered > 1);
    relay.swallow = null;
    await eventually(async () => composed.platform.journalSummary().records === seq);
    expect(composed.platform.journalSummary()).toMatchObject({ forks: before.forks, conflicts: 0 });
    expect(composed.logLines.filter(({ level, epoch }) => level === 'error' && epoch !== undefined)).toEqual(
      [],
    );
  });

  test('is not believed of checkpoints: one that it swallowed is sent to the platform after', async () => {
    const covered = () => {
      const newest = composed.platform.checkpoints('gw-test').checkpoints.at(-1);
      return Number(newest?.checkpoint.split('\n')[1] ?? 0);
    };
    const records = () => composed.platform.journalSummary().records;
    await eventually(async () => records() === seq && covered() === seq);
    relay.tampered = 0;
    relay.swallow = (path) => (path === '/v1/journal/checkpoints' ? { state: 'consistent' } : null);
    await codeOf(good);
    await eventually(async () => relay.tampered > 0);
    relay.swallow = null;
    // No tap after it: a checkpoint of its own would cover the one that was swallowed.
    await eventually(async () => records() === seq && covered() === seq);
  });

  test('is not believed of re-judgements either', async () => {
    const [, , , late = 0] = goodCards(composed.city, 'sm2');
    relay.isDown = true;
    await eventually(async () => (await ready())['mode'] === 'lists');
    expect(await codeOf(late)).toBe('allow.good');
    await composed.platform.publish({ cards: [{ index: late, state: 'cancelled' }] });
    relay.tampered = 0;
    relay.swallow = (path, body) => {
      if (path !== '/v1/rejudgements') return null;
      const { items } = JSON.parse(body.toString('utf8')) as { items: unknown[] };
      return { accepted: items.length, duplicates: 0 };
    };
    relay.isDown = false;
    await eventually(async () => relay.tampered > 0);
    expect(composed.platform.rejudgements().items).toBe(0);
    relay.swallow = null;
    await eventually(async () => composed.platform.rejudgements().items === 1);
  });
});

function recordsIn(body: Buffer): number {
  const { records } = decode(body) as { records: unknown[] };
  return records.length;
}
