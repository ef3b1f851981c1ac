/** Holder PINs against the reference platform: it says, and what it signed says where it cannot be asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Holder } from '../../hotel/holder/holder.ts';
import { Argon2Queue } from '../../hotel/people/argon2.ts';
import { cardPin } from '../../platform/cards/pin.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { PIN_SECRET } from './desk.rig.ts';
import { type DeskCoreWorld, startDeskCore } from './desk-core.rig.ts';

let world: DeskCoreWorld;
let holder: Holder;
let card: number;
let pin: string;
const folder = mkdtempSync(join(tmpdir(), 'onecard-pins-'));

beforeAll(async () => {
  world = await startDeskCore({ settings: { platform: { poll_ms: 200 } } });
  const { city } = world.desk.composed;
  card = goodCards(city, 'rsa').find((each) => cardPin(city.seed, each) !== null) ?? -1;
  pin = cardPin(city.seed, card) ?? '';
  holder = await Holder.open({
    ...{
      core: world.core,
      crypto: world.desk.composed.settings.crypto,
      folder,
      argon2: new Argon2Queue(),
      secret: Buffer.from(PIN_SECRET, 'hex'),
    },
    ...{ limits: { pin_attempts: 5, pin_delay_max_ms: 900_000 }, now: () => Date.now() },
  });
  // PINs are signed for guests who have reserved.
  await world.desk.composed.platform.publish({ named: { 'reserved-guests': [{ index: card }] } });
  await vi.waitFor(async () => {
    const { ref } = (await world.shown(card)).shown;
    expect((await world.core.pinHash(ref)).kind).toBe('hash');
  }, 10_000);
});
afterAll(async () => {
  await holder?.close();
  await world?.desk.stop();
  rmSync(folder, { recursive: true, force: true });
});

const wrong = () => `${pin.slice(0, -1)}${(Number(pin.at(-1)) + 1) % 10}`;
const said = async (typed: string) => {
  const { ref, credential } = (await world.shown(card)).shown;
  return (await holder.check({ ref, credential, desk: 'front-1', pin: typed })).said;
};

test('with the platform, and without it by the signed list', async () => {
  expect([await said(wrong()), await said(pin)]).toEqual(['no', 'yes']);
  const { platform } = world.desk.composed;
  platform.setFault({ fault: 'down' });
  await vi.waitFor(async () => expect((await world.core.standing()).mode).not.toBe('live'), 10_000);
  expect([await said(wrong()), await said(pin)]).toEqual(['no', 'yes']);
  expect(JSON.stringify(world.desk.composed.logLines)).not.toContain(pin);
});
