/** SM2 under an ID, against the `openssl` command: node:crypto has no way to give it one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byName, differences, verdictsOf } from './back-ends.rig.ts';
import { SM2 } from './curves.rig.ts';
import { derSignature, opensslKey, spkiOf } from './openssl-key.rig.ts';
import { type MessageJob, randomJobs } from './random-jobs.rig.ts';

const JOBS = 200;
const ID = '1234567812345678';

/** OpenSSL 3 or later has `-rawin` and `distid` for SM2. */
const usable = /^OpenSSL [3-9]/.test(spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '');
if (!usable) console.warn('skipped: there is no openssl command of version 3 or later');

const VERIFY = `for i in $(seq 0 ${JOBS - 1}); do
  openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:${ID} -pubin -keyform DER -inkey "$i.key" \\
    -in "$i.message" -sigfile "$i.signature" >"$i.said" 2>&1 && echo 1 || echo 0
done`;

describe.skipIf(!usable)('200 random and damaged jobs against openssl pkeyutl', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-pkeyutl-'));
  let jobs: readonly MessageJob[];
  let expected: readonly boolean[];

  beforeAll(() => {
    const id = new TextEncoder().encode(ID);
    // The command takes no empty message.
    const all = randomJobs({ curve: SM2, seed: 'pkeyutl', count: 2 * JOBS, id });
    jobs = all.filter(({ message }) => message.length > 0).slice(0, JOBS);
    for (const [i, { publicKey, message, signature }] of jobs.entries()) {
      const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, `${i}.${name}`), bytes);
      write('key', spkiOf('sm2', publicKey));
      write('message', message);
      write('signature', derSignature(signature));
    }
    const verdicts = execFileSync('sh', ['-c', VERIFY], { cwd: folder, encoding: 'utf8' });
    expected = verdicts
      .trim()
      .split('\n')
      .map((verdict) => verdict === '1');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('about half verify, and every key off the curve is refused', () => {
    expect(expected).toHaveLength(JOBS);
    const good = expected.filter((verdict) => verdict).length;
    expect(good).toBeGreaterThan(80);
    expect(good).toBeLessThan(120);
    const offCurve = expected.filter(
      (_, i) => opensslKey('sm2', jobs[i]?.publicKey ?? new Uint8Array()) === null,
    );
    expect(offCurve.length).toBeGreaterThan(0);
    expect(offCurve).not.toContain(true);
  });

  test.each(byName())('%s', (_, engine) => {
    expect(differences(verdictsOf(engine, jobs), expected)).toEqual([]);
  });
});
