/** The native engine behind the common interface: flattens jobs into arrays of fixed width, and keeps handles of prepared keys. */
import type { NativeAddon } from '../../native/index.ts';
import { assertCurve, assertJob, assertWidth } from './assert-job.ts';
import {
  COMPRESSED_KEY_BYTES,
  CURVES,
  DIGEST_BYTES,
  type Job,
  type MessageJob,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignatureEngine,
} from './job.ts';
import { PreparedHandles } from './prepared-handles.ts';

/** Keys a thread holds a handle of; the addon shares tables between threads and has a bound of its own. */
const HANDLES_MAX = 64;
/** In place of a handle: of a key that signs again and again the addon keeps a small table by itself. */
const REPEATED = 0xffff_ffff;
/** Jobs the arrays have room for at first, and bytes of their messages; both grow with the largest batch. */
const CAPACITY_JOBS = 256;
const CAPACITY_MESSAGE_BYTES = 65_536;

const NOBODY = {};

/** `name`: the back-end that was selected in the addon. */
export function createNativeEngine(addon: NativeAddon, name: string): SignatureEngine {
  const handles = new PreparedHandles(HANDLES_MAX, (handle) => void addon.releaseKey(handle));
  let flat = new FlatJobs(CAPACITY_JOBS);
  let messages = new FlatMessages(CAPACITY_JOBS);

  const fill = (jobs: readonly Job[]) => {
    if (jobs.length > flat.capacity) {
      flat = new FlatJobs(jobs.length * 2);
      messages = new FlatMessages(flat.capacity);
    }
    messages.count = 0;
    messages.bytes = 0;
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i] as Job;
      assertJob(job);
      flat.curves[i] = CURVES[job.curve];
      flat.keys.set(job.publicKey, i * PUBLIC_KEY_BYTES);
      flat.signatures.set(job.signature, i * SIGNATURE_BYTES);
      flat.prepared[i] = handles.get(job.publicKey) ?? (job.keyRepeats ? REPEATED : 0);
      if (job.digest === null) messages.add(i, job);
      else flat.digests.set(job.digest, i * DIGEST_BYTES);
    }
  };

  return {
    name,
    prepare(curve, publicKey, owner = NOBODY) {
      assertCurve(curve);
      assertWidth('publicKey', publicKey, PUBLIC_KEY_BYTES);
      if (handles.share(publicKey, owner)) return;
      let handle = addon.prepareKey(CURVES[curve], publicKey);
      // No room: the key that this thread has not used for the longest time gives way.
      if (handle === 0 && handles.pop()) handle = addon.prepareKey(CURVES[curve], publicKey);
      // Null: no point of the curve; still 0: other threads hold every table. Verified without a table then.
      if (handle) handles.set(publicKey, handle, owner);
    },
    release: (owner) => handles.release(owner),
    verify(jobs) {
      const n = jobs.length;
      const verdicts = new Uint8Array(n);
      if (n === 0) return verdicts;
      fill(jobs);
      const keys = flat.keys.subarray(0, n * PUBLIC_KEY_BYTES);
      const digests = flat.digests.subarray(0, n * DIGEST_BYTES);
      if (messages.count > 0) {
        addon.sm2Digests(
          messages.jobs.subarray(0, messages.count),
          keys,
          messages.joined.subarray(0, messages.bytes),
          messages.ends.subarray(0, messages.count * 2),
          digests,
        );
      }
      addon.verifyBatch(
        flat.curves.subarray(0, n),
        keys,
        digests,
        flat.signatures.subarray(0, n * SIGNATURE_BYTES),
        flat.prepared.subarray(0, n),
        verdicts,
      );
      return verdicts;
    },
    decompress(curve, compressed) {
      assertCurve(curve);
      assertWidth('compressed', compressed, COMPRESSED_KEY_BYTES);
      // A view of its own: one of the addon's would be freed only by a finalizer.
      const key = new Uint8Array(PUBLIC_KEY_BYTES);
      return addon.decompress(CURVES[curve], compressed, key) ? key : null;
    },
    isOnCurve(curve, publicKey) {
      assertCurve(curve);
      assertWidth('publicKey', publicKey, PUBLIC_KEY_BYTES);
      return addon.isOnCurve(CURVES[curve], publicKey);
    },
  };
}

/** Jobs as arrays of fixed width. */
class FlatJobs {
  readonly capacity: number;
  readonly curves: Uint8Array;
  readonly keys: Uint8Array;
  readonly digests: Uint8Array;
  readonly signatures: Uint8Array;
  readonly prepared: Uint32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.curves = new Uint8Array(capacity);
    this.keys = new Uint8Array(capacity * PUBLIC_KEY_BYTES);
    this.digests = new Uint8Array(capacity * DIGEST_BYTES);
    this.signatures = new Uint8Array(capacity * SIGNATURE_BYTES);
    this.prepared = new Uint32Array(capacity);
  }
}

/** What the digests of a batch are made of: ID and message of each job, one behind the other. */
class FlatMessages {
  /** Numbers of the jobs. */
  readonly jobs: Uint32Array;
  /** Where ID and message end, two for each job. */
  readonly ends: Uint32Array;
  joined = new Uint8Array(CAPACITY_MESSAGE_BYTES);
  count = 0;
  bytes = 0;

  constructor(capacity: number) {
    this.jobs = new Uint32Array(capacity);
    this.ends = new Uint32Array(capacity * 2);
  }

  add(job: number, { id, message, appended }: MessageJob): void {
    const idEnd = this.bytes + id.length;
    const end = idEnd + message.length + appended.length;
    if (end > this.joined.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.joined.subarray(0, this.bytes));
      this.joined = grown;
    }
    this.joined.set(id, this.bytes);
    this.joined.set(message, idEnd);
    if (appended.length > 0) this.joined.set(appended, idEnd + message.length);
    this.jobs[this.count] = job;
    this.ends[this.count * 2] = idEnd;
    this.ends[this.count * 2 + 1] = end;
    this.count += 1;
    this.bytes = end;
  }
}
