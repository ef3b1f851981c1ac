/** Guests who come while the platform is gone: what is accepted then stays accepted, and is said so when it would be refused now. */
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { GuestView } from '../../hotel/stays/views.ts';
import { startControl } from '../../platform/control-server.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { ADULT, checkIn, verifyChip } from './desk-stays.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
beforeAll(async () => {
  desk = await startDesk({ cards: 1_200, settings: { platform: { poll_ms: 200 } } });
  clerk = await signIn(desk, 'clerk');
  await modeIs('live');
});
afterAll(() => desk?.stop());

const standing = () => clerk.json<{ mode: string; judged_again: object }>('/v1/standing');
async function modeIs(mode: string): Promise<void> {
  await vi.waitFor(async () => expect((await standing()).mode).toBe(mode), 15_000);
}

test('who was accepted offline with a card that was lost is never shown as failed', {
  timeout: 40_000,
}, async () => {
  const { platform, city } = desk.composed;
  const [kept = 0, lost = 0] = goodCards(city, 'rsa');
  platform.setFault({ fault: 'down' });
  await modeIs('lists');
  const declared = { full_name: '孙尚香', document_kind: 'id-card', document_number: ADULT };
  const guests = [];
  for (const card of [kept, lost]) {
    const { verification_id, outcome } = await verifyChip(desk, clerk, card);
    expect(outcome).toBe('allow');
    guests.push({ verification_id, declared });
  }
  const stay = await checkIn(clerk, guests);
  expect(stay.guests.map(({ state }) => state)).toEqual(['in_house', 'in_house']);
  await platform.publish({ cards: [{ index: lost, state: 'lost' }] });
  platform.setFault(null);
  await modeIs('live');
  await vi.waitFor(async () => {
    const { guests: after } = await clerk.json<{ guests: GuestView[] }>(`/v1/stays/${stay.stay_id}`);
    expect(after).toMatchObject([
      { state: 'in_house', decision: { outcome: 'allow', again: { outcome: 'allow' } } },
      {
        ...{
          state: 'in_house',
          decision: { outcome: 'allow', again: { outcome: 'deny', code: 'deny.status_lost' } },
        },
        again_words: { en: 'Accepted then, would be refused now' },
      },
    ]);
  }, 20_000);
  await vi.waitFor(
    async () => expect((await standing()).judged_again).toEqual({ would_be_refused_now: 1 }),
    5_000,
  );
});

test('who was referred for want of a newer list is let in by it; who is still on none waits for a clerk', {
  timeout: 40_000,
}, async () => {
  const { platform, city } = desk.composed;
  const control = await startControl({ platform, host: '127.0.0.1', port: 0, token: null });
  onTestFinished(() => control.stop());
  const [unlisted = -1, second = -1] = Array.from({ length: city.size }, (_, index) => index).filter(
    (index) => city.identity(index).state === 'unknown',
  );
  platform.setFault({ fault: 'down' });
  await modeIs('lists');
  const guests = [];
  for (const [card, full_name] of [
    [unlisted, '小乔'],
    [second, '大乔'],
  ] as const) {
    const { verification_id, outcome, code } = await verifyChip(desk, clerk, card);
    expect([outcome, code]).toEqual(['refer', 'refer.status_unknown']);
    const declared = { full_name, document_kind: 'id-card', document_number: ADULT };
    guests.push({ verification_id, declared });
  }
  const stay = await checkIn(clerk, guests, { room: '1301' });
  expect(stay.guests.map(({ state }) => state)).toEqual(['referred', 'referred']);
  for (const event of ['issue', 'activate']) {
    const response = await fetch(`${control.url}/control/cards/${unlisted}/${event}`, { method: 'POST' });
    expect(response.status).toBe(200);
  }
  platform.setFault(null);
  await modeIs('live');
  await vi.waitFor(async () => {
    const { guests: after } = await clerk.json<{ guests: GuestView[] }>(`/v1/stays/${stay.stay_id}`);
    expect(after[0]).toMatchObject({ state: 'in_house', decision: { again: { outcome: 'allow' } } });
    expect(after[1]).toMatchObject({ state: 'referred', decision: { again: { outcome: 'refer' } } });
  }, 20_000);
});
