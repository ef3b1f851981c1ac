/** Whether trust was past its expiry is said of the revision that a batch was proven with, whatever came since. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { HOUR_MS, startClockWorld } from './clock-world.rig.ts';

afterEach(() => {
  delete process.env['ONECARD_TEST_HOLD_FOLDER'];
});

test('trust renewed while a batch is on its thread: what was proven in its grace says so', async () => {
  const folder = temporaryFolder();
  process.env['ONECARD_TEST_HOLD_FOLDER'] = folder;
  const say = (name: string) => mkdirSync(join(folder, name));
  const world = await startClockWorld({
    gateway: { threadEntry: new URL('../fixtures/held-thread.ts', import.meta.url) },
    // The list stays fresh for longer than trust lives.
    platform: { fresh_ms: 100 * HOUR_MS, stale_ms: 200 * HOUR_MS },
    settings: { workers: { threads: 2, hang_ms: 19_000 } },
  });
  const { platform, city } = world.composed;
  await world.untilReady(({ mode }) => mode === 'live');
  expect((await world.tap(world.shown(0)))['trust_grace']).toBeUndefined();
  platform.setFault({ fault: 'down' });
  world.pass(25 * HOUR_MS);
  await world.untilReady(({ trust_in_grace: inGrace, mode }) => inGrace === true && mode === 'lists');
  say('holding');
  const first = world.tap(world.shown(1));
  const said = (name: string) => world.untilReady(() => existsSync(join(folder, name)));
  await said('batch-1');
  const { trust_revision: before } = await world.ready();
  // While it is away: else the trust before could be found good for longer first.
  await platform.publish({ trust: { ...city.trustDocument(), revision: 'another' } });
  platform.setFault(null);
  // One thread has it, the other is at work: what comes now is still proven under the trust before.
  await said('loaded-1');
  const between = world.tap(world.shown(2));
  await said('batch-2');
  say('go-1');
  expect(await first).toMatchObject({ outcome: 'allow', trust_grace: true });
  await world.untilReady(({ trust_in_grace: inGrace, trust_revision: now }) => !inGrace && now !== before);
  say('go-2');
  expect(await between).toMatchObject({ outcome: 'allow', trust_grace: true });
});
