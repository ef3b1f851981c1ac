/** What operators and clerks are told of the gateway, over the desk's own address with sessions of their roles. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Board } from '../../hotel/core/board-view.ts';
import type { StandingView } from '../../hotel/core/standing-view.ts';
import { readEvents } from '../unit/hotel/event-reader.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { signIn } from './desk-session.rig.ts';
import { startTapping } from './tapping.rig.ts';

let desk: ComposedDesk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.stop());

test('the board counts what gates tap, shows which are up, and goes on each second', async () => {
  const operator = await signIn(desk, 'operator');
  const tapping = await startTapping(desk.composed);
  const stream = await readEvents(`${desk.url}/v1/board/stream`, {
    cookie: operator.cookie,
    accept: 'text/event-stream',
  });
  expect(stream.status).toBe(200);
  const first = (await stream.nextOf('history')).data as Board;
  expect(first.history).toBeInstanceOf(Array);
  await tapping.more(40);
  await stream.nextOf('board');
  await vi.waitFor(async () => {
    const { data } = await stream.nextOf('board');
    const now = data as Board;
    expect(now.classes.find((each) => each.class === 'gate')?.taps_per_s).toBeGreaterThan(0);
    expect(now.decided.find(({ code }) => code === 'allow.good')?.count).toBeGreaterThan(0);
    expect(now.gates.up).toEqual({ count: 1, names: ['gate-1'] });
  }, 20_000);
  await tapping.stop();
  stream.close();
  // It has taken leave.
  const board = await vi.waitFor(async () => {
    const now = await operator.json<Board>('/v1/board');
    expect(now.gates).toEqual({ up: { count: 0, names: [] }, down: { count: 1, names: ['gate-1'] } });
    return now;
  }, 10_000);
  expect(board.lists.map(({ name }) => name)).toContain('cards');
  expect(board.classes.map((each) => each.class)).toEqual(['gate', 'desk', 'batch']);
  expect((await (await signIn(desk, 'clerk')).ask('/v1/board')).status).toBe(403);
});

test('a clerk is told at once when the platform goes and comes back, and what is accepted meanwhile', async () => {
  const clerk = await signIn(desk, 'clerk');
  const { platform } = desk.composed;
  await vi.waitFor(
    async () => expect((await clerk.json<StandingView>('/v1/standing')).mode).toBe('live'),
    10_000,
  );
  const stream = await readEvents(`${desk.url}/v1/desk/stream`, { cookie: clerk.cookie });
  const standsIn = async (mode: string) => {
    for (;;) {
      const standing = (await stream.nextOf('standing')).data as StandingView;
      if (standing.mode === mode) return standing;
    }
  };
  await standsIn('live');
  platform.setFault({ fault: 'down' });
  const offline = await standsIn('lists');
  expect(offline.scenes.map(({ scene, now }) => [scene, now])).toEqual([
    ['11/desk', 'allow'],
    ['11/guest', 'allow'],
  ]);
  expect(offline.since_ms).toBeGreaterThan(0);
  platform.setFault(null);
  await standsIn('live');
  expect((await clerk.ask('/session', { method: 'DELETE' })).ok).toBe(true);
  for (let each = await stream.next(); each !== null; each = await stream.next())
    expect(each.event).toBe('standing');
});

test('what the desk counts is in the gateway’s metrics, under closed names', async () => {
  await signIn(desk, 'clerk');
  const metrics = await (await fetch(`${desk.composed.address.admin}/metrics`)).text();
  const gauges = metrics.split('\n').filter((line) => line.startsWith('onecard_desk_'));
  expect(gauges.map((line) => line.split(' ')[0])).toEqual([
    'onecard_desk_referred_waiting',
    'onecard_desk_would_be_refused_now',
    'onecard_desk_reports_due',
    'onecard_desk_reports_overdue',
    'onecard_desk_webhooks_failing',
  ]);
});
