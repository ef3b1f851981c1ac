/** Jobs that come with their message instead of its digest: the same verdicts, in every engine. */
import { describe, expect, test } from 'vitest';
import { CURVES, type Job, SM2_ID_BYTES_MAX, sm2Job } from '../../../../workers/engine/job.ts';
import { digestOfJob } from '../../../../workers/engine/sm2-digest.ts';
import { byName } from './back-ends.rig.ts';
import { P256, SM2 } from './curves.rig.ts';
import { goodJobs, type MessageJob } from './random-jobs.rig.ts';
import { seeded } from './seeded.rig.ts';

const ID = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i);
const digested = goodJobs({ curve: SM2, seed: 'messages', count: 70, id: ID }, seeded('messages'));
const ofP256 = goodJobs({ curve: P256, seed: 'messages', count: 4 }, seeded('messages of P-256'));

/** Cut anywhere, also at either end. */
const withMessage = ({ publicKey, message, signature }: MessageJob, cut: number) =>
  sm2Job(publicKey, ID, message.subarray(0, cut), signature, message.subarray(cut));

describe.each(byName())('%s', (_, engine) => {
  test('a message makes the digest, wherever it is cut', () => {
    const jobs = digested.map((job, i) => withMessage(job, i % (job.message.length + 1)));
    expect(jobs.map((job) => Buffer.from(digestOfJob(job)))).toEqual(
      digested.map(({ digest }) => Buffer.from(digest)),
    );
    for (const size of [1, 2, 9, 70]) {
      expect([...engine.verify(jobs.slice(0, size))]).toEqual(Array(size).fill(1));
    }
  });

  test('among jobs with digests and of the other curve, each gets its own verdict', () => {
    const jobs: Job[] = [];
    const expected: number[] = [];
    for (const [i, job] of digested.entries()) {
      const [message, key, id] = [job.message, digested[(i + 1) % 70]?.publicKey, ID.subarray(1)];
      const right = withMessage(job, message.length);
      const rows: [Job, number][] = [
        [right, 1],
        [job, 1],
        [{ ...right, appended: Uint8Array.of(0) }, 0],
        [{ ...right, id }, 0],
        [{ ...right, publicKey: key as Uint8Array }, 0],
        [ofP256[i % 4] as MessageJob, 1],
      ];
      for (const [row, verdict] of rows.slice(i % 3, 3 + (i % 4))) {
        jobs.push(row);
        expected.push(verdict);
      }
    }
    expect([...engine.verify(jobs)]).toEqual(expected);
  });

  test('more than the arrays have room for at first', () => {
    const long = new Uint8Array(70_000);
    const [job] = digested as [MessageJob];
    const jobs = Array.from({ length: 600 }, (_, i) =>
      i % 2 === 0 ? withMessage(job, 0) : { ...withMessage(job, 0), message: long },
    );
    expect([...engine.verify(jobs.slice(0, 3))]).toEqual([1, 0, 1]);
    const small = jobs.map((each, i) => (i % 2 === 0 ? each : { ...each, message: long.subarray(0, 100) }));
    expect([...engine.verify(small)]).toEqual(small.map((__, i) => (i % 2 === 0 ? 1 : 0)));
  });

  test('the longest ID is hashed; a longer one is misuse, as is a part that is no bytes', () => {
    const job = withMessage(digested[0] as MessageJob, 0);
    expect([...engine.verify([job, { ...job, id: new Uint8Array(SM2_ID_BYTES_MAX) }])]).toEqual([1, 0]);
    const longer = { ...job, id: new Uint8Array(SM2_ID_BYTES_MAX + 1) };
    expect(() => engine.verify([job, longer])).toThrow(RangeError);
    for (const part of ['id', 'message', 'appended', 'publicKey', 'signature'] as const) {
      for (const kind of ['text', null, undefined, [], new ArrayBuffer(64), new Uint16Array(32)]) {
        const wrong = { ...job, [part]: kind as unknown as Uint8Array };
        expect(() => engine.verify([job, wrong])).toThrow(TypeError);
      }
    }
    for (const part of ['publicKey', 'signature'] as const) {
      expect(() => engine.verify([{ ...job, [part]: new Uint8Array(63) }])).toThrow(RangeError);
    }
    const foreign = { ...job, curve: Object.keys(CURVES)[1] as 'sm2' };
    expect(() => engine.verify([foreign])).toThrow('only SM2 makes its digest of a message');
    expect([...engine.verify([job])]).toEqual([1]);
  });
});
