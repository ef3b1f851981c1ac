/** Server-sent events of a workplace: who gets which, and when a stream ends. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Standing } from '../../../../gateway/desk/desk-core.ts';
import { standingRoutes } from '../../../../hotel/core/standing-routes.ts';
import { type EventReader, readEvents } from '../event-reader.rig.ts';
import { actor, type ServedDesk, serveRoutes } from '../served-desk.rig.ts';

let desk: ServedDesk;
let standing: Standing;
const open: EventReader[] = [];

beforeEach(async () => {
  standing = {
    ...{ mode: 'lists', forced: false, sinceMs: 5, nowMs: 1_000, outboxWaiting: 3 },
    ...{ listAgeMs: 40, listFreshUntilMs: 2_000, listStaleUntilMs: 3_000 },
    scenes: [
      { scene: '11/desk', families: ['chip-oda'], disclose: [], now: 'refer', title: null, words: null },
    ],
  };
  desk = await serveRoutes([standingRoutes], { core: { standing: async () => standing } });
  desk.actors.set('one', actor({ session: 's-1' }));
  desk.actors.set('two', actor({ session: 's-2', desk: 'front-2' }));
  desk.actors.set('three', actor({ session: 's-3' }));
});
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await desk.close();
});

async function streamOf(token: string): Promise<EventReader> {
  const reader = await readEvents(`${desk.url}/v1/desk/stream`, { authorization: `Bearer ${token}` });
  open.push(reader);
  return reader;
}

test('a stream says first how the gateway stands, and again when the mode changes', async () => {
  const stream = await streamOf('one');
  expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(stream.headers.get('cache-control')).toBe('no-store');
  expect((await stream.nextOf('standing')).data).toMatchObject({ mode: 'lists', outbox_waiting: 3 });
  standing = { ...standing, mode: 'live' };
  desk.context.modes.changed('live', false);
  expect((await stream.nextOf('standing')).data).toMatchObject({ mode: 'live' });
});

test('an event goes to its workplace, and what is for one session to no other', async () => {
  const [one, two, three] = await Promise.all(['one', 'two', 'three'].map(streamOf));
  desk.context.streams.push('front-1', 'verification', { for: 's-1' }, 's-1');
  desk.context.streams.push('front-1', 'reader', { state: 'ready' });
  desk.context.streams.pushToAll('reports', { due: 1, overdue: 0 });
  const heard = async (stream: EventReader | undefined) => {
    const names: string[] = [];
    for (;;) {
      const each = await stream?.next();
      if (each && each.event !== 'standing') names.push(each.event);
      if (!each || each.event === 'reports') return names;
    }
  };
  expect(await Promise.all([one, two, three].map(heard))).toEqual([
    ['verification', 'reader', 'reports'],
    ['reports'],
    ['reader', 'reports'],
  ]);
});

test('a stream ends with its session, and there is none without a workplace', async () => {
  const stream = await streamOf('one');
  desk.context.streams.endSession('s-1');
  for (let each = await stream.next(); each !== null; each = await stream.next())
    expect(each.event).toBe('standing');
  desk.actors.set('client', actor({ kind: 'client', session: 'c', desk: null }));
  expect((await streamOf('client')).status).toBe(409);
  expect((await streamOf('nobody')).status).toBe(401);
});

test('one session cannot open streams without end', async () => {
  const streams = await Promise.all(Array.from({ length: 7 }, () => streamOf('one')));
  expect(streams.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 429]);
  expect(desk.context.streams.size).toBe(6);
});

test('the standing counts what the parts of the desk say, and they are told once for all that was set', async () => {
  desk.context.gauges.set({ referred_waiting: 2 });
  desk.context.gauges.set({ reports_due: 4, reports_overdue: 1, reports_next_due_at_ms: 77 });
  const answer = await fetch(`${desk.url}/v1/standing`, { headers: { authorization: 'Bearer one' } });
  expect(await answer.json()).toEqual({
    ...{ mode: 'lists', forced: false, since_ms: 5, now_ms: 1_000, outbox_waiting: 3, referred_waiting: 2 },
    list: { age_ms: 40, fresh_until_ms: 2_000, stale_until_ms: 3_000 },
    scenes: [
      {
        ...{ scene: '11/desk', title: null, families: ['chip-oda'], now: 'refer' },
        words: {
          zh: '可以读卡，每位客人须由员工核对决定',
          en: 'Cards are read, and staff decide for each guest',
        },
      },
    ],
    judged_again: { would_be_refused_now: 0 },
    reports: { due: 4, overdue: 1, next_due_at_ms: 77 },
    webhooks_failing: 0,
  });
  expect(desk.told).toHaveLength(1);
  expect(desk.told[0]).toMatchObject({ referred_waiting: 2, reports_due: 4 });
});
