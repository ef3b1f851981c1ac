/** Questions of a desk about the holder of a card: live, by what is signed for offline, and by nobody. */
import { createHmac } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MatchDigests } from '../../gateway/desk/desk-core.ts';
import { type CardPerson, cardPerson } from '../../platform/cards/person.ts';
import { cardPin } from '../../platform/cards/pin.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { MATCH_KEY, PIN_SECRET } from './desk.rig.ts';
import { type DeskCoreWorld, startDeskCore } from './desk-core.rig.ts';

let world: DeskCoreWorld;
let person: (card: number) => CardPerson;
/** Good cards whose holder has a Chinese name and a PIN; the first alone is on `reserved-guests`. */
let reserved: number;
let other: number;

beforeAll(async () => {
  world = await startDeskCore({ settings: { platform: { poll_ms: 200 } } });
  const { city, platform } = world.desk.composed;
  person = (card) => cardPerson(city.seed, card);
  const cards = goodCards(city, 'rsa').filter(
    (card) => person(card).nativeName !== null && cardPin(city.seed, card) !== null,
  );
  [reserved = -1, other = -1] = cards;
  await platform.publish({ named: { 'reserved-guests': [{ index: reserved }] } });
  await vi.waitFor(async () => {
    const { mode, lists } = await world.core.board();
    expect(mode).toBe('live');
    expect(lists.map(({ name }) => name)).toContain('reserved-guests');
  }, 10_000);
});
afterAll(() => world?.desk.stop());

const hashed = (text: string) => {
  const [hash, name] = TEST_PROFILE === 'sm' ? ['sm3', 'sm3:'] : ['sha256', ''];
  return name + createHmac(hash, Buffer.from(MATCH_KEY, 'hex')).update(text, 'utf8').digest('hex');
};
/** A Chinese name and a citizen number are in their normal form as they stand. */
function digestsOf({ nativeName, documentNumber }: CardPerson): MatchDigests {
  return { name: hashed(nativeName ?? ''), documentNumber: hashed(documentNumber) };
}

async function offline<Value>(during: () => Promise<Value>): Promise<Value> {
  const { platform } = world.desk.composed;
  const mode = async () => (await world.core.standing()).mode;
  platform.setFault({ fault: 'down' });
  await vi.waitFor(async () => expect(await mode()).not.toBe('live'), 10_000);
  try {
    return await during();
  } finally {
    platform.setFault(null);
    await vi.waitFor(async () => expect(await mode()).toBe('live'), 10_000);
  }
}

test('the platform says of a shown card whether its holder has that name and number', async () => {
  const { ref } = (await world.shown(other)).shown;
  const own = digestsOf(person(other));
  const { name, documentNumber } = digestsOf(person(reserved));
  expect(await world.core.match(ref, own)).toMatchObject({
    ...{ kind: 'match', name: 'yes', documentNumber: 'yes', source: 'live' },
  });
  expect(await world.core.match(ref, { name, documentNumber: null })).toMatchObject({
    ...{ name: 'no', documentNumber: 'unknown', source: 'live' },
  });
  expect(await world.core.match(ref, { name: own.name, documentNumber })).toMatchObject({
    ...{ name: 'yes', documentNumber: 'no', source: 'live' },
  });
  const { givenName, familyName } = person(other);
  const latin = [familyName, givenName].map((each) => each.toUpperCase()).sort();
  expect(await world.core.match(ref, { ...own, name: hashed(latin.join(' ')) })).toMatchObject({
    name: 'yes',
  });
  expect(await world.core.match('0'.repeat(32), own)).toMatchObject({ name: 'unknown', source: 'none' });
});

test('without the platform the signed list answers for reserved guests, and nobody for others', async () => {
  await offline(async () => {
    const [known, stranger] = [await world.shown(reserved), await world.shown(other)];
    const own = digestsOf(person(reserved));
    const wrong = digestsOf(person(other));
    const match = (ref: string, digests: MatchDigests) => world.core.match(ref, digests);
    const said = await match(known.shown.ref, own);
    expect(said).toMatchObject({ name: 'yes', documentNumber: 'yes', source: 'list' });
    expect(said.ageMs).toBeGreaterThan(0);
    expect(await match(known.shown.ref, wrong)).toMatchObject({
      name: 'no',
      documentNumber: 'no',
      source: 'list',
    });
    // Another's card, though the name and number are those of a reserved guest.
    expect(await match(stranger.shown.ref, own)).toMatchObject({
      ...{ name: 'unknown', documentNumber: 'unknown', source: 'none' },
    });
  });
});

test('a PIN is the platform’s to check; after five wrong ones even the right one has to wait', async () => {
  const { city } = world.desk.composed;
  const { ref } = (await world.shown(other)).shown;
  const pin = cardPin(city.seed, other) ?? '';
  const wrong = pin === '000000' ? '000001' : '000000';
  expect(await world.core.pin(ref, pin)).toEqual({ kind: 'pin', said: 'yes', retryAfterMs: 0 });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    expect((await world.core.pin(ref, wrong)).said).toBe('no');
  }
  const later = await world.core.pin(ref, pin);
  expect(later.said).toBe('later');
  expect(later.retryAfterMs).toBeGreaterThan(0);
  const none = goodCards(city, 'rsa').find((card) => cardPin(city.seed, card) === null) ?? -1;
  expect((await world.core.pin((await world.shown(none)).shown.ref, pin)).said).toBe('none_set');
  expect((await world.core.pin('0'.repeat(32), pin)).said).toBe('unknown');
});

test('without the platform a desk is given the signed hash of a reserved guest’s PIN, made with the secret', async () => {
  const pin = cardPin(world.desk.composed.city.seed, reserved) ?? '';
  await offline(async () => {
    const { ref } = (await world.shown(reserved)).shown;
    expect((await world.core.pin(ref, pin)).said).toBe('unknown');
    const known = await world.core.pinHash(ref);
    const secret = Buffer.from(PIN_SECRET, 'hex');
    const hash = known.kind === 'hash' ? known.hash : '';
    if (TEST_PROFILE === 'sm') {
      const input = createHmac('sm3', secret).update(pin).digest('hex');
      expect(await verify(hash.replace('$hmac-sm3-argon2id$', '$argon2id$'), input)).toBe(true);
    } else {
      expect(await verify(hash, pin, { secret })).toBe(true);
      expect(await verify(hash, pin)).toBe(false);
    }
    expect(await world.core.pinHash((await world.shown(other)).shown.ref)).toEqual({ kind: 'unknown' });
  });
});

test('the signed hashes are there after a start without the platform', async () => {
  const { composed } = world.desk;
  composed.platform.setFault({ fault: 'down' });
  await composed.stopGateway();
  await composed.start();
  const { ref } = (await world.shown(reserved)).shown;
  expect((await world.core.pinHash(ref)).kind).toBe('hash');
  composed.platform.setFault(null);
});
