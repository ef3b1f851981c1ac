/** Hostile and mistaken requests to the API of a hotel's desk, and its OpenAPI document. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StayView } from '../../hotel/stays/views.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { ADULT, checkIn, stayOf } from './desk-stays.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
let guestId: string;
beforeAll(async () => {
  desk = await startDesk();
  clerk = await signIn(desk, 'clerk');
  guestId = (await checkIn(clerk, [guest('周瑜')])).guests[0]?.guest_id ?? '';
});
afterAll(() => desk?.stop());

const guest = (full_name: unknown, over: object = {}) => ({
  declared: { full_name, document_kind: 'id-card', document_number: ADULT, ...over },
  person_compared: true,
});
const asked = async (path: string, body: unknown, headers = {}) => {
  const answer = await clerk.ask(path, { body, headers });
  return {
    status: answer.status,
    ...((await answer.json()) as { code: string; errors?: { pointer: string }[] }),
  };
};

describe('a check-in is refused, and the field is named, for', () => {
  const STAYS: [string, object, string][] = [
    ['a name of 10,000 characters', stayOf([guest('王'.repeat(10_000))]), '/guests/0/declared/full_name'],
    ['a direction override', stayOf([guest('Anna ‮htimS')]), '/guests/0/declared/full_name'],
    ['a zero-width blank', stayOf([guest('An​na')]), '/guests/0/declared/full_name'],
    ['look-alikes of two alphabets', stayOf([guest('Аnna Smith')]), '/guests/0/declared/full_name'],
    ['a control character', stayOf([guest('Anna\u0000')]), '/guests/0/declared/full_name'],
    ['half a character', stayOf([guest('Anna\ud800')]), '/guests/0/declared/full_name'],
    ['a blank name', stayOf([guest('   ')]), '/guests/0/declared/full_name'],
    ['a name that is a number', stayOf([guest(7)]), '/guests/0/declared/full_name'],
    [
      'a wrong check digit',
      stayOf([guest('王', { document_number: '110105194912310021' })]),
      '/guests/0/declared/document_number',
    ],
    [
      'a day that is none',
      stayOf([guest('王', { birth_date: '2026-02-30' })]),
      '/guests/0/declared/birth_date',
    ],
    [
      'a kind nobody knows',
      stayOf([guest('王', { document_kind: 'library-card' })]),
      '/guests/0/declared/document_kind',
    ],
    [
      'a household book of a grown-up',
      stayOf([guest('王', { document_kind: 'household-book' })]),
      '/guests/0/declared/document_kind',
    ],
    ['a departure before the arrival', stayOf([guest('王')], { departure: '2026-11-01' }), '/departure'],
    ['nobody', stayOf([]), '/guests'],
    ['65 guests', stayOf(Array.from({ length: 65 }, () => guest('王'))), '/guests'],
    ['somebody who showed and said nothing', stayOf([{}]), '/guests/0'],
  ];
  test.each(STAYS)('%s', async (_, body, pointer) => {
    const { status, code, errors } = await asked('/v1/stays', body);
    expect([status, code]).toEqual([422, 'desk.invalid']);
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test('a field that there is not, which is dropped nowhere in silence', async () => {
    const { status, code } = await asked('/v1/stays', { ...stayOf([guest('王')]), price: 1 });
    expect([status, code]).toEqual([422, 'desk.invalid']);
  });
});

test('script in a name is a name with signs in it: kept and answered as text', async () => {
  const full_name = '<script>alert(1)</script>';
  const answer = await clerk.ask('/v1/stays', { body: stayOf([guest(full_name)]) });
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(((await answer.json()) as StayView).guests[0]?.full_name).toBe(full_name);
});

test.each([
  ['steps upwards', '..%2f..%2fetc%2fpasswd', 422],
  ['a zero byte', '%00', 422],
  ['65 characters', 'a'.repeat(65), 422],
  ['4,000 characters', 'a'.repeat(4_000), 414],
  ['nobody', '0mx30-none', 404],
])('path tricks: %s', async (_, id, status) => {
  expect((await asked(`/v1/guests/${id}/reveal`, { reason: 'looking' })).status).toBe(status);
});

test('a body that is too large, no JSON, or of another type', async () => {
  const answers = await Promise.all([
    clerk.ask('/v1/stays', { body: { room: 'x'.repeat(1_100_000) } }),
    fetch(`${desk.url}/v1/stays`, rawPost('{"room":')),
    fetch(`${desk.url}/v1/stays`, rawPost('room=1', 'application/x-www-form-urlencoded')),
    fetch(`${desk.url}/v1/stays`, rawPost('{"__proto__":{"a":1}}')),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([413, 400, 415, 400]);
  for (const answer of answers) expect(answer.headers.get('content-type')).toContain('problem+json');
});

const rawPost = (body: string, type = 'application/json') => ({
  ...{ method: 'POST', body },
  headers: {
    ...{ cookie: clerk.cookie, 'X-CSRF-Token': clerk.csrf },
    ...{ 'Idempotency-Key': crypto.randomUUID(), 'Content-Type': type },
  },
});

test('nobody gets in without a session, and no change without its token', async () => {
  const none = await clerk.ask('/v1/guests', { headers: { cookie: undefined } });
  expect(none.status).toBe(401);
  const forged = await clerk.ask('/v1/stays', {
    body: stayOf([guest('王')]),
    headers: { 'X-CSRF-Token': 'a'.repeat(43) },
  });
  expect(forged.status).toBe(403);
  const reason = { reason: 'x' };
  const revealed = await clerk.ask(`/v1/guests/${guestId}/reveal`, {
    body: reason,
    headers: { 'X-CSRF-Token': undefined },
  });
  expect(revealed.status).toBe(403);
});

test('a hostile cursor leads nowhere', async () => {
  for (const after of ['~', '....', 'zzzz', 'A'.repeat(512)]) {
    const answer = await clerk.ask(`/v1/guests?after=${encodeURIComponent(after)}`);
    expect(answer.status).toBeLessThan(500);
  }
  expect((await clerk.ask('/v1/guests?after=%00')).status).toBe(422);
  expect((await clerk.ask('/v1/guests?limit=1000000')).status).toBe(422);
});

interface Operation {
  readonly summary?: string;
  readonly operationId?: string;
  readonly responses?: Readonly<Record<string, { readonly content?: object; readonly description?: string }>>;
  readonly requestBody?: unknown;
}

test('every route has an operationId of its own, a summary, and schemas for what it answers', async () => {
  const document = (await (await fetch(`${desk.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const wanting: string[] = [];
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId, summary, responses = {} }] of Object.entries(methods)) {
      const name = `${method} ${path}`;
      if (operationId === undefined) wanting.push(`${name}: operationId`);
      else if (ids.has(operationId)) wanting.push(`${name}: ${operationId} is twice`);
      else ids.add(operationId);
      if (summary === undefined) wanting.push(`${name}: summary`);
      const statuses = Object.keys(responses);
      if (!statuses.some((status) => /^[23]/.test(status))) wanting.push(`${name}: no answer that is good`);
      if (!statuses.some((status) => /^4/.test(status))) wanting.push(`${name}: no problem`);
    }
  }
  expect(wanting).toEqual([]);
  expect(ids.size).toBeGreaterThan(70);
  expect(ids).toContain('checkIn');
});
