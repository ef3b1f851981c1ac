/** What becomes of reports to public security in a composed gateway, with the platform's bureau at the other end. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { BureauFault } from '../../platform/bureau/bureau.ts';
import {
  type Receiver,
  type ReportingDesk,
  reportsBecome,
  reportsOf,
  startReceiver,
  startReportingDesk,
  WAIT,
} from './desk-reports.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { ADULT, checkIn, MINOR } from './desk-stays.rig.ts';

let world: ReportingDesk;
let clerk: DeskSession;
let manager: DeskSession;
let receiver: Receiver;
beforeAll(async () => {
  world = await startReportingDesk();
  clerk = await signIn(world.desk, 'clerk');
  manager = await signIn(world.desk, 'manager');
  receiver = await startReceiver();
});
afterEach(() => bureau().setFault(null));
afterAll(async () => {
  receiver?.close();
  await world?.stop();
});

const bureau = () => world.desk.composed.platform.bureau;
const written = (full_name: string, document_number = ADULT) => ({
  declared: { full_name, document_kind: 'id-card', document_number },
  person_compared: true,
});
async function guestOf(...guests: readonly object[]): Promise<string> {
  const stay = await checkIn(clerk, guests);
  const [guest] = stay.guests;
  if (guest === undefined) throw new Error('there is no guest');
  return guest.guest_id;
}
const takenOf = (guestId: string) =>
  bureau()
    .taken.filter(({ line }) => line.guest_ref === guestId)
    .map(({ line }) => line);

test('arrival, correction and departure are each told once, with a receipt', async () => {
  const guestId = await guestOf(written('李明'));
  const [report] = await reportsBecome(clerk, guestId, ['register accepted']);
  expect(report?.receipt).toMatch(/^PSB-/);
  await clerk.json(`/v1/guests/${guestId}/correct`, {
    body: { fields: { full_name: '李鸣' }, reason: 'misheard' },
  });
  await reportsBecome(clerk, guestId, ['register accepted', 'change accepted']);
  await clerk.json(`/v1/guests/${guestId}/check-out`, { body: {} });
  await reportsBecome(clerk, guestId, ['register accepted', 'change accepted', 'check_out accepted']);
  expect(
    takenOf(guestId).map(({ kind, full_name, document_code }) => [kind, full_name, document_code]),
  ).toEqual([
    ['register', '李明', '111'],
    ['change', '李鸣', '111'],
    ['check_out', '李鸣', '111'],
  ]);
});

test.each<BureauFault>(['lose_answers', 'down', 'slow', 'receipt_later', 'garbage'])(
  'a guest is checked in under the fault %s, and told of once when it ends',
  async (fault) => {
    bureau().setFault(fault);
    const guestId = await guestOf(written('王芳'));
    await vi.waitFor(async () => {
      const [report] = await reportsOf(clerk, guestId);
      expect(report?.attempts).toBeGreaterThanOrEqual(1);
    }, WAIT);
    bureau().setFault(null);
    await reportsBecome(clerk, guestId, ['register accepted']);
    expect(takenOf(guestId)).toHaveLength(1);
  },
);

test('what is refused is seen with its reason, can be tried, and is sent again by a person', async () => {
  bureau().setFault('refuse_lines');
  const guestId = await guestOf(written('赵云'));
  const [report] = await reportsBecome(clerk, guestId, ['register rejected']);
  expect(report?.rejected_for).toBe('refused by fault');
  bureau().setFault(null);
  const path = `/v1/reports/${report?.report_id}`;
  expect(await clerk.json(`${path}/test`, { body: {} })).toEqual({ would_be_taken: true, reason: null });
  await clerk.json(`${path}/retry`, { body: {} });
  await reportsBecome(clerk, guestId, ['register accepted']);
  const again = await clerk.ask(`${path}/retry`, { body: {} });
  expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([409, 'desk.report_state']);
});

test('a minor is not told of before somebody answers for the child', async () => {
  const guestId = await guestOf(written('小明', MINOR));
  const [held] = await reportsBecome(clerk, guestId, ['register held']);
  const early = await clerk.ask(`/v1/reports/${held?.report_id}/receipt`, { body: { receipt: 'GA-1-1' } });
  expect(early.status).toBe(409);
  await clerk.json(`/v1/guests/${guestId}/complete`, {
    body: { guardian: { contact: '13900000000', relationship: 'mother' } },
  });
  await reportsBecome(clerk, guestId, ['register accepted']);
  expect(takenOf(guestId)).toMatchObject([
    { guardian_contact: '13900000000', guardian_relationship: 'mother' },
  ]);
});

test('a foreign guest is told of with nationality and birth date', async () => {
  const guestId = await guestOf({
    declared: {
      ...{ full_name: 'ANNA EXAMPLE', document_kind: 'passport', document_number: 'X1234567' },
      birth_date: '1980-02-03',
    },
    person_compared: true,
  });
  const before = await reportsOf(clerk, guestId);
  expect(before.map(({ state }) => state)).toEqual(['held']);
  await clerk.json(`/v1/guests/${guestId}/complete`, { body: { fields: { nationality: 'SWE' } } });
  await reportsBecome(clerk, guestId, ['register accepted']);
  expect(takenOf(guestId)).toMatchObject([
    { document_code: '414', nationality: 'SWE', birth_date: '1980-02-03' },
  ]);
});

test('something suspicious is told at once, and its note is with the bureau and in no list', async () => {
  const guestId = await guestOf(written('孙二'));
  const body = { guest_id: guestId, kind: 'suspicious', note: 'asked for a room without a window' };
  await clerk.json('/v1/reports', { body });
  await reportsBecome(clerk, guestId, ['register accepted', 'suspicious accepted']);
  expect(takenOf(guestId).find(({ kind }) => kind === 'suspicious')?.note).toBe(body.note);
  expect(await (await clerk.ask('/v1/reports?state=accepted')).text()).not.toContain('window');
});

test('an auditor sees reports, and no names in them', async () => {
  const auditor = await signIn(world.desk, 'auditor');
  const { items } = await auditor.json<{ items: { guest: unknown }[] }>('/v1/reports?state=accepted');
  expect(items.length).toBeGreaterThan(0);
  expect(items.every(({ guest }) => guest === null)).toBe(true);
});

test('events are read by cursor and told by webhook, with ids alone', async () => {
  const made = await manager.json<{ webhook_id: string; secret: string }>('/v1/webhooks', {
    body: { url: receiver.url, kinds: ['guest.checked_in', 'report.accepted'] },
  });
  expect(made.secret).toMatch(/^[\w-]{43}$/);
  const listed = await (await manager.ask('/v1/webhooks')).text();
  expect(listed).not.toContain(made.secret);
  receiver.answer = (response) => void response.writeHead(503).end();
  const guestId = await guestOf(written('周五'));
  await vi.waitFor(async () => {
    const standing = await clerk.json<{ webhooks_failing: number }>('/v1/standing');
    expect(standing.webhooks_failing).toBe(1);
  }, WAIT);
  receiver.answer = null;
  await vi.waitFor(() => expect(receiver.taken.length).toBeGreaterThanOrEqual(2), WAIT);
  const told = receiver.taken.map(
    (body) => JSON.parse(body) as { kind: string; guest_id: string; event_id: string },
  );
  expect(told.filter(({ guest_id }) => guest_id === guestId).map(({ kind }) => kind)).toEqual([
    'guest.checked_in',
    'report.accepted',
  ]);
  expect(receiver.taken.join()).not.toContain('周五');
  const seen: string[] = [];
  for (let after = '0'; ; ) {
    const page = await clerk.json<{ items: { event_id: string; guest_id: string }[]; after: string }>(
      `/v1/events?after=${after}&limit=3`,
    );
    if (page.items.length === 0) break;
    seen.push(...page.items.map(({ event_id }) => event_id));
    ({ after } = page);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual([...seen].sort());
  for (const { event_id } of told) expect(seen).toContain(event_id);
  const refused = await manager.ask('/v1/webhooks', { body: { url: 'https://169.254.169.254/' } });
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
    422,
    'desk.webhook_address',
  ]);
  await manager.json(`/v1/webhooks/${made.webhook_id}/remove`, { body: {} });
});
