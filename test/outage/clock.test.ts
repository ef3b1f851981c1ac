/**
 * Rows of the matrix: the clock of the gateway's machine is wrong, in five ways and over restarts. Nothing becomes young,
 * nothing used becomes new. In process, composed, for a clock that can be set.
 */

import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keptTimeFile, readKeptTime } from '../../gateway/knowledge/clock/kept-time.ts';
import { HOUR_MS, MINUTE_MS, startClockWorld } from '../composed/clock-world.rig.ts';
import { makeToken } from '../protocol/plain-client.rig.ts';

test('set back while it runs: a ride code that has expired is not good again, and its decision says when it was', async () => {
  const world = await startClockWorld();
  const shown = world.shown();
  world.pass(HOUR_MS);
  const atMs = world.truth.now();
  world.setAhead(-HOUR_MS);
  expect(await world.tap(shown)).toMatchObject({ code: 'code.stale', at_ms: atMs });
});

test('set back while it runs, cut off: a stale list does not become fresh, nor a list too old usable', async () => {
  const world = await startClockWorld();
  await world.untilReady(({ mode }) => mode === 'live');
  world.composed.platform.setFault({ fault: 'down' });
  world.pass(7 * HOUR_MS);
  await world.untilReady(({ mode }) => mode === 'stale');
  world.setAhead(-7 * HOUR_MS);
  // Longer than a better mode waits before it holds.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await world.ready()).toMatchObject({ mode: 'stale', clock: 'suspect', clock_source: 'kept' });
  expect(await world.tap(world.shown())).toMatchObject({ mode: 'stale', at_ms: world.truth.now() });
  world.pass(66 * HOUR_MS);
  await world.untilReady(({ mode }) => mode === 'closed');
});

test('jumps ahead and back: a used code stays used', async () => {
  const world = await startClockWorld();
  const used = world.shown(0);
  expect(await world.tap(used)).toMatchObject({ code: 'allow.good' });
  world.setAhead(HOUR_MS);
  // What is taken at that time makes room, if anything does.
  const later = world.shown(1, 600, world.machine.now());
  expect(await world.tap(later)).toMatchObject({ outcome: 'allow' });
  world.setAhead(0);
  expect(await world.tap(used)).toMatchObject({ code: 'deny.replayed' });
});

test('jumps ahead and back: a used device token stays used', async () => {
  const world = await startClockWorld();
  const startMs = world.truth.now();
  const token = makeToken({ ...world.composed.target(), nowMs: startMs });
  const open = async (bearer: string) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const response = await fetch(`${world.composed.address.http}/v1/sessions`, { method: 'POST', headers });
    return (await response.json()) as { readonly code?: string; readonly token?: string };
  };
  expect((await open(token)).token).toBeDefined();
  world.setAhead(HOUR_MS);
  const later = makeToken({ ...world.composed.target(), nowMs: world.machine.now() });
  expect((await open(later)).token).toBeDefined();
  world.setAhead(0);
  expect(await open(token)).toMatchObject({ code: 'auth.token_reused' });
});

test('started while the clock is ahead, and put right: a code that was used before stays used', async () => {
  const world = await startClockWorld();
  await world.untilReady(({ mode }) => mode === 'live');
  const used = world.shown(0);
  expect(await world.tap(used)).toMatchObject({ code: 'allow.good' });
  await world.restart(HOUR_MS);
  world.pass(1_000);
  world.setAhead(0);
  world.pass(1_000);
  await world.untilReady(({ time }) => time === new Date(world.truth.now()).toISOString());
  expect(await world.tap(used)).toMatchObject({ code: 'deny.replayed' });
});

test('ahead at the start, and put right: the list is not old for good', async () => {
  const world = await startClockWorld();
  await world.untilReady(({ mode }) => mode === 'live');
  await world.restart(10 * HOUR_MS);
  await world.untilReady(({ mode, clock }) => mode === 'stale' && clock === 'suspect');
  world.setAhead(0);
  world.pass(2_000);
  await world.untilReady(({ mode, clock }) => mode === 'live' && clock === 'ok');
  expect(await world.tap(world.shown())).toMatchObject({ code: 'allow.good', at_ms: world.truth.now() });
});

test('behind at the start: nothing is younger than when it stopped, and what is published since is followed', async () => {
  const world = await startClockWorld();
  await world.untilReady(({ mode }) => mode === 'live');
  const expired = world.shown(0, 60);
  world.pass(10 * MINUTE_MS);
  await world.untilReady(({ list_age_ms: ageMs }) => ageMs === 0);
  await world.restart(-5 * HOUR_MS, 10 * MINUTE_MS);
  expect(await world.tap(expired)).toMatchObject({ code: 'code.stale' });
  const { revision } = await world.composed.platform.publish({ cards: [{ index: 1, state: 'suspended' }] });
  world.pass(2_000);
  const ready = await world.untilReady(({ list_revision: held }) => String(held).endsWith(`.${revision}`));
  // How far the machine's clock is off is measured by the platform's.
  expect(ready).toMatchObject({ clock: 'suspect' });
  await world.untilReady(({ time }) => time === new Date(world.truth.now()).toISOString());
});

test('behind at the start, with the kept time damaged: that is said, and the lists on disk hold the time', async () => {
  const world = await startClockWorld();
  await world.untilReady(({ mode }) => mode === 'live');
  const file = keptTimeFile(world.composed.dataFolder);
  await world.composed.stopGateway();
  expect(readKeptTime(file)).toMatchObject({ kind: 'kept' });
  writeFileSync(file, '{"v":1,"signed_ms":9999999999999}\n');
  world.setAhead(-5 * HOUR_MS);
  await world.composed.start();
  expect(
    world.composed.logLines.some(({ msg }) => String(msg).includes('the time that was kept is damaged')),
  ).toBe(true);
  const { time } = await world.ready();
  expect(Date.parse(String(time))).toBeGreaterThanOrEqual(world.truth.now() - 1_000);
});

test('a platform whose clock is ahead does not push the clock: neither by heads nor by named lists', async () => {
  const world = await startClockWorld();
  await world.untilReady(({ mode }) => mode === 'live');
  const faults = () => world.composed.logLines.filter(({ fault }) => fault === 'future');
  world.composed.platform.setFault({ fault: 'clock_off', offset_ms: 1_000 * HOUR_MS });
  await world.composed.platform.publish({ named: { members: [{ index: 1 }] } });
  await world.untilReady(() => new Set(faults().map(({ what }) => what)).size === 2);
  const startMs = world.truth.now();
  expect(new Set(faults().map(({ what }) => what))).toEqual(new Set(['cards', 'named_list']));
  expect(Date.parse(String((await world.ready())['time']))).toBe(startMs);
  // Nor step by step.
  world.composed.platform.setFault({ fault: 'clock_off', offset_ms: 9_000 });
  world.pass(2_000);
  await world.untilReady(({ list_age_ms: ageMs }) => ageMs === 0);
  expect(Date.parse(String((await world.ready())['time']))).toBeLessThanOrEqual(world.machine.now() + 10_000);
});
