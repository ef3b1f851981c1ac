/** A desk's thread in a composed gateway: it asks over messages, and whatever becomes of it, gates are answered. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cardPerson } from '../../platform/cards/person.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type DeskCoreWorld, startDeskCore } from './desk-core.rig.ts';
import { codesOf, startTapping } from './tapping.rig.ts';

let world: DeskCoreWorld;
beforeAll(async () => {
  world = await startDeskCore({ settings: { platform: { poll_ms: 200 } }, city: { holderOnChips: 2 } });
});
afterAll(() => world?.desk.stop());

const standsIn = (mode: string) =>
  vi.waitFor(async () => expect((await world.core.standing()).mode).toBe(mode), 10_000);
const cardsOf = (alg: 'rsa' | 'sm2') => goodCards(world.desk.composed.city, alg);

test('a card is judged for a desk as for any device, and its numbers stay on the gateway’s side', async () => {
  const [card = -1] = cardsOf('sm2');
  const { decision, shown } = await world.shown(card);
  expect(decision).toMatchObject({ outcome: 'allow', scene: '11/desk', family: 'chip-oda' });
  expect(shown).toMatchObject({ holderBound: true, status: { state: 'good', source: 'live' } });
  expect(JSON.stringify({ decision, shown })).not.toContain(world.desk.composed.city.identity(card).pan);
  const elsewhere = { desk: 'front-9', scene: '11/desk', presentation: { family: 'chip-oda' } };
  expect(
    await world.core.verify({
      ...elsewhere,
      presentation: { ...elsewhere.presentation, credential: {}, context: {} },
    }),
  ).toMatchObject({ kind: 'refusal', code: 'tap.scene_not_allowed' });
});

test('the thread dies and comes back at its address while gates tap on', async () => {
  const { composed } = world.desk;
  const tapping = await startTapping(composed);
  await tapping.more(20);
  await world.core.die();
  await tapping.more(50);
  await vi.waitFor(async () => expect((await world.core.standing()).mode).toBe('live'), 10_000);
  const [card = -1] = cardsOf('rsa');
  expect((await world.shown(card)).decision.outcome).toBe('allow');
  const answers = await tapping.stop();
  expect(codesOf(answers)).toEqual({ 'allow.good': answers.length });
  const faults = composed.logLines.filter(({ msg }) => msg === 'a fault at the hotel desk');
  expect(faults.length).toBeGreaterThan(0);
});

test('what was accepted offline would be refused when the card turns out to be lost; what was good stays so', async () => {
  const { platform } = world.desk.composed;
  const [lost = -1, good = -1] = cardsOf('rsa').slice(1);
  platform.setFault({ fault: 'down' });
  await standsIn('lists');
  const decided = [await world.tap(lost), await world.tap(good)].map((each) =>
    each.kind === 'decision' ? each : expect.unreachable(each.code),
  );
  expect(decided.map(({ outcome, mode }) => [outcome, mode])).toEqual([
    ['allow', 'lists'],
    ['allow', 'lists'],
  ]);
  const again = () => Promise.all(decided.map(({ decisionId }) => world.core.judgeAgain(decisionId)));
  const asThen = { outcome: 'allow', code: 'allow.good' };
  expect(await again()).toEqual([asThen, asThen]);
  await platform.publish({ cards: [{ index: lost, state: 'lost' }] });
  platform.setFault(null);
  await standsIn('live');
  await vi.waitFor(
    async () => expect(await again()).toEqual([{ outcome: 'deny', code: 'deny.status_lost' }, asThen]),
    10_000,
  );
  expect((await world.core.modes()).slice(-2)).toEqual(['lists', 'live']);
});

test('what the platform itself answered, and what is not of this hotel, is not judged again', async () => {
  const [card = -1] = cardsOf('rsa').slice(3);
  const { decision } = await world.shown(card);
  expect(await world.core.judgeAgain(decision.decisionId)).toBeNull();
  const epoch = decision.decisionId.slice(0, decision.decisionId.lastIndexOf(':'));
  // The first that was decided: a gate's.
  expect(await world.core.judgeAgain(`${epoch}:2`)).toBeNull();
  expect(await world.core.judgeAgain('nothing')).toBeNull();
});

test('what the issuer signed on the chip of its holder is told to the desk, each time; what a reader adds is not', async () => {
  const { city } = world.desk.composed;
  const [says = -1] = cardsOf('sm2').slice(1);
  const { nativeName, givenName, familyName, documentNumber } = cardPerson(city.seed, says);
  const full_name = nativeName ?? `${givenName} ${familyName}`;
  const number = { [nativeName === null ? 'document_number' : 'national_id']: documentNumber };
  // The second time the thread knows the card.
  for (const _ of [1, 2]) {
    expect((await world.shown(says)).decision.disclosed).toEqual({ full_name, ...number });
  }
  const [silent = -1] = cardsOf('rsa');
  const { family, credential, context } = chipTapOf(city, silent).json;
  const tags = { ...(credential['tags'] as object), '5F20': Buffer.from('WANG/MIN').toString('hex') };
  const presentation = { family, credential: { ...credential, tags }, context };
  const answer = await world.core.verify({ desk: 'front-1', scene: '11/desk', presentation });
  expect(answer).toMatchObject({ kind: 'decision', outcome: 'allow', disclosed: null });
});
