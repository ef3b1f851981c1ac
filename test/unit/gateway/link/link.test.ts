import type { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PlatformError } from '../../../../gateway/outbound/platform-error.ts';
import type { Fault } from '../../../../platform/faults.ts';
import { city, openLink, startPlatform, stateOn, until } from './linked.rig.ts';

const good = Array.from({ length: city.size }, (_, i) => i).filter((i) => city.identity(i).state === 'good');
const [first = 0, second = 1] = good;
const suspend = (index: number) => ({ cards: [{ index, state: 'suspended' as const }] });
const NOBODY = 'http://127.0.0.1:1';

describe('while the platform answers', () => {
  test('trust and list are in force when it is ready, and a change as soon as it is published', async () => {
    const platform = await startPlatform();
    const { link, stateOf, faults, revisions } = await openLink(platform);
    expect(link.trust.document.anchors.length).toBeGreaterThan(0);
    expect(link.trust.graceUntilMs).toBeGreaterThan(link.trust.expiresAtMs);
    expect(stateOf(first)).toBe('good');
    const { generation, revision } = await platform.publish(suspend(first));
    await until(() => stateOf(first) === 'suspended');
    expect(revisions.at(-1)).toBe(`${generation.slice(0, 8)}.${revision}`);
    await platform.publish({ cards: [{ index: first, state: 'good' }] });
    await until(() => stateOf(first) === 'good');
    expect(faults).toEqual([]);
  });

  test('a list that was taken keeps its revision whole when a newer one is in force', async () => {
    const platform = await startPlatform();
    const { link, stateOf } = await openLink(platform);
    const taken = link.list('cards');
    await platform.publish(suspend(first));
    await until(() => stateOf(first) === 'suspended');
    expect(stateOn(taken, first)).toBe('good');
  });

  test('named lists come, change and go', async () => {
    const platform = await startPlatform({ named: { staff: [{ index: first }] } });
    const { link, removed } = await openLink(platform);
    expect(stateOn(link.list('staff'), first)).toBe('good');
    expect(stateOn(link.list('staff'), second)).not.toBe('good');
    await platform.publish({ named: { staff: [{ index: second }], guests: [{ index: first }] } });
    await until(() => stateOn(link.list('staff'), second) === 'good' && link.list('guests') !== null);
    expect(stateOn(link.list('staff'), first)).not.toBe('good');
    await platform.publish({ named: { staff: null } });
    await until(() => link.list('staff') === null);
    expect(removed).toEqual(['staff']);
    expect(stateOn(link.list('guests'), first)).toBe('good');
  });

  test('deltas that are no longer kept are made good by the snapshot', async () => {
    const platform = await startPlatform({ deltas_kept: 2 });
    const { stateOf, faults } = await openLink(platform);
    platform.setFault({ fault: 'down' });
    await until(() => faults.length > 0);
    for (const index of good.slice(0, 4)) await platform.publish(suspend(index));
    await platform.snapshot();
    platform.setFault(null);
    await until(() => good.slice(0, 4).every((index) => stateOf(index) === 'suspended'));
  });
});

test('a platform that publishes no list: there is trust, and the list is taken once there is one', async () => {
  const platform = await startPlatform();
  platform.repository.removeTarget('lists/cards.list');
  platform.repository.publish();
  const { link, stateOf } = await openLink(platform);
  expect(link.list('cards')).toBeNull();
  await platform.snapshot();
  await until(() => stateOf(first) === 'good');
});

describe('a platform that is wrong', () => {
  const cases: [string, Fault, string][] = [
    ['forges signatures', { fault: 'bad_signature' }, 'cards signature'],
    ['goes back', { fault: 'old_revision' }, 'cards rollback'],
    ['forks its chain', { fault: 'forked_chain' }, 'cards fork'],
    ['answers garbage', { fault: 'garbage' }, 'cards malformed'],
    ['has its clock ahead', { fault: 'clock_off', offset_ms: 3_600_000 }, 'cards future'],
    ['is gone', { fault: 'down' }, 'cards unreachable'],
  ];
  test.each(cases)(
    '%s: that is told, the last good list stays, and it goes on afterwards',
    async (_, fault, told) => {
      const platform = await startPlatform();
      const { stateOf, faults, revisions } = await openLink(platform, undefined, { delta_wait_ms: 50 });
      await platform.publish(suspend(first));
      await until(() => stateOf(first) === 'suspended');
      const count = new Set(revisions).size;
      platform.setFault(fault);
      await until(() => faults.includes(told));
      expect(new Set(revisions).size).toBe(count);
      expect(stateOf(first)).toBe('suspended');
      platform.setFault(null);
      await platform.publish(suspend(second));
      await until(() => stateOf(second) === 'suspended');
      expect(stateOf(first)).toBe('suspended');
    },
  );
});

describe('without the platform', () => {
  test('a gateway that was linked before starts with the same revisions and answers', async () => {
    const platform = await startPlatform({ named: { staff: [{ index: first }] } });
    const before = await openLink(platform);
    await platform.publish(suspend(first));
    await platform.publish(suspend(second));
    await until(() => before.stateOf(second) === 'suspended');
    await before.close();
    await platform.stop();
    const { rootJson, sm2RootJson } = platform;
    const after = await openLink({ url: NOBODY, rootJson, sm2RootJson }, before.folder);
    expect(after.link.trust).toEqual(before.link.trust);
    expect(after.link.list('cards')?.head).toMatchObject({
      revision: before.link.list('cards')?.head.revision,
    });
    expect([first, second].map(after.stateOf)).toEqual(['suspended', 'suspended']);
    expect(stateOn(after.link.list('staff'), first)).toBe('good');
    await until(() => after.faults.includes('trust unreachable'));
  });

  test('one that never was has no trust to start with', async () => {
    const { rootJson, sm2RootJson } = await startPlatform();
    const refused = await openLink({ url: NOBODY, rootJson, sm2RootJson }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(PlatformError);
    expect((refused as Error).message).toMatch(/^no trust to start with: http:\/\/127\.0\.0\.1:1 /);
  });

  test('one that begins its list anew is followed to the new generation', async () => {
    const platform = await startPlatform();
    const { port } = new URL(platform.url);
    const { stateOf, link } = await openLink(platform, undefined, { delta_wait_ms: 50 });
    const generation = link.list('cards')?.head.generation;
    await platform.stop();
    const next = await startPlatform({ port: Number(port) });
    await next.publish(suspend(second));
    await until(() => stateOf(second) === 'suspended');
    expect(link.list('cards')?.head.generation).not.toBe(generation);
  });
});

test('a thread that is killed is started again; what is in force stays, and goes on', async () => {
  const threads: Worker[] = [];
  const seen = (worker: Worker) => void threads.push(worker);
  process.on('worker', seen);
  onTestFinished(() => void process.off('worker', seen));
  const platform = await startPlatform();
  const { link, stateOf, faults } = await openLink(platform);
  await platform.publish(suspend(first));
  await until(() => stateOf(first) === 'suspended');
  expect(threads.length).toBe(1);
  await threads[0]?.terminate();
  await until(() => faults.includes('thread died'));
  expect(stateOf(first)).toBe('suspended');
  expect(link.trust.document.anchors.length).toBeGreaterThan(0);
  await platform.publish(suspend(second));
  await until(() => stateOf(second) === 'suspended');
  expect(threads.length).toBe(2);
});
