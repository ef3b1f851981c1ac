/** PINs of holders: whom is asked, what is counted, and how long the next attempt waits. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { expect, onTestFinished, test } from 'vitest';
import type { PinAnswer, PinHash } from '../../../../gateway/desk/desk-core.ts';
import { Holder } from '../../../../hotel/holder/holder.ts';
import { Argon2Queue } from '../../../../hotel/people/argon2.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const SECRET = Buffer.alloc(32, 3);
const LIMITS = { pin_attempts: 5, pin_delay_max_ms: 900_000 };
const RIGHT = '482913';
const WRONG = '482914';

interface World {
  holder: Holder;
  nowMs: number;
  /** What the platform says; null: it says whether the PIN is right. */
  live: PinAnswer['said'] | null;
  list: PinHash;
  asked: number;
  readonly folder: string;
  /** The thread ends, and another follows. */
  restart(): Promise<void>;
  said(pin: string, credential?: string, desk?: string): Promise<PinAnswer['said']>;
  waitMs(credential?: string, desk?: string): Promise<number>;
}

/** How a string begins that was made in the profile under test (docs/platform.md, PINs). */
const FORM = TEST_PROFILE === 'sm' ? '$hmac-sm3-argon2id$' : '$argon2id$';

/** As the platform makes what it signs: under the secret, which is the key of Argon2id or of HMAC-SM3 before it. */
async function hashOf(pin: string, secret: Buffer): Promise<string> {
  const cost = { algorithm: 2, memoryCost: 1_024, timeCost: 1, parallelism: 1 };
  if (TEST_PROFILE === 'international') return hash(pin, { ...cost, secret });
  const input = createHmac('sm3', secret).update(pin).digest('hex');
  return (await hash(input, cost)).replace('$argon2id$', FORM);
}

async function worldOf(secret: Buffer | null = SECRET): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-holder-'));
  const check = (pin: string, credential = 'card-1', desk = 'front-1') =>
    world.holder.check({ ref: 'r', credential, desk, pin });
  const open = () =>
    Holder.open({
      core: {
        async pin(_, pin) {
          world.asked += 1;
          return { kind: 'pin', said: world.live ?? (pin === RIGHT ? 'yes' : 'no'), retryAfterMs: 0 };
        },
        pinHash: async () => world.list,
      },
      ...{
        folder,
        secret,
        crypto: TEST_CRYPTO,
        argon2: new Argon2Queue(),
        limits: LIMITS,
        now: () => world.nowMs,
      },
    });
  const world: World = {
    ...{ nowMs: 1_000_000, live: null, list: { kind: 'unknown' }, asked: 0, folder },
    holder: undefined as unknown as Holder,
    async restart() {
      await world.holder.close();
      world.holder = await open();
    },
    said: async (pin, credential, desk) => (await check(pin, credential, desk)).said,
    waitMs: async (credential, desk) => (await check(WRONG, credential, desk)).retryAfterMs,
  };
  world.holder = await open();
  onTestFinished(async () => {
    await world.holder.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return world;
}

test('five wrong ones are free, then each doubles the wait up to the longest, and none is refused for good', async () => {
  const world = await worldOf();
  for (let tries = 0; tries < 5; tries += 1) expect(await world.said(WRONG)).toBe('no');
  const waits: number[] = [];
  for (let tries = 0; tries < 12; tries += 1) {
    const { said, retryAfterMs } = await world.holder.check({
      ...{ ref: 'r', credential: 'card-1', desk: 'front-1', pin: RIGHT },
    });
    expect(said).toBe('later');
    waits.push(retryAfterMs / 1_000);
    world.nowMs += retryAfterMs;
    expect(await world.said(WRONG)).toBe('no');
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  // While it waits nobody is asked: the platform's own counts are not used up.
  expect(world.asked).toBe(17);
  world.nowMs += 900_000;
  expect(await world.said(RIGHT)).toBe('yes');
  expect(await world.said(WRONG)).toBe('no');
});

test('a card is bounded at all desks together, and a desk for all cards together', async () => {
  const world = await worldOf();
  for (const desk of ['a', 'b', 'c', 'd', 'e']) expect(await world.said(WRONG, 'card-1', desk)).toBe('no');
  expect(await world.said(RIGHT, 'card-1', 'f')).toBe('later');
  expect(await world.said(RIGHT, 'card-2', 'f')).toBe('yes');
  for (const card of ['1', '2', '3', '4', '5']) expect(await world.said(WRONG, card, 'g')).toBe('no');
  expect(await world.said(RIGHT, '6', 'g')).toBe('later');
  expect(await world.said(RIGHT, '6', 'h')).toBe('yes');
});

test('one’s own right PIN in between does not let a desk try others for ever', async () => {
  const world = await worldOf();
  let tried = 0;
  for (let round = 0; round < 40; round += 1) {
    if ((await world.said(WRONG, `stolen-${round}`)) === 'no') tried += 1;
    if (round % 4 === 3) await world.said(RIGHT, 'own');
  }
  expect(tried).toBeLessThan(30);
});

test('attempts at once are all counted', async () => {
  const world = await worldOf();
  const all = await Promise.all(Array.from({ length: 20 }, () => world.said(WRONG)));
  expect(all.filter((said) => said === 'no')).toHaveLength(5);
});

test('counts survive the end of the thread; what nobody could judge is not counted', async () => {
  const world = await worldOf();
  for (let tries = 0; tries < 4; tries += 1) await world.said(WRONG);
  world.live = 'unknown';
  for (let tries = 0; tries < 6; tries += 1) expect(await world.said(WRONG)).toBe('unknown');
  world.live = null;
  await world.restart();
  expect(await world.said(WRONG)).toBe('no');
  await world.restart();
  expect(await world.waitMs()).toBe(1_000);
});

test('without the platform the signed list says, under the secret alone', async () => {
  const world = await worldOf();
  world.live = 'unknown';
  world.list = { kind: 'hash', hash: await hashOf(RIGHT, SECRET), ageMs: 1 };
  expect([await world.said(RIGHT), await world.said(WRONG)]).toEqual(['yes', 'no']);
  world.list = { kind: 'hash', hash: await hashOf(RIGHT, Buffer.alloc(32, 4)), ageMs: 1 };
  expect(await world.said(RIGHT)).toBe('no');
  world.list = { kind: 'none_set', ageMs: 1 };
  expect(await world.said(RIGHT)).toBe('none_set');
  // More than this process can bear, or no hash at all: nobody can say.
  for (const text of [`${FORM}v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$AAAA`, 'x', '']) {
    world.list = { kind: 'hash', hash: text, ageMs: 1 };
    expect(await world.said(RIGHT)).toBe('unknown');
  }
});

test('without a secret PINs are checked by the platform alone', async () => {
  const world = await worldOf(null);
  world.list = { kind: 'hash', hash: await hashOf(RIGHT, SECRET), ageMs: 1 };
  world.live = 'unknown';
  expect(await world.said(RIGHT)).toBe('unknown');
});

test('neither PIN nor card is in what is kept', async () => {
  const world = await worldOf();
  await world.said(WRONG, 'c4rd-pseudonym');
  const kept = readdirSync(world.folder).map((name) => readFileSync(join(world.folder, name), 'utf8'));
  expect(kept.join('')).toContain('desk front-1 1');
  for (const needle of [WRONG, 'c4rd']) expect(kept.join('')).not.toContain(needle);
});
