/** Jobs from a seed, about half of them damaged in one part, with messages so that OpenSSL can be asked as well. */
import { createHash } from 'node:crypto';
import type { SignatureJob } from '../../../../workers/engine/job.ts';
import { sm2Digest } from '../../../../workers/engine/sm2-digest.ts';
import { concat, mod, toBytes32, toInteger } from '../../../fixtures/openssl-sm2.ts';
import { baseMultiple, type Curve, keyOf, SM2, sign } from './curves.rig.ts';
import { type Seeded, seeded } from './seeded.rig.ts';

export interface MessageJob extends SignatureJob {
  /** Its digest is the job's: SHA-256, or for SM2 with Z of the key and the ID. */
  readonly message: Uint8Array;
}

export interface RandomJobsOptions {
  readonly curve: Curve;
  readonly seed: string;
  readonly count: number;
  /** Distinct signatures that the jobs are made of. */
  readonly signatures?: number;
  readonly keys?: number;
  /** Of SM2. */
  readonly id?: Uint8Array;
}

const MESSAGE_BYTES_MAX = 80;

/** One pool of good jobs; each job is one of them, or one of them damaged. */
export function randomJobs(options: RandomJobsOptions): MessageJob[] {
  const random = seeded(options.seed);
  const pool = goodJobs(options, random);
  const pick = () => {
    const job = pool[random.below(pool.length)];
    if (job === undefined) throw new RangeError('the pool is empty');
    return job;
  };
  return Array.from({ length: options.count }, (_, i) =>
    i % 2 === 0 ? pick() : damaged(options, random, pick(), pick()),
  );
}

/** Jobs that verify, each with a message and a nonce of its own. */
export function goodJobs(options: RandomJobsOptions, random: Seeded): MessageJob[] {
  const { curve, count, signatures = Math.min(count, 10_000), keys = 32 } = options;
  const pairs = Array.from({ length: keys }, () => {
    const d = random.scalar(curve.n - 1n);
    return { d, publicKey: keyOf(baseMultiple(curve, d)) };
  });
  return Array.from({ length: signatures }, (_, i) => {
    const { d, publicKey } = pairs[i % keys] ?? { d: 1n, publicKey: new Uint8Array() };
    const message = random.bytes(random.below(MESSAGE_BYTES_MAX));
    const digest = digestOf(options, publicKey, message);
    const signature = sign(curve, d, random.scalar(curve.n), digest);
    return { curve: curve.name, publicKey, digest, signature, message };
  });
}

function digestOf(
  { curve, id = new Uint8Array() }: RandomJobsOptions,
  publicKey: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  if (curve === SM2) return sm2Digest(publicKey, id, message);
  return new Uint8Array(createHash('sha256').update(message).digest());
}

function damaged(options: RandomJobsOptions, random: Seeded, job: MessageJob, other: MessageJob): MessageJob {
  const { n, p } = options.curve;
  const [r, s] = [job.signature.subarray(0, 32), job.signature.subarray(32)];
  const scalars = [0n, 1n, n - 1n, n, n + 1n, p, 2n ** 256n - 1n].map(toBytes32);
  const special = scalars[random.below(scalars.length)] ?? new Uint8Array(32);
  const signed = (...parts: Uint8Array[]) => ({ ...job, signature: concat(...parts) });
  const keyed = (publicKey: Uint8Array) => ({
    ...job,
    publicKey,
    digest: digestOf(options, publicKey, job.message),
  });
  switch (random.below(10)) {
    case 0:
    case 1:
      return { ...job, signature: bitFlipped(random, job.signature) };
    case 2: {
      const message = concat(job.message, random.bytes(1));
      return { ...job, message, digest: digestOf(options, job.publicKey, message) };
    }
    case 3:
      return keyed(bitFlipped(random, job.publicKey));
    case 4:
      return keyed(other.publicKey);
    case 5:
      return signed(s, r);
    // Of ECDSA this one verifies.
    case 6:
      return signed(r, toBytes32(n - toInteger(s)));
    case 7:
      return signed(special, s);
    case 8:
      return signed(r, special);
    default:
      return signed(other.signature.subarray(0, 32), toBytes32(mod(toInteger(s) + 1n, n)));
  }
}

function bitFlipped(random: Seeded, bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  const bit = random.below(8 * bytes.length);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
