/**
 * How long a presentation counts as used, as docs/protocol.md and SECURITY.md say it, with clocks of the test's own. Was:
 * the page said that a chip's signature counts once, and 191 of 191 passed again after 31 minutes.
 */

import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { loadScenes } from '../../config/scenes.ts';
import { parseSettings } from '../../config/settings.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { startComposed, TestClocks } from './composed-gateway.rig.ts';

/** What the pages say of a chip's signature. */
const SAID_MS = 600_000;
/** Memory is kept by whole seconds. */
const SLICE_MS = 1_000;
const root = new URL('../../', import.meta.url);

/** A gateway whose clocks the test moves, and one connection that outlives it. `change`: to the policy of the entry. */
async function started(change: Record<string, number> = {}) {
  const city = shippedCity();
  Object.assign(policyNamed(city, 'transit-entry'), change);
  const clocks = new TestClocks(Date.now());
  // One time for all: a platform that is ahead of a clock that stands still would say what time it is.
  const settings = { city: cityFile(city) };
  const composed = await startComposed({ clocks, platform: { now: clocks.now }, settings });
  onTestFinished(() => composed.stop());
  const client = await PlainClient.connect(composed.target());
  onTestFinished(async () => void (await client.bye()));
  let seq = 0;
  const tap = async (shown: object, scene = '29/entry') => {
    seq += 1;
    return (await client.tap(seq, { scene, ...shown })).message['code'];
  };
  return { clocks, city: composed.city, tap };
}

test("a chip's signature is remembered for the time that the pages say, at every scene, and then passes again", async () => {
  const { clocks, city, tap } = await started();
  const [card = 0] = goodCards(city, 'sm2');
  const shown = chipTapOf(city, card).binary;
  expect(await tap(shown)).toBe('allow.good');
  clocks.pass(SAID_MS - SLICE_MS);
  expect(await tap(shown)).toBe('deny.replayed');
  expect(await tap(shown, '29/exit')).toBe('deny.replayed');
  clocks.pass(3 * SLICE_MS);
  expect(await tap(shown)).toBe('allow.good');
});

test('a ride code is remembered until its own end, and is stale from then on', async () => {
  const { clocks, city, tap } = await started();
  const [card = 0] = goodCards(city, 'sm2');
  const shown = rideCodeOf(city, card, { nowMs: clocks.now(), validity_s: 300 }).binary;
  expect(await tap(shown)).toBe('allow.good');
  clocks.pass(290_000);
  expect(await tap(shown)).toBe('deny.replayed');
  clocks.pass(11_000);
  expect(await tap(shown)).toBe('code.stale');
});

test("a scene's policy says how long, in place of the settings", async () => {
  const { clocks, city, tap } = await started({ replay_window_ms: 60_000 });
  const [card = 0] = goodCards(city, 'sm2');
  const shown = chipTapOf(city, card).binary;
  expect(await tap(shown)).toBe('allow.good');
  clocks.pass(59_000);
  expect(await tap(shown)).toBe('deny.replayed');
  clocks.pass(3_000);
  expect(await tap(shown)).toBe('allow.good');
});

test('what stays good for longer than the scene remembers is denied as deny.replayable_too_long', async () => {
  const { clocks, city, tap } = await started({ replayable_ms_max: 120_000, replay_window_ms: 120_000 });
  const [long = 0, short = 0] = goodCards(city, 'sm2');
  const code = (card: number, validity_s: number) =>
    rideCodeOf(city, card, { nowMs: clocks.now(), validity_s }).binary;
  expect(await tap(code(long, 300))).toBe('deny.replayable_too_long');
  expect(await tap(code(short, 110))).toBe('allow.good');
});

test('the pages say what the scenes and the settings that come along do', () => {
  const said = `${SAID_MS / 1_000} s`;
  const { limits } = parseSettings({ gateway_id: 'g', trust_file: 'none' });
  expect(limits.replay_window_ms).toBe(SAID_MS);
  const table = loadScenes(PRESENTABLE_FAMILIES);
  for (const scene of table.scenes) {
    expect(table.policyOf(scene)).toMatchObject({ replay_window_ms: SAID_MS, replayable_ms_max: 900_000 });
  }
  const page = (name: string) => readFileSync(new URL(name, root), 'utf8').replace(/\s+/g, ' ');
  expect(page('docs/protocol.md')).toContain(`a chip's signature for **${said}**`);
  expect(page('docs/protocol.md')).toContain(
    '`replayable_ms_max` of its policy, 900 s in the scenes that come along',
  );
  expect(page('SECURITY.md')).toContain(`a chip's signature for ${said} (\`replay_window_ms\``);
  expect(page('SECURITY.md')).toContain(`passes again after its window of ${said}`);
  expect(page('docs/protocol.md')).not.toMatch(/signature counts once/);
});
