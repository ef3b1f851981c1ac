/** What a clerk is told of a presentation: evidence, words, and the next step. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Verification } from '../../hotel/verification/verification.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
let cards: number[];
beforeAll(async () => {
  desk = await startDesk({ hotel: { desks: ['front-1'] } });
  clerk = await signIn(desk, 'clerk');
  cards = goodCards(desk.composed.city, 'sm2');
});
afterAll(() => desk?.stop());

const verify = (body: object, headers = {}) =>
  clerk.json<Verification>('/v1/verifications', { body, headers });
const chip = (card = cards.shift() ?? 0) => chipTapOf(desk.composed.city, card).json;

test('a good card is evidence in four fields, and what is needed is named', async () => {
  const said = await verify({ scene: '11/desk', ...chip() });
  expect(said).toMatchObject({
    ...{ outcome: 'allow', code: 'allow.good', needs: ['full_name', 'document_number'] },
    evidence: { document: 'proven', holder: 'device', claims: 'declared' },
    words: { zh: '核验通过', en: 'Verified' },
    next_step: { step: 'complete' },
  });
  expect(said.verification_id).toMatch(/^[0-9a-f]{32}$/);
});

test('the same code twice within a second is one answer; later it is replayed, and the clerk is told what to do', async () => {
  const shown = { scene: '11/desk', ...chip() };
  const [first, second] = await Promise.all([verify(shown), verify(shown)]);
  expect(second).toEqual(first);
  expect(first.outcome).toBe('allow');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await verify(shown)).toMatchObject({
    ...{ outcome: 'deny', code: 'deny.replayed', claims: null, evidence: null },
    next_step: { step: 'open_fresh' },
  });
});

test('signed claims of a phone document are compared with what the guest said, and numbers are masked', async () => {
  const line = presentationLine('mdoc', {
    ...{
      city: desk.composed.city,
      index: 3,
      atMs: Date.now(),
      mode: 'dda',
      chip: 0,
      nonce: null,
      fault: null,
    },
  });
  const { family, credential, context } = line;
  const declared = { full_name: 'Somebody Else' };
  const said = await verify({ scene: '11/guest', family, credential, context, declared });
  expect(said).toMatchObject({
    ...{ outcome: 'refer', code: 'desk.name_differs', match: { name: 'no', source: 'signed' } },
    evidence: { document: 'proven', claims: 'signed' },
    next_step: { step: 'name_differs' },
  });
  const name = said.claims?.full_name ?? '';
  const added = await clerk.json<Verification>(`/v1/verifications/${said.verification_id}/add`, {
    body: { declared: { full_name: name.toUpperCase() } },
  });
  expect(added).toMatchObject({
    verification_id: said.verification_id,
    outcome: 'allow',
    match: { name: 'yes' },
  });
  expect(added.claims?.document_number_masked).toContain('****');
});

test('a key is answered once: the same body as before, another body not at all', async () => {
  const headers = { 'Idempotency-Key': 'one-key' };
  const body = { scene: '11/desk', ...chip() };
  const first = await verify(body, headers);
  expect(await verify(body, headers)).toEqual(first);
  const other = await clerk.ask('/v1/verifications', { body: { ...body, scene: '11/guest' }, headers });
  expect([other.status, await other.json()]).toMatchObject([422, { code: 'desk.idempotency_key_reused' }]);
  const none = await clerk.ask('/v1/verifications', { body, headers: { 'Idempotency-Key': undefined } });
  expect(none.status).toBe(422);
});

test('what was not judged is said so, in words', async () => {
  expect(await verify({ family: 'scan', credential: { text: 'https://example.org/menu' } })).toMatchObject({
    ...{ outcome: 'none', verification_id: null, code: 'scan.unknown', next_step: { step: 'not_a_code' } },
  });
});

test('challenges are for a scene of this desk', async () => {
  expect(await clerk.json('/v1/challenges', { body: { bytes: 4 } })).toMatchObject({
    challenge: expect.stringMatching(/^[\w-]{6}$/),
  });
  const other = await clerk.ask('/v1/challenges', { body: { scene: '29/entry' } });
  expect([other.status, await other.json()]).toMatchObject([422, { errors: [{ pointer: '/scene' }] }]);
});

test('the hotel is described', async () => {
  expect(await clerk.json('/v1/hotel')).toMatchObject({ hotel_id: 'harbour', desks: ['front-1'] });
});
