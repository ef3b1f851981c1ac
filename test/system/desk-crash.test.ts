/**
 * kill -9 while guests are checked in. What was answered is there, as it was answered; the same requests sent again do nothing
 * twice; what was not answered is done once, whole: stay, guests, reports and events together.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StayView } from '../../hotel/stays/views.ts';
import { type DeskSession, enter, firstPassword, sessionOf } from '../composed/desk-session.rig.ts';
import { ADULT, stayOf } from '../composed/desk-stays.rig.ts';
import { freePort, type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';

const ROUNDS = process.env['ONECARD_FULL'] === '1' ? 20 : 3;
const PER_ROUND = 24;
const PASSWORD = 'harbour light at five';
let gateway: GatewayUnderTest;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const before = (folder: string) =>
    writeFileSync(join(folder, 'desk-key'), '5a'.repeat(32), { mode: 0o600 });
  gateway = await startGateway({
    before,
    settings: {
      hotel: { hotel_id: 'harbour', listen: { host: '127.0.0.1', port }, key_file: 'desk-key' },
    },
  });
}, 60_000);
afterAll(() => gateway?.stop());

const desk = () => ({ url, saidOnce: [gateway.output], composed: undefined as never, stop: async () => {} });

async function manager(): Promise<DeskSession> {
  const oneTime = firstPassword(desk());
  const first = await enter(desk(), 'manager', oneTime);
  const answer = await first.ask('/session/password', { body: { old: oneTime, new: PASSWORD } });
  return sessionOf(desk(), PASSWORD, answer);
}

interface Sent {
  readonly key: string;
  readonly room: string;
  answer: string | null;
}

const guest = (full_name: string) => ({
  declared: { full_name, document_kind: 'id-card', document_number: ADULT },
  person_compared: true,
});

async function send(session: DeskSession, sent: Sent): Promise<void> {
  const body = stayOf([guest('周瑜'), guest('小乔')], { room: sent.room });
  const answer = await session.ask('/v1/stays', { body, headers: { 'Idempotency-Key': sent.key } });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([201, sent.answer ?? text]);
  sent.answer = text;
}

async function all<Item>(session: DeskSession, path: string, name: string): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | null = null;
  do {
    const query: string = after === null ? '' : `&after=${after}`;
    const page: Record<string, unknown> = await session.json(`${path}?limit=100${query}`);
    const more = page[name] as Item[];
    items.push(...more);
    after = more.length === 0 ? null : (page['after'] as string | null);
  } while (after !== null);
  return items;
}

test('nothing is lost, nothing is doubled, nothing is half', { timeout: 240_000 }, async () => {
  let session = await manager();
  const sent: Sent[] = [];
  let unanswered = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const these = Array.from({ length: PER_ROUND }, (_, i) => ({
      ...{ key: `r${round}-${i}`, room: `${round}-${i}`, answer: null as string | null },
    }));
    sent.push(...these);
    // After another number of answers in each round, so that it meets other steps.
    const enough = 1 + round * 5;
    let answered = 0;
    let killed: Promise<unknown> | null = null;
    await Promise.allSettled(
      these.map(async (each) => {
        await send(session, each);
        answered += 1;
        if (answered >= enough) killed ??= gateway.kill('SIGKILL');
      }),
    );
    await killed;
    unanswered += these.filter(({ answer }) => answer === null).length;
    await gateway.restart();
    session = await enter(desk(), 'manager', PASSWORD);
    for (const each of these) await send(session, each);
  }
  expect(unanswered).toBeGreaterThan(0);
  const stays = await all<StayView>(session, '/v1/stays', 'stays');
  expect(stays.map(({ room }) => room).sort()).toEqual(sent.map(({ room }) => room).sort());
  const guests = stays.flatMap((stay) => stay.guests.map(({ guest_id }) => guest_id)).sort();
  expect(guests.length).toBe(2 * sent.length);
  const reports = await all<{ guest_id: string; kind: string }>(session, '/v1/reports', 'items');
  expect(reports.map(({ guest_id }) => guest_id).sort()).toEqual(guests);
  const events = await all<{ kind: string; guest_id: string | null; stay_id: string | null }>(
    session,
    '/v1/events',
    'items',
  );
  const told = events.filter(({ kind }) => kind === 'guest.checked_in').map(({ guest_id }) => guest_id);
  expect(told.sort()).toEqual(guests);
  expect(events.filter(({ kind }) => kind === 'stay.checked_in').length).toBe(sent.length);
});
