/** Fleets: what is made here is what the reference platform issues, and it is the same each time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exportTaps } from '../../bench/fleet/export.ts';
import { openFleet } from '../../bench/fleet/fleet.ts';
import { RIDE_CODE_VALIDITY_S } from '../../bench/fleet/make-cards.ts';
import { BatchSigner, scalarOf } from '../../bench/fleet/sm2-batch.ts';
import { TapMaker } from '../../bench/fleet/tap-maker.ts';
import { rightCode, type TapPlan, TapPlanner } from '../../bench/fleet/tap-plan.ts';
import { lastDayMs } from '../../platform/calendar.ts';
import { createCity } from '../../platform/city.ts';
import { personaliseSm2 } from '../../platform/issue/chip-sm2.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';
import { sm2KeyOf } from '../../platform/sm2.ts';

const SEED = 'fleet test';
const CARDS = 40;
const SIGNATURE_BYTES = 64;
const folder = mkdtempSync(join(tmpdir(), 'onecard-fleet-'));
afterAll(() => rmSync(folder, { recursive: true }));

const plan: TapPlan = {
  ...{
    seed: SEED,
    cards: CARDS,
    rides: 0.5,
    forged: 0,
    cut: 0,
    replayed: 0,
    back: 0,
    cold: false,
    form: 'json',
  },
};
const options = { seed: SEED, cards: CARDS, chips: 'sm2' } as const;
const fleet = await openFleet(options, () => {}, folder);
const city = createCity(fleet.city);
const maker = new TapMaker(city, new Uint8Array(fleet.records), new BatchSigner(SEED, 64));
const spec = { use: 3, fault: 'none', signs: 7 } as const;
const NOW_S = 1_800_000_000;

const tapOf = (kind: 'ride' | 'chip', card: number) =>
  JSON.parse(Buffer.from(maker.bytes(plan, { ...spec, kind, card }, 7, NOW_S)).toString());

describe('what a fleet shows is what the platform would issue to the same keys, but for the nonces', () => {
  test.each([0, 1, 2, 3])('ride code of card %i', (card) => {
    const made = Buffer.from(tapOf('ride', card).credential.hex, 'hex');
    const generated_s = made.readUInt32BE(made.length - SIGNATURE_BYTES - 5);
    const issued = rideCode({
      account: { ...city.card(card).transit, key: sm2KeyOf(scalarOf(SEED, 'phones') + BigInt(card)) },
      nowMs: generated_s * 1_000,
      validity_s: RIDE_CODE_VALIDITY_S,
      authorisedUntil_s: Math.floor(lastDayMs(city.cardExpires) / 1_000),
    });
    const authorisationEnd = made.length - SIGNATURE_BYTES - 1 - 4;
    const unsigned = (code: Uint8Array) => [
      Buffer.from(code.subarray(0, authorisationEnd - SIGNATURE_BYTES)).toString('hex'),
      Buffer.from(code.subarray(authorisationEnd, -SIGNATURE_BYTES)).toString('hex'),
    ];
    expect(made.length).toBe(issued.length);
    expect(unsigned(made)).toEqual(unsigned(issued));
  });

  test('chip card', () => {
    const card = city.card(5);
    const issued = personaliseSm2({
      issuer: city.sm2,
      profile: card.profile,
      key: sm2KeyOf(scalarOf(SEED, 'chips') + 5n),
      serial: card.identity.serial,
    });
    const { tags, staticData } = tapOf('chip', 5).credential;
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
    const { '9F4B': dynamic, '9F46': certificate, ...others } = tags as Record<string, string>;
    expect(others).toEqual(
      Object.fromEntries(
        Object.entries(issued.tags).flatMap(([tag, value]) => (tag === '9F46' ? [] : [[tag, hex(value)]])),
      ),
    );
    expect(staticData).toBe(hex(issued.staticData));
    expect(certificate?.slice(0, -2 * SIGNATURE_BYTES)).toBe(
      hex(issued.tags['9F46'] ?? new Uint8Array()).slice(0, -2 * SIGNATURE_BYTES),
    );
    expect(dynamic).toMatch(/^1503020004[0-9A-F]{128}$/);
  });
});

describe('on disk', () => {
  test('it is read again, and made again when it was changed', async () => {
    expect(fleet.madeInMs).not.toBeNull();
    const again = await openFleet(options, () => {}, folder);
    expect(again.madeInMs).toBeNull();
    expect(again.sha256).toBe(fleet.sha256);
    const bytes = readFileSync(fleet.file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(fleet.file, bytes);
    const remade = await openFleet(options, () => {}, folder);
    expect(remade.madeInMs).not.toBeNull();
    expect(remade.sha256).toBe(fleet.sha256);
  });

  test('taps are written as bodies, as frames with an index, and with their right answers', async () => {
    const taps = 50;
    await exportTaps(join(folder, 'taps'), { fleet, seed: SEED, taps, rides: 0.5, onProgress: () => {} });
    const read = (name: string) => readFileSync(join(folder, 'taps', name));
    const bodies = read('requests.jsonl').toString().trim().split('\n');
    expect(bodies.length).toBe(taps);
    for (const body of bodies) expect(['transit-qr', 'chip-oda']).toContain(JSON.parse(body).family);
    const index = read('frames.idx');
    expect(Number(index.readBigUInt64LE(8 * (taps - 1)))).toBe(read('frames.bin').length);
    expect(read('frames.bin')[Number(index.readBigUInt64LE(0))]).toBe(0x82);
    expect(read('expected.csv').toString().trim().split('\n').length).toBe(taps + 1);
  });
});

describe('the plan of taps', () => {
  test('no card shows the same ride code twice, chains cold or known', () => {
    for (const cold of [false, true]) {
      const planner = new TapPlanner({ ...plan, cold });
      const seen = new Set<string>();
      for (let i = 0; i < 10 * CARDS; i += 1) {
        const { card, use } = planner.tap(i, 0);
        seen.add(`${card}/${use}`);
      }
      expect(seen.size).toBe(10 * CARDS);
    }
  });

  test('a replay is of a tap that came before, in the same phase', () => {
    const planner = new TapPlanner({ ...plan, replayed: 0.5, back: 30 });
    let replays = 0;
    for (let i = 1_000; i < 2_000; i += 1) {
      const { signs } = planner.tap(i, 1_000);
      expect(signs).toBeGreaterThanOrEqual(1_000);
      expect((i - signs) % 30).toBe(0);
      if (signs !== i) replays += 1;
    }
    expect(replays).toBeGreaterThan(400);
    expect(rightCode({ ...spec, kind: 'ride', card: 1 }, 8, 'good')).toBe('deny.replayed');
  });
});
