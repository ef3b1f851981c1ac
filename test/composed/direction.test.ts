/** Entry and exit belong together: as the scene says, in every mode, over a restart, with clocks of the test's own. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Scene } from '../../config/policy-schema.ts';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { cityDocument } from './city-document.rig.ts';
import {
  type ComposedGateway,
  type ComposedOptions,
  startComposed,
  TestClocks,
} from './composed-gateway.rig.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1_048_576;
const MODE_SEEN_MS = 150;
const PASSBACK_MS = 60_000;
const metro = { area: 'metro', inside_ms_max: 4 * HOUR_MS };
const site = { area: 'site', inside_ms_max: 12 * HOUR_MS };
const entering = { passes: 'entry', passback_ms: PASSBACK_MS, passback: 'deny' } as const;

const SCENES: Readonly<Record<string, Partial<Scene>>> = {
  '29/entry': { direction: { ...metro, ...entering, out_of_turn: 'refer' } },
  '29/exit': { direction: { ...metro, passes: 'exit', out_of_turn: 'deny' } },
  '5/in': { direction: { ...site, ...entering, out_of_turn: 'allow' } },
  '5/out': { direction: { ...site, passes: 'exit', out_of_turn: 'allow' } },
  '5/plain': {},
};

interface World {
  readonly composed: ComposedGateway;
  readonly clocks: TestClocks;
  readonly cards: readonly number[];
  tap(scene: string, card?: number): Promise<PlainMessage>;
  code(scene: string, card?: number): Promise<unknown>;
  /** After a restart. */
  connect(): Promise<void>;
}

async function started(
  settings: Record<string, unknown> = {},
  gateway: ComposedOptions['gateway'] = {},
): Promise<World> {
  const file = join(temporaryFolder(), 'city.json');
  writeFileSync(file, JSON.stringify(cityDocument(SCENES)));
  const clocks = new TestClocks(Date.now());
  const composed = await startComposed({
    clocks,
    platform: { now: clocks.now },
    settings: { city: file, ...settings },
    devices: [{ deviceId: 'gate-1', class: 'gate', scenes: Object.keys(SCENES) }],
    gateway,
  });
  onTestFinished(() => composed.stop());
  const cards = goodCards(composed.city, 'sm2');
  let client = await PlainClient.connect(composed.target());
  onTestFinished(async () => void (await client.bye()));
  let seq = 0;
  const tap = async (scene: string, card = 0) => {
    seq += 1;
    const shown = chipTapOf(composed.city, cards[card] ?? 0).binary;
    return (await client.tap(seq, { scene, ...shown })).message;
  };
  return {
    ...{ composed, clocks, cards, tap },
    code: async (scene, card) => (await tap(scene, card))['code'],
    connect: async () => {
      client = await PlainClient.connect(composed.target());
    },
  };
}

test('a turn: in, out, in again; and back too soon, in twice, out without in are answered as the scene says', async () => {
  const { code, clocks } = await started();
  expect(await code('29/exit')).toBe('deny.not_entered');
  expect(await code('29/entry')).toBe('allow.good');
  expect(await code('29/entry')).toBe('deny.passback');
  clocks.pass(PASSBACK_MS);
  expect(await code('29/entry')).toBe('refer.entered_twice');
  // What was denied and referred moved nobody.
  expect(await code('29/exit')).toBe('allow.good');
  expect(await code('29/exit')).toBe('deny.not_entered');
  expect(await code('29/entry')).toBe('allow.good');
  // Another person, and another area, know nothing of it.
  expect(await code('29/exit', 1)).toBe('deny.not_entered');
  expect(await code('5/in')).toBe('allow.good');
  expect(await code('29/exit')).toBe('allow.good');
});

test('who entered too long ago is inside no more', async () => {
  const { code, clocks } = await started();
  expect(await code('29/entry')).toBe('allow.good');
  clocks.pass(4 * HOUR_MS - 1);
  expect(await code('29/entry')).toBe('refer.entered_twice');
  clocks.pass(1);
  expect(await code('29/exit')).toBe('deny.not_entered');
  expect(await code('29/entry')).toBe('allow.good');
});

test('where turns are no matter it passes, and the facts say so', async () => {
  const { tap } = await started();
  expect(await tap('5/out')).toMatchObject({ code: 'allow.good', facts: { passage: 'not_entered' } });
  expect((await tap('5/in'))['facts']).not.toHaveProperty('passage');
  expect(await tap('5/in')).toMatchObject({ code: 'deny.passback' });
  expect((await tap('5/out'))['facts']).not.toHaveProperty('passage');
  expect((await tap('5/plain'))['facts']).not.toHaveProperty('passage');
});

describe('forgets nothing', () => {
  test('over restarts, with the platform gone', async () => {
    const { code, clocks, composed, connect } = await started();
    expect(await code('29/entry', 0)).toBe('allow.good');
    expect(await code('29/entry', 1)).toBe('allow.good');
    expect(await code('29/exit', 1)).toBe('allow.good');
    expect(await code('5/in', 1)).toBe('allow.good');
    await goneFrom(composed);
    await composed.stopGateway();
    await composed.start();
    await connect();
    expect(await code('29/entry', 0)).toBe('deny.passback');
    expect(await code('29/exit', 1)).toBe('deny.not_entered');
    expect(await code('5/in', 1)).toBe('deny.passback');
    expect(await code('29/exit', 0)).toBe('allow.good');
    expect(await code('29/exit', 0)).toBe('deny.not_entered');
    clocks.pass(1_000);
    await composed.stopGateway();
    await composed.start();
    await connect();
    expect(await code('29/exit', 0)).toBe('deny.not_entered');
    expect(await code('29/entry', 0)).toBe('allow.good');
  });

  test('in mode stale, and in mode closed, where everything else opens', async () => {
    const { tap, code, clocks, composed } = await started();
    await goneFrom(composed);
    for (const mode of ['stale', 'closed']) {
      for (let days = 0; days < 60 && (await tap('5/plain'))['mode'] !== mode; days += 1) {
        clocks.pass(DAY_MS / 2);
        // The mode is looked at by a timer: on a busy machine it would be passed over.
        await sleep(MODE_SEEN_MS);
      }
      expect(await tap('29/entry')).toMatchObject({ mode, outcome: 'allow' });
      expect(await code('29/entry')).toBe('deny.passback');
      clocks.pass(PASSBACK_MS);
      expect(await code('29/entry')).toBe('refer.entered_twice');
      expect(await tap('29/exit')).toMatchObject({ mode, outcome: 'allow' });
    }
    // Whatever is known: an exit that opens, opens.
    expect(await tap('29/exit')).toMatchObject({ code: 'allow.closed', facts: { passage: 'not_entered' } });
  });

  test('when the clock is set back', async () => {
    const { code, clocks } = await started();
    expect(await code('29/entry')).toBe('allow.good');
    clocks.setWall(clocks.now() - 5_000);
    expect(await code('29/entry')).toBe('deny.passback');
    expect(await code('29/exit')).toBe('allow.good');
    expect(await code('29/exit')).toBe('deny.not_entered');
  });
});

test('full: it counts whom it has no room for, and keeps nobody in or out for that', async () => {
  const { code, composed } = await started({ limits: { passages: 1 } });
  expect(await code('29/entry', 0)).toBe('allow.good');
  expect(await code('29/entry', 1)).toBe('allow.good');
  expect(await code('29/entry', 1)).toBe('allow.good');
  expect(await code('29/exit', 1)).toBe('allow.good');
  expect(await code('29/entry', 0)).toBe('deny.passback');
  const metrics = await metricsOf(composed);
  expect(metrics).toMatch(/^onecard_passages 1$/m);
  expect(metrics).toMatch(/^onecard_passages_unremembered_total 2$/m);
  expect(metrics).toMatch(/^onecard_memory_bytes\{part="passages"\} [1-9]\d+$/m);
});

test('a decision that could not be kept moved nobody', async () => {
  let free = 0;
  const { code, composed } = await started({}, { freeDiskBytes: async () => free });
  expect(await code('29/entry')).toBe('tap.journal_unavailable');
  expect(await code('29/entry')).toBe('tap.journal_unavailable');
  free = 1_024 * MIB;
  await becomes(
    'there is room',
    async () => /disk_state\{state="ok"\} 1/.test(await metricsOf(composed)),
    (isSo) => isSo,
  );
  expect(await code('29/entry')).toBe('allow.good');
  expect(await code('29/entry')).toBe('deny.passback');
});

/** Until the test ends. */
async function goneFrom({ platform }: ComposedGateway): Promise<void> {
  await platform.stop();
  onTestFinished(() => platform.start());
}

async function metricsOf({ address }: ComposedGateway): Promise<string> {
  return (await fetch(`${address.admin}/metrics`)).text();
}
