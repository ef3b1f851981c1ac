/** Prepared keys are a hint: they make verifying faster and never change a verdict. */
import { describe, expect, test } from 'vitest';
import { CURVES, type SignatureJob } from '../../../../workers/engine/job.ts';
import {
  byName,
  differences,
  engines,
  native,
  nativeAddon,
  nativeEngines,
  verdictsOf,
} from './back-ends.rig.ts';
import { baseMultiple, CURVES_TESTED, keyOf, SM2 } from './curves.rig.ts';
import { goodJobs } from './random-jobs.rig.ts';
import { seeded } from './seeded.rig.ts';

/** `PREPARED_KEYS_MAX` of the addon. */
const KEYS_MAX = 64;

const jobsOf = (seed: string, keys: number, count = keys): SignatureJob[] =>
  goodJobs({ curve: SM2, seed, count, signatures: count, keys }, seeded(seed));

/** Straight to the addon, with the handles given. */
function verdictsWithHandles(jobs: readonly SignatureJob[], handles: readonly number[]): number[] {
  const flat = (part: 'publicKey' | 'digest' | 'signature') => Buffer.concat(jobs.map((job) => job[part]));
  const verdicts = new Uint8Array(jobs.length).fill(0xaa);
  const curves = Uint8Array.from(jobs, ({ curve }) => CURVES[curve]);
  nativeAddon?.verifyBatch(
    curves,
    flat('publicKey'),
    flat('digest'),
    flat('signature'),
    Uint32Array.from(handles),
    verdicts,
  );
  return [...verdicts];
}

const release = (handle: number) => nativeAddon?.releaseKey(handle);
const kept = () => nativeAddon?.preparedKeys() ?? 0;

describe.each(byName(nativeEngines))('%s', (name) => {
  const prepare = ({ curve, publicKey }: SignatureJob) => {
    nativeAddon?.selectBackend(name);
    return nativeAddon?.prepareKey(CURVES[curve], publicKey) ?? 0;
  };

  test('a stale, foreign or made-up handle changes nothing', () => {
    const [job, other] = jobsOf('handles', 2) as [SignatureJob, SignatureJob];
    const spoiled = { ...job, digest: other.digest };
    const [own, foreign] = [prepare(job), prepare(other)];
    const stale = prepare({ ...job, publicKey: keyOf(baseMultiple(SM2, 0x57a1en)) });
    expect(release(stale)).toBe(true);
    const elsewhere = nativeEngines
      .filter((engine) => engine.name !== name)
      .map((engine) => {
        nativeAddon?.selectBackend(engine.name);
        return nativeAddon?.prepareKey(CURVES.sm2, job.publicKey) ?? 0;
      });
    nativeAddon?.selectBackend(name);
    const handles = [0, own, foreign, stale, ...elsewhere, 1, 64, 65, 255, 256, 0x8000_0000, 0xffff_ffff];
    const jobs = handles.flatMap(() => [job, spoiled]);
    const given = handles.flatMap((handle) => [handle, handle]);
    expect(verdictsWithHandles(jobs, given)).toEqual(handles.flatMap(() => [1, 0]));
    expect([release(stale), release(0), release(0xffff_ffff)]).toEqual([false, false, false]);
    expect([release(own), release(own), release(foreign)]).toEqual([true, false, true]);
    expect(verdictsWithHandles(jobs, given)).toEqual(handles.flatMap(() => [1, 0]));
    for (const [i, engine] of nativeEngines.filter((each) => each.name !== name).entries()) {
      nativeAddon?.selectBackend(engine.name);
      expect(release(elsewhere[i] ?? 0)).toBe(true);
    }
  });

  test('a key of the one curve is none of the other, and what is no key is refused', () => {
    nativeAddon?.selectBackend(name);
    const before = kept();
    const [job] = jobsOf('refused', 1) as [SignatureJob];
    const bad = [new Uint8Array(64), new Uint8Array(64).fill(0xff), job.publicKey.map((byte) => byte ^ 1)];
    for (const key of bad) expect(nativeAddon?.prepareKey(CURVES.sm2, key)).toBeNull();
    expect(nativeAddon?.prepareKey(CURVES.p256, job.publicKey)).toBeNull();
    expect(kept()).toBe(before);
  });

  test('a key prepared twice has one table, kept until it is released twice', () => {
    nativeAddon?.selectBackend(name);
    const before = kept();
    const [job] = jobsOf('twice', 1) as [SignatureJob];
    const handles = [prepare(job), prepare({ ...job, publicKey: new Uint8Array(job.publicKey) })];
    expect(handles[0]).toBe(handles[1]);
    expect(kept()).toBe(before + 1);
    expect([release(handles[0] ?? 0), kept()]).toEqual([true, before + 1]);
    expect([release(handles[0] ?? 0), kept()]).toEqual([true, before]);
  });
});

test.each(byName(engines))(
  '%s: preparing what is no key is no misuse, and its signatures fail',
  (_, engine) => {
    for (const { name } of CURVES_TESTED) {
      const publicKey = new Uint8Array(64).fill(7);
      expect(() => engine.prepare(name, publicKey)).not.toThrow();
      const job = {
        curve: name,
        publicKey,
        digest: new Uint8Array(32),
        signature: new Uint8Array(64).fill(1),
      };
      expect(verdictsOf(engine, [job])).toEqual([false]);
    }
  },
);

// Last, since the keys stay prepared as long as the process.
test.each(byName(nativeEngines))(
  '%s: of more keys than are kept the least used gives way, every verdict stays',
  (name) => {
    const engine = native(name);
    const jobs = jobsOf('many', KEYS_MAX + 16, 2 * (KEYS_MAX + 16));
    const first = jobs[0]?.publicKey ?? new Uint8Array();
    for (const { curve, publicKey } of jobs) {
      engine.prepare(curve, publicKey);
      // Used all the time, so it stays.
      engine.verify(jobs.slice(0, 1));
      expect(kept()).toBeLessThanOrEqual(KEYS_MAX);
    }
    expect(kept()).toBe(KEYS_MAX);
    // Already there, so no slot is needed: a handle, not 0.
    const handle = nativeAddon?.prepareKey(CURVES.sm2, first) ?? 0;
    expect(handle).toBeGreaterThan(0);
    expect(release(handle)).toBe(true);
    const last = jobs.at(-1)?.publicKey ?? new Uint8Array();
    const lastHandle = nativeAddon?.prepareKey(CURVES.sm2, last) ?? 0;
    expect(lastHandle).toBeGreaterThan(0);
    expect(release(lastHandle)).toBe(true);
    const expected = jobs.map((_, i) => i % 3 !== 0);
    const mixed = jobs.map((job, i) => (i % 3 === 0 ? { ...job, digest: new Uint8Array(32) } : job));
    expect(differences(verdictsOf(engine, mixed), expected)).toEqual([]);
  },
);
