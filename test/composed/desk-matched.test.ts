/** Name, number and PIN of a card's holder through the API: by the platform, and by what it signed while it is away. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Verification } from '../../hotel/verification/verification.ts';
import { type CardPerson, cardPerson } from '../../platform/cards/person.ts';
import { cardPin } from '../../platform/cards/pin.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedDesk, MATCH_KEY, PIN_SECRET, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
/** Good cards whose holders have a Chinese name and a PIN; the first alone has booked. */
let booked: number;
let other: number;
const person = (card: number): CardPerson => cardPerson(desk.composed.city.seed, card);
const pinOf = (card: number) => cardPin(desk.composed.city.seed, card) ?? '';

beforeAll(async () => {
  desk = await startDesk({
    settings: { platform: { poll_ms: 200 } },
    platform: { matchKey: Buffer.from(MATCH_KEY, 'hex'), pinSecret: Buffer.from(PIN_SECRET, 'hex') },
  });
  const { city, platform } = desk.composed;
  const cards = goodCards(city, 'rsa').filter(
    (card) => person(card).nativeName !== null && cardPin(city.seed, card) !== null,
  );
  [booked = -1, other = -1] = cards;
  clerk = await signIn(desk, 'clerk');
  await platform.publish({ named: { 'reserved-guests': [{ index: booked }] } });
  await modeIs('live');
  await vi.waitFor(async () => {
    const { lists } = await manager<{ lists: { name: string }[] }>('/v1/board');
    expect(lists.map(({ name }) => name)).toContain('reserved-guests');
  }, 15_000);
});
afterAll(() => desk?.stop());

const manager = async <Answer>(path: string) => (await signIn(desk, 'manager')).json<Answer>(path);
async function modeIs(mode: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await clerk.json<{ mode: string }>('/v1/standing')).mode).toBe(mode),
    15_000,
  );
}

function verify(card: number, over: object): Promise<Verification> {
  const body = { scene: '11/desk', ...chipTapOf(desk.composed.city, card).json, ...over };
  return clerk.json<Verification>('/v1/verifications', { body });
}
const said = (card: number) => ({
  full_name: person(card).nativeName,
  document_kind: 'id-card',
  document_number: person(card).documentNumber,
});

test('the platform matches what the guest says; a name of somebody else refers', async () => {
  expect(await verify(booked, { declared: said(booked) })).toMatchObject({
    outcome: 'allow',
    evidence: { claims: 'matched' },
    match: { name: 'yes', document_number: 'yes', source: 'live' },
  });
  expect(await verify(other, { declared: said(booked) })).toMatchObject({
    outcome: 'refer',
    match: { name: 'no', source: 'live' },
  });
});

test('a right PIN counts as the holder; a wrong one refers, and never denies', async () => {
  expect(await verify(booked, { declared: said(booked), pin: pinOf(booked) })).toMatchObject({
    outcome: 'allow',
    evidence: { holder: 'pin' },
    pin: { said: 'yes' },
  });
  const wrong = pinOf(booked) === '000000' ? '111111' : '000000';
  const refused = await verify(booked, { declared: said(booked), pin: wrong });
  expect(refused).toMatchObject({ outcome: 'refer', pin: { said: 'no' } });
  expect(JSON.stringify(desk.composed.logLines)).not.toContain(pinOf(booked));
});

test('without the platform those who have booked are matched by the signed list, and others by nobody', async () => {
  desk.composed.platform.setFault({ fault: 'down' });
  await modeIs('lists');
  const known = await verify(booked, { declared: said(booked), pin: pinOf(booked) });
  expect(known).toMatchObject({
    evidence: { claims: 'matched' },
    match: { name: 'yes', source: 'list' },
    pin: { said: 'yes' },
  });
  expect(await verify(other, { declared: said(other) })).toMatchObject({
    evidence: { claims: 'declared' },
    match: { name: 'unknown', source: 'none' },
  });
});
