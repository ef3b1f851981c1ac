/** Check-in, and what can become of guests, in a composed gateway. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuestView, StayView } from '../../hotel/stays/views.ts';
import type { Verification } from '../../hotel/verification/verification.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { ADULT, checkIn, MINOR, stayOf, verifyChip, verifyPhone } from './desk-stays.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
let other: DeskSession;
let cards: number[];
beforeAll(async () => {
  desk = await startDesk();
  clerk = await signIn(desk, 'clerk');
  other = await signIn(desk, 'clerk');
  cards = goodCards(desk.composed.city, 'sm2');
});
afterAll(() => desk?.stop());

const nextCard = () => cards.shift() ?? 0;
const declared = (full_name: string, document_number = ADULT) => ({
  full_name,
  document_kind: 'id-card',
  document_number,
});
const written = (full_name: string, document_number = ADULT) => ({
  ...{ declared: declared(full_name, document_number), person_compared: true },
});
const guestOf = (stay: StayView): GuestView => {
  const [guest] = stay.guests;
  if (guest === undefined) throw new Error('there is no guest');
  return guest;
};
const post = (path: string, body: object = {}, by = clerk) => by.ask(path, { body });
const problem = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

test('a family: one by card, one by phone, and a minor who is held until somebody answers for him', async () => {
  const card = await verifyChip(desk, clerk, nextCard());
  const phone = await verifyPhone(desk, clerk, 3);
  const stay = await checkIn(clerk, [
    { verification_id: card.verification_id, declared: { full_name: '王小明', document_number: ADULT } },
    { verification_id: phone.verification_id },
    written('王晓', MINOR),
  ]);
  const [first, second, minor] = stay.guests;
  // The phone did not say a nationality.
  expect(second).toMatchObject({
    ...{ state: 'held', needs: ['nationality'], evidence: { document: 'proven', claims: 'signed' } },
  });
  const fields = { nationality: 'CHN' };
  const told = await clerk.json<GuestView>(`/v1/guests/${second?.guest_id}/complete`, { body: { fields } });
  expect(told).toMatchObject({ state: 'in_house', nationality: 'CHN' });
  expect((await post(`/v1/guests/${second?.guest_id}/complete`, { fields })).status).toBe(422);
  expect(first?.document_number_masked).toBe('110***********002X');
  expect(minor).toMatchObject({ state: 'held', needs: ['guardian_contact', 'relationship'] });
  const guardian = { contact: '+86 23 0000 0000', relationship: '父亲' };
  const done = await clerk.json<GuestView>(`/v1/guests/${minor?.guest_id}/complete`, { body: { guardian } });
  expect(done).toMatchObject({ state: 'in_house', needs: [], guardian_given: true });
  const here = await clerk.json<{ guests: GuestView[] }>('/v1/guests');
  expect(here.guests.map(({ guest_id }) => guest_id)).toEqual(
    expect.arrayContaining(stay.guests.map(({ guest_id }) => guest_id)),
  );
});

test('a verification checks one guest in, once, by whoever made it', async () => {
  const { verification_id } = await verifyPhone(desk, clerk, 5);
  expect(await problem(await post('/v1/stays', stayOf([{ verification_id }]), other))).toEqual([
    ...[409, 'desk.verification_unknown'],
  ]);
  const twice = await post('/v1/stays', stayOf([{ verification_id }, { verification_id }]));
  expect(twice.status).toBe(422);
  const both = await Promise.all([1, 2].map(() => post('/v1/stays', stayOf([{ verification_id }]))));
  expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
});

test('the same key and body is the same stay; another body is refused', async () => {
  const headers = { 'Idempotency-Key': 'stay-1' };
  const body = stayOf([written('陈静')]);
  const first = await clerk.ask('/v1/stays', { body, headers });
  const again = await clerk.ask('/v1/stays', { body, headers });
  expect([again.status, await again.text()]).toEqual([201, await first.text()]);
  const changed = await clerk.ask('/v1/stays', { body: { ...body, room: '9' }, headers });
  expect(await problem(changed)).toEqual([422, 'desk.idempotency_key_reused']);
});

test('whose name differs is referred; a clerk decides with a reason, once', async () => {
  const phone = await verifyPhone(desk, clerk, 7);
  const stay = await checkIn(clerk, [
    { verification_id: phone.verification_id, declared: { full_name: 'Somebody Else' } },
  ]);
  const guest = guestOf(stay);
  expect(guest).toMatchObject({ state: 'referred', decision: { code: 'desk.name_differs' } });
  const referred = await clerk.json<{ guests: GuestView[] }>('/v1/referred');
  expect(referred.guests.map(({ guest_id }) => guest_id)).toContain(guest.guest_id);
  const path = `/v1/guests/${guest.guest_id}/decide`;
  const decision = { outcome: 'accept', reason: 'maiden name, seen in the passport' };
  const accepted = await clerk.json<GuestView>(path, { body: decision });
  expect(accepted).toMatchObject({ state: 'held', needs: ['nationality'], evidence: { holder: 'person' } });
  expect(await problem(await post(path, decision, other))).toEqual([409, 'desk.not_now']);
});

test('whom the gateway denied is not checked in, and the clerk is told why', async () => {
  const { family, credential, context } = presentationLine('mdoc', {
    ...{
      city: desk.composed.city,
      index: 11,
      atMs: Date.now(),
      mode: 'dda',
      chip: 0,
      nonce: null,
      fault: null,
    },
  });
  const shown = { scene: '11/desk', family, credential, context };
  const denied = await clerk.json<Verification>('/v1/verifications', { body: shown });
  expect(denied).toMatchObject({
    ...{ outcome: 'deny', code: 'deny.family_not_accepted', next_step: { step: 'other_scene' } },
  });
  const body = stayOf([{ verification_id: denied.verification_id, declared: declared('李雷') }]);
  expect(await problem(await post('/v1/stays', body))).toEqual([409, 'desk.denied']);
});

test('a card whose holder has no name in it wants one, by field', async () => {
  const { verification_id } = await verifyChip(desk, clerk, nextCard());
  const answer = await post('/v1/stays', stayOf([{ verification_id }]));
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { code: 'desk.invalid', errors: [{ pointer: '/guests/0/declared/full_name' }] },
  ]);
  // It was not used by that.
  await checkIn(clerk, [{ verification_id, declared: declared('韩梅梅') }]);
});

test('a correction keeps what was there; a number is shown to whoever says why', async () => {
  const { guest_id } = guestOf(await checkIn(clerk, [written('张微')]));
  const body = { fields: { full_name: '张薇' }, reason: 'misheard' };
  const corrected = await clerk.json<GuestView>(`/v1/guests/${guest_id}/correct`, { body });
  expect(corrected).toMatchObject({
    full_name: '张薇',
    corrections: [{ by: clerk.account, reason: 'misheard', fields: ['full_name'] }],
  });
  const revealed = await clerk.json(`/v1/guests/${guest_id}/reveal`, {
    body: { reason: 'asked by the guest' },
  });
  expect(revealed).toMatchObject({ document_number: ADULT, full_name: '张薇' });
  expect((await post(`/v1/guests/${guest_id}/reveal`)).status).toBe(422);
  const confirm = (given: object) => clerk.json(`/v1/guests/${guest_id}/confirm`, { body: given });
  expect(await confirm({ birth_date: '1949-12-31' })).toEqual({ confirmed: true });
  expect(await confirm({ last_digits: '002x' })).toEqual({ confirmed: true });
  expect(await confirm({ birth_date: '1949-12-31', last_digits: '0000' })).toEqual({ confirmed: false });
});

test('guests are found by number, by name with birth date, by credential, and by a part of a name while here', async () => {
  const number = '500101199003070017';
  const digits = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = digits.reduce((total, weight, i) => total + weight * Number(number[i]), 0);
  const own = `${number.slice(0, 17)}${'10X98765432'[sum % 11]}`;
  const phone = await verifyPhone(desk, clerk, 9);
  const stay = await checkIn(clerk, [written('诸葛 孔明', own), { verification_id: phone.verification_id }]);
  const [guest, shown] = stay.guests;
  const search = async (body: object) =>
    (await clerk.json<{ guests: GuestView[] }>('/v1/guests/search', { body })).guests.map(
      ({ guest_id }) => guest_id,
    );
  expect(await search({ document_number: own.toLowerCase().replace(/^(.{6})/, '$1 ') })).toEqual([
    guest?.guest_id,
  ]);
  expect(await search({ full_name: '诸葛孔明', birth_date: '1990-03-07' })).toEqual([guest?.guest_id]);
  expect(await search({ name_part: '孔明' })).toEqual([guest?.guest_id]);
  expect(await search({ name_part: '司马' })).toEqual([]);
  const again = await verifyPhone(desk, clerk, 9, 'again');
  expect(await search({ verification_id: again.verification_id })).toEqual([shown?.guest_id]);
  expect((await post('/v1/guests/search', { full_name: '诸葛孔明' })).status).toBe(422);
});

test('the last guest who leaves ends the stay; one who never left blocks nobody', async () => {
  const stay = await checkIn(clerk, [written('赵云'), written('马超')]);
  const [one, two] = stay.guests.map(({ guest_id }) => guest_id);
  await clerk.json(`/v1/guests/${one}/check-out`, { body: {} });
  expect(await clerk.json(`/v1/stays/${stay.stay_id}`)).toMatchObject({ state: 'in_house' });
  expect(guestOf(await checkIn(clerk, [written('马超')])).state).toBe('in_house');
  await clerk.json(`/v1/guests/${two}/check-out`, { body: {} });
  expect(await clerk.json(`/v1/stays/${stay.stay_id}`)).toMatchObject({ state: 'departed' });
  expect(await problem(await post(`/v1/stays/${stay.stay_id}/check-out`))).toEqual([409, 'desk.not_now']);
  const taken = await clerk.json(`/v1/stays/${stay.stay_id}/revert`, { body: { reason: 'wrong room' } });
  expect(taken).toMatchObject({ state: 'reverted', guests: [{ state: 'reverted' }, { state: 'reverted' }] });
});

test('two clerks who act on one guest at once: one does it, the other is told, and nothing is doubled', async () => {
  const stay = await checkIn(clerk, [written('关羽')]);
  const path = `/v1/stays/${stay.stay_id}/check-out`;
  const answers = await Promise.all([post(path), post(path, {}, other)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const after = await clerk.json<StayView>(`/v1/stays/${stay.stay_id}`);
  expect(after).toMatchObject({ state: 'departed', guests: [{ state: 'checked_out' }] });
});

test('lists are read page by page, and each row once', async () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const query: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
    const page: { guests: GuestView[]; after: string | null } = await clerk.json(
      `/v1/guests?limit=2${query}`,
    );
    expect(page.guests.length).toBeLessThanOrEqual(2);
    seen.push(...page.guests.map(({ guest_id }) => guest_id));
    after = page.after;
  } while (after !== null);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThan(5);
});

test('what happened is told in events, in order, with ids alone', async () => {
  const stay = await checkIn(clerk, [written('貂蝉')]);
  const { items: events } = await clerk.json<{ items: Record<string, unknown>[] }>('/v1/events?limit=100');
  const own = events.filter(({ stay_id }) => stay_id === stay.stay_id).map(({ kind }) => kind);
  expect(own).toEqual(['stay.checked_in', 'guest.checked_in']);
  expect(JSON.stringify(events)).not.toContain('貂蝉');
});

test('nothing personal is in the log', () => {
  const lines = JSON.stringify(desk.composed.logLines);
  for (const value of [ADULT, MINOR, '王小明', '诸葛']) expect(lines).not.toContain(value);
});
