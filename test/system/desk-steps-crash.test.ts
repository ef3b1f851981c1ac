/**
 * kill -9 at every step of a check-in. Started again, the same request under the same key is answered: with the first answer where
 * it was kept, else by doing it; and each time there is one stay, whole, with its guests, reports and events.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StayView } from '../../hotel/stays/views.ts';
import type { Verification } from '../../hotel/verification/verification.ts';
import type { DeskSession } from '../composed/desk-session.rig.ts';
import { ADULT, stayOf } from '../composed/desk-stays.rig.ts';
import { allOf, type DeskProcess, startDeskProcess } from './desk-process.rig.ts';
import { BEFORE_IT_IS_KEPT, CHECK_IN_STEPS, type CheckInStep, WHEN_IT_IS_KEPT } from './desk-steps.rig.ts';
import { chipTapOf, goodCards } from './presentations.rig.ts';

const DYING_DESK = new URL('./dying-desk.rig.ts', import.meta.url).href;
/** Each is two starts of a process: in a quick run those on either side of what is kept. */
const QUICK: readonly CheckInStep[] = [
  'sealed',
  'in the commit queue',
  'being written',
  'written',
  'before the answer',
];
const STEPS = process.env['ONECARD_FULL'] === '1' ? CHECK_IN_STEPS : QUICK;
const folder = mkdtempSync(join(tmpdir(), 'onecard-dying-desk-'));
const deathFile = join(folder, 'dies-at');
let desk: DeskProcess;
beforeAll(async () => {
  desk = await startDeskProcess({
    NODE_OPTIONS: `--import ${DYING_DESK}`,
    ONECARD_TEST_DIES_FILE: deathFile,
  });
}, 60_000);
afterAll(async () => {
  await desk?.gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Told {
  readonly event_id: string;
  readonly kind: string;
  readonly stay_id: string | null;
  readonly guest_id: string | null;
}

async function verified(session: DeskSession): Promise<string> {
  const { city } = desk.gateway;
  const [card = 0] = goodCards(city, 'rsa');
  const body = { scene: '11/desk', ...chipTapOf(city, card).json };
  const { verification_id } = await session.json<Verification>('/v1/verifications', { body });
  if (verification_id === null) throw new Error('the card was not judged');
  return verification_id;
}

const declared = (full_name: string) => ({
  full_name,
  document_kind: 'id-card',
  document_number: ADULT,
});

/** A party: one with a verification, one with what is written down. Each departs on another day, sealed under another key. */
const party = (step: CheckInStep, verification_id: string) =>
  stayOf(
    [
      { verification_id, declared: declared('周瑜') },
      { declared: declared('小乔'), person_compared: true },
    ],
    { room: step, departure: `2026-12-${10 + CHECK_IN_STEPS.indexOf(step)}` },
  );

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(session: DeskSession, step: CheckInStep, body: object): Promise<Answer> {
  const headers = { 'Idempotency-Key': `check-in-${CHECK_IN_STEPS.indexOf(step)}` };
  const answer = await session.ask('/v1/stays', { body, headers });
  return { status: answer.status, text: await answer.text() };
}

/** Null: no answer came. */
async function dies(session: DeskSession, step: CheckInStep, body: object): Promise<Answer | null> {
  const { gateway } = desk;
  writeFileSync(deathFile, step);
  const answer = await send(session, step, body).catch(() => null);
  if (step === 'answered') await gateway.kill('SIGKILL');
  else await expect.poll(() => gateway.running, { timeout: 10_000, interval: 5 }).toBe(false);
  rmSync(deathFile);
  await gateway.restart();
  return answer;
}

async function staysOf(session: DeskSession, step: CheckInStep): Promise<StayView[]> {
  return (await allOf<StayView>(session, '/v1/stays', 'stays')).filter(({ room }) => room === step);
}

test('nothing is lost, nothing is doubled, and it is whole', { timeout: 240_000 }, async () => {
  let session = await desk.manager();
  const kept: string[] = [];
  for (const step of STEPS) {
    const body = party(step, await verified(session));
    const first = await dies(session, step, body);
    expect(first === null, step).toBe(step !== 'answered');
    session = await desk.manager();
    const there = await staysOf(session, step);
    if (BEFORE_IT_IS_KEPT.some((each) => each === step)) expect(there, step).toEqual([]);
    if (WHEN_IT_IS_KEPT.some((each) => each === step)) expect(there.length, step).toBe(1);
    let same = body;
    let answer = await send(session, step, body);
    if (there.length === 0) {
      // The showing ended with the process, and nothing was made of it: the guest shows the card again.
      expect([answer.status, JSON.parse(answer.text).code], step).toEqual([409, 'desk.verification_unknown']);
      same = party(step, await verified(session));
      answer = await send(session, step, same);
    }
    expect(answer.status, `${step}: ${answer.text}`).toBe(201);
    expect(await send(session, step, same), step).toEqual(answer);
    if (first !== null) expect(answer, step).toEqual(first);
    const [stay, ...others] = await staysOf(session, step);
    expect(others, step).toEqual([]);
    expect(stay, step).toEqual(JSON.parse(answer.text));
    expect(
      stay?.guests.map(({ full_name }) => full_name),
      step,
    ).toEqual(['周瑜', '小乔']);
    kept.push(stay?.stay_id ?? '');
  }
  const stays = await allOf<StayView>(session, '/v1/stays', 'stays');
  expect(stays.map(({ stay_id }) => stay_id).sort()).toEqual(kept.sort());
  const guests = stays.flatMap((stay) => stay.guests);
  const reports = await allOf<{ guest_id: string }>(session, '/v1/reports', 'items');
  const reported = guests.filter(({ state }) => state !== 'referred').map(({ guest_id }) => guest_id);
  expect(reports.map(({ guest_id }) => guest_id).sort()).toEqual(reported.sort());
  const events = await allOf<Told>(session, '/v1/events', 'items');
  const numbers = events.map(({ event_id }) => Number(event_id));
  expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
  const told = events.filter(({ kind }) => kind === 'stay.checked_in').map(({ stay_id }) => stay_id);
  expect(told.sort()).toEqual(kept);
  const toldOf = events.flatMap(({ guest_id }) => guest_id ?? []).sort();
  expect(toldOf).toEqual(guests.map(({ guest_id }) => guest_id).sort());
});
