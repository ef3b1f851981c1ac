/** What stays on disk: verified again, through damage and power cuts, and past expiry. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TrustFault } from '../../../../../gateway/knowledge/trust/trust-update-error.ts';
import { createTufRepository } from '../../../../../platform/tuf/repository.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import {
  counts,
  DAY_MS,
  faultOf,
  GRACE_MS,
  HOUR_MS,
  type Loopback,
  loopback,
  pass,
  trustJson,
} from './loopback.rig.ts';
import { republished } from './republish.rig.ts';

/** The disk takes this many changes more, and none after them: what a power cut leaves. */
const disk = vi.hoisted(() => ({ changesLeft: Number.POSITIVE_INFINITY, changes: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const cut =
    (name: string, change: (...given: never[]) => unknown) =>
    (...given: never[]) => {
      disk.changes += 1;
      disk.changesLeft -= 1;
      if (disk.changesLeft < 0) throw Object.assign(new Error('power is off'), { syscall: name });
      return change(...given);
    };
  const names = ['mkdirSync', 'writeSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'rmSync'] as const;
  return { ...real, ...Object.fromEntries(names.map((name) => [name, cut(name, real[name] as never)])) };
});

afterEach(() => {
  disk.changesLeft = Number.POSITIVE_INFINITY;
});

const publishAnother = (at: Loopback, serial = 2) => {
  pass(at, 1000);
  at.repository.setTarget('trust.json', trustJson(serial));
  at.repository.publish();
};
const bundles = ({ folder }: Loopback) =>
  fs
    .readdirSync(folder)
    .filter((name) => name.startsWith('bundle-'))
    .sort();

describe('a power cut', () => {
  test('at any step of an update leaves the trust from before it, or the new, and nothing in the way', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    let before = await gateway.update();
    let isWhole = false;
    let cuts = 0;
    for (; !isWhole; cuts += 1) {
      publishAnother(at, cuts + 2);
      const dying = at.gateway();
      await dying.load();
      disk.changesLeft = cuts;
      const fault = await faultOf(dying.update()).catch(() => null);
      isWhole = disk.changesLeft >= 0;
      disk.changesLeft = Number.POSITIVE_INFINITY;
      if (fault !== null) expect(fault).toBe('not_kept');
      const restarted = at.gateway();
      const kept = await restarted.load();
      expect(restarted.refused).toEqual(counts({}));
      const isFormer = kept?.trust.revision === before.trust.revision;
      const after = await restarted.update();
      if (!isFormer) expect(kept?.trust).toEqual(after.trust);
      if (isWhole) expect(isFormer).toBe(false);
      before = after;
    }
    expect(cuts).toBeGreaterThan(30);
    expect(bundles(at)).toHaveLength(2);
  });

  test('at any step of the very first leaves nothing, or all', async () => {
    for (let cuts = 1; ; cuts += 7) {
      const at = await loopback();
      const dying = at.gateway();
      disk.changesLeft = cuts;
      await dying.update().catch(() => null);
      const isWhole = disk.changesLeft >= 0;
      disk.changesLeft = Number.POSITIVE_INFINITY;
      const kept = await at.gateway().load();
      const updated = await at.gateway().update();
      if (kept) expect(kept.trust).toEqual(updated.trust);
      if (isWhole) break;
    }
  });
});

/** Flips the lowest bit of the byte in the middle of what is found, or of the file. */
function damage(file: string, within: RegExp | null = null): void {
  const bytes = fs.readFileSync(file);
  const found = within?.exec(bytes.toString('latin1'));
  const at = found ? found.index + (found[0].length >> 1) : bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  fs.writeFileSync(file, bytes);
}

const DAMAGES: readonly (readonly [string, RegExp | null, TrustFault])[] = [
  ['2.root.json', /(?<="expires":")\d{4}/, 'signature'],
  ['2.root.json', /^\{/, 'malformed'],
  ['timestamp.json', /"offline_grace_s":\d+/, 'signature'],
  ['timestamp.json', /"sha256":"[0-9a-f]+/, 'signature'],
  ['timestamp.json', /^\{/, 'malformed'],
  ['snapshot.json', null, 'mix_and_match'],
  ['targets.json', null, 'mix_and_match'],
  ['lists.json', null, 'mix_and_match'],
  ['trust.json', null, 'target_mismatch'],
];

describe('damage on disk', () => {
  async function keepTwo(): Promise<{ at: Loopback; newest: string }> {
    const at = await loopback();
    at.repository.rotateRoot();
    const gateway = at.gateway();
    await gateway.update();
    publishAnother(at);
    await gateway.update();
    const [, newest = ''] = bundles(at);
    return { at, newest: join(at.folder, newest) };
  }

  test.each(DAMAGES)('%s at %s: %s, and the one before is taken', async (name, within, fault) => {
    const { at, newest } = await keepTwo();
    damage(join(newest, name), within);
    const gateway = at.gateway();
    const bundle = await gateway.load();
    expect(gateway.refused).toEqual(counts({ [fault]: 1 }));
    expect(bundle?.trust.document.revision).toBe('named-1');
    const updated = await gateway.update();
    expect(updated.trust.document.revision).toBe('named-2');
    expect((await at.gateway().load())?.trust).toEqual(updated.trust);
  });

  test.each(DAMAGES)(
    '%s at %s in all that is kept: %s, and the platform is asked',
    async (name, within, fault) => {
      const { at } = await keepTwo();
      for (const bundle of bundles(at)) damage(join(at.folder, bundle, name), within);
      const gateway = at.gateway();
      expect(await faultOf(gateway.load())).toBe(fault);
      expect((await gateway.update()).trust.document.revision).toBe('named-2');
    },
  );

  test.each(['timestamp.json', 'snapshot.json', 'targets.json', 'lists.json'])(
    'no %s: malformed',
    async (name) => {
      const { at, newest } = await keepTwo();
      fs.rmSync(join(newest, name));
      const gateway = at.gateway();
      await gateway.load();
      expect(gateway.refused).toEqual(counts({ malformed: 1 }));
    },
  );

  test('a file that has grown past all limits is not read: oversized', async () => {
    const { at, newest } = await keepTwo();
    fs.truncateSync(join(newest, 'trust.json'), 100_000_000);
    const gateway = at.gateway();
    await gateway.load();
    expect(gateway.refused).toEqual(counts({ oversized: 1 }));
  });

  test('files of an older set among newer ones: mix_and_match', async () => {
    const { at, newest } = await keepTwo();
    const [older = ''] = bundles(at);
    fs.copyFileSync(join(at.folder, older, 'targets.json'), join(newest, 'targets.json'));
    const gateway = at.gateway();
    await gateway.load();
    expect(gateway.refused).toEqual(counts({ mix_and_match: 1 }));
  });

  test('a root in the place of another: signature', async () => {
    const { at } = await keepTwo();
    at.repository.rotateRoot();
    await at.gateway().update();
    const newest = bundles(at).at(-1) ?? '';
    fs.copyFileSync(join(at.folder, newest, '3.root.json'), join(at.folder, newest, '2.root.json'));
    const gateway = at.gateway();
    await gateway.load();
    expect(gateway.refused).toEqual(counts({ signature: 1 }));
  });

  test('trust of another platform: signature', async () => {
    const { at } = await keepTwo();
    const other = await loopback({ seed: 'another' });
    fs.copyFileSync(other.rootFile, at.rootFile);
    expect(await faultOf(at.gateway().load())).toBe('signature');
  });
});

describe('past expiry', () => {
  test('it loads inside its grace and past it, and says where it stands', async () => {
    const at = await loopback();
    await at.gateway().update();
    await at.stop();
    for (const afterMs of [DAY_MS + HOUR_MS, DAY_MS + GRACE_MS + HOUR_MS]) {
      const clock = at.gatewayClock({ now: () => at.clock.gatewayMs + afterMs });
      const gateway = at.gateway({ clock });
      const trust = (await gateway.load())?.trust;
      expect(clock.now()).toBe(at.clock.gatewayMs + afterMs);
      expect(clock.now()).toBeGreaterThan(trust?.expiresAtMs ?? Number.POSITIVE_INFINITY);
      const isInGrace = clock.now() < (trust?.graceUntilMs ?? 0);
      expect(isInGrace).toBe(afterMs < DAY_MS + GRACE_MS);
      expect(await faultOf(gateway.update())).toBe('unreachable');
    }
  });

  test('a gateway that was cut off for long takes what is new', async () => {
    const at = await loopback();
    await at.gateway().update();
    pass(at, 40 * DAY_MS);
    const gateway = at.gateway();
    await gateway.load();
    const bundle = await gateway.update();
    expect(bundle.trust.expiresAtMs).toBeGreaterThan(at.clock.gatewayMs);
  });

  test('the earliest expiry of all counts', async () => {
    const at = await loopback({ expires: { lists: HOUR_MS } });
    const { trust } = await at.gateway().update();
    expect(trust.expiresAtMs).toBe(Math.floor((at.clock.platformMs + HOUR_MS) / 1000) * 1000);
  });
});

describe('the clock', () => {
  test('is the one that is given, not the machine’s', async () => {
    const at = await loopback();
    pass(at, -400 * DAY_MS);
    const past = createTufRepository({
      ...{ seed: 'loopback', now: () => at.clock.platformMs, offlineGraceS: 0, profiles: [TEST_PROFILE] },
    });
    past.setTarget('trust.json', trustJson(1));
    past.publish();
    fs.writeFileSync(at.rootFile, past.rootJson());
    at.source = past;
    const { trust } = await at.gateway().update();
    expect(trust.expiresAtMs).toBeLessThan(Date.now());
  });

  test('set back makes nothing good again that had expired when trust was last verified', async () => {
    const at = await loopback();
    const clock = at.gatewayClock();
    const first = at.gateway({ clock });
    await first.update();
    const verifiedAtMs = at.clock.gatewayMs;
    at.source = republished(at.repository, at.clock.platformMs, { lifeMs: { timestamp: -HOUR_MS } });
    at.clock.gatewayMs -= 2 * DAY_MS;
    const restartedClock = at.gatewayClock();
    const restarted = at.gateway({ clock: restartedClock });
    for (const [gateway, its] of [
      [first, clock],
      [restarted, restartedClock],
    ] as const) {
      await gateway.load();
      expect(its.now()).toBe(verifiedAtMs);
      expect(await faultOf(gateway.update())).toBe('freeze');
    }
  });

  test('set back does not keep trust from expiring while the gateway runs', async () => {
    const at = await loopback();
    let elapsedMs = 0;
    const clock = at.gatewayClock({ monotonic: () => elapsedMs });
    const gateway = at.gateway({ clock });
    const { trust } = await gateway.update();
    at.clock.gatewayMs -= 300 * DAY_MS;
    elapsedMs = DAY_MS + GRACE_MS - 1000;
    expect(clock.now()).toBeGreaterThan(trust.expiresAtMs);
    expect(clock.now()).toBeLessThan(trust.graceUntilMs);
    elapsedMs += 2000;
    expect(clock.now()).toBeGreaterThan(trust.graceUntilMs);
    // What was signed so long ago has expired, whatever the machine's clock says; a platform that is there signs anew.
    expect(await faultOf(gateway.update())).toBe('freeze');
    at.clock.platformMs += elapsedMs;
    await expect(gateway.update()).resolves.toBeDefined();
  });

  test('ahead by less than the trust lives keeps nothing newer out, once it is right again', async () => {
    const at = await loopback();
    at.clock.gatewayMs += 23 * HOUR_MS;
    const gateway = at.gateway();
    await gateway.update();
    at.clock.gatewayMs -= 23 * HOUR_MS;
    publishAnother(at);
    expect((await gateway.update()).trust.document.revision).toBe('named-2');
    expect((await at.gateway().update()).trust.document.revision).toBe('named-2');
  });

  test('ahead by more than that: freeze, and it is right again as soon as the clock is', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    at.clock.gatewayMs += 30 * DAY_MS;
    expect(await faultOf(gateway.update())).toBe('freeze');
    at.clock.gatewayMs -= 30 * DAY_MS;
    publishAnother(at);
    await expect(gateway.update()).resolves.toBeDefined();
  });
});
