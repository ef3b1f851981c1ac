/**
 * Random and damaged jobs: every engine against OpenSSL on both curves, and the native back-ends against the
 * JavaScript one. As many against a third implementation, in Rust, are in `native/core/tests/agreement.rs`.
 */
import { type KeyObject, verify } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SignatureEngine } from '../../../../workers/engine/job.ts';
import { byName, differences, nativeEngines, portableEngine, verifyInBatches } from './back-ends.rig.ts';
import { CURVES_TESTED, P256, SM2 } from './curves.rig.ts';
import { derSignature, opensslKey } from './openssl-key.rig.ts';
import { type MessageJob, randomJobs } from './random-jobs.rig.ts';

/** P-256 jobs on the fastest native engine; the others take their share. `.ci/run` asks for 100,000. */
const JOBS = Number(process.env['ONECARD_DIFFERENTIAL_JOBS'] ?? 20_000);
const SHARE = { otherNative: 10, portable: 200, sm2: 20 } as const;
const BATCH = 61;

/** OpenSSL's verdict on the message. Of SM2, node:crypto has no way to give an ID: it is empty. */
function opensslVerdicts(jobs: readonly MessageJob[]): boolean[] {
  const keys = new Map<Uint8Array, KeyObject | null>();
  const keyObject = ({ curve, publicKey }: MessageJob) => {
    const kept = keys.get(publicKey);
    if (kept !== undefined) return kept;
    const key = opensslKey(curve, publicKey);
    keys.set(publicKey, key);
    return key;
  };
  return jobs.map((job) => {
    const key = keyObject(job);
    if (key === null) return false;
    const hash = job.curve === 'sm2' ? 'sm3' : 'sha256';
    return verify(hash, job.message, key, derSignature(job.signature));
  });
}

/** How many of them an engine is given. */
function shareOf(engine: SignatureEngine): number {
  if (engine === portableEngine) return JOBS / SHARE.portable;
  return engine === nativeEngines[0] ? JOBS : JOBS / SHARE.otherNative;
}

describe.each(CURVES_TESTED.map((curve) => [curve.name, curve] as const))(
  '%s against OpenSSL',
  (name, curve) => {
    const count = curve === P256 ? JOBS : JOBS / SHARE.sm2;
    let jobs: readonly MessageJob[];
    let expected: readonly boolean[];

    beforeAll(() => {
      jobs = randomJobs({ curve, seed: `differential ${name}`, count });
      expected = opensslVerdicts(jobs);
    });

    test('about half verify, and not only those that were left alone', () => {
      const good = expected.filter((verdict) => verdict).length;
      expect(good / count).toBeGreaterThan(0.49);
      expect(good / count).toBeLessThan(0.6);
      expect(expected.filter((_, i) => i % 2 === 0)).not.toContain(false);
    });

    test.each(byName())('%s', (_, engine) => {
      const share = Math.min(count, shareOf(engine));
      const verdicts = verifyInBatches(engine, jobs.slice(0, share), BATCH);
      expect(differences(verdicts, expected.slice(0, share))).toEqual([]);
    });

    test.each(byName(nativeEngines))('%s with prepared keys', (_, engine) => {
      const share = Math.min(count, shareOf(engine));
      for (const { publicKey } of jobs.filter((_, i) => i % 2 === 0)) engine.prepare(name, publicKey);
      const verdicts = verifyInBatches(engine, jobs.slice(0, share), BATCH);
      expect(differences(verdicts, expected.slice(0, share))).toEqual([]);
    });
  },
);

describe('SM2 under the default ID', () => {
  const count = JOBS / 100;
  const id = new TextEncoder().encode('1234567812345678');
  let jobs: readonly MessageJob[];
  let expected: readonly boolean[];

  beforeAll(() => {
    jobs = randomJobs({ curve: SM2, seed: 'differential portable', count, keys: 64, id });
    expected = verifyInBatches(portableEngine, jobs, count);
  });

  test.each(byName(nativeEngines))('%s agrees with the JavaScript engine', (_, engine) => {
    expect(differences(verifyInBatches(engine, jobs, BATCH), expected)).toEqual([]);
  });
});
