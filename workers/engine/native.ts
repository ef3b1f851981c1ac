/**
 * The native engine behind the common interface: flattens jobs into arrays of fixed width, and keeps handles of
 * prepared keys. Keys are prepared by the identity of their array, so that a look-up costs nothing.
 */
import { LRUCache } from 'lru-cache';
import type { NativeAddon } from '../../native/index.ts';
import { assertCurve, assertJob, assertWidth } from './assert-job.ts';
import {
  COMPRESSED_KEY_BYTES,
  CURVES,
  DIGEST_BYTES,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignatureEngine,
  type SignatureJob,
} from './job.ts';

/** Keys a thread holds a handle of; the addon shares tables between threads and has a bound of its own. */
const HANDLES_MAX = 64;
/** Jobs the arrays have room for at first; they grow with the largest batch. */
const CAPACITY_JOBS = 256;

interface FlatJobs {
  readonly capacity: number;
  readonly curves: Uint8Array;
  readonly keys: Uint8Array;
  readonly digests: Uint8Array;
  readonly signatures: Uint8Array;
  readonly prepared: Uint32Array;
}

function flatJobs(capacity: number): FlatJobs {
  return {
    capacity,
    curves: new Uint8Array(capacity),
    keys: new Uint8Array(capacity * PUBLIC_KEY_BYTES),
    digests: new Uint8Array(capacity * DIGEST_BYTES),
    signatures: new Uint8Array(capacity * SIGNATURE_BYTES),
    prepared: new Uint32Array(capacity),
  };
}

/** `name`: the back-end that was selected in the addon. */
export function createNativeEngine(addon: NativeAddon, name: string): SignatureEngine {
  const handles = new LRUCache<Uint8Array, number>({
    max: HANDLES_MAX,
    dispose: (handle) => void addon.releaseKey(handle),
  });
  let flat = flatJobs(CAPACITY_JOBS);

  const fill = (jobs: readonly SignatureJob[]) => {
    if (jobs.length > flat.capacity) flat = flatJobs(jobs.length * 2);
    for (const [i, job] of jobs.entries()) {
      assertJob(job);
      flat.curves[i] = CURVES[job.curve];
      flat.keys.set(job.publicKey, i * PUBLIC_KEY_BYTES);
      flat.digests.set(job.digest, i * DIGEST_BYTES);
      flat.signatures.set(job.signature, i * SIGNATURE_BYTES);
      flat.prepared[i] = handles.get(job.publicKey) ?? 0;
    }
  };

  return {
    name,
    prepare(curve, publicKey) {
      assertCurve(curve);
      assertWidth('publicKey', publicKey, PUBLIC_KEY_BYTES);
      if (handles.has(publicKey)) return;
      let handle = addon.prepareKey(CURVES[curve], publicKey);
      // No room: the key that this thread has not used for the longest time gives way.
      if (handle === 0 && handles.pop() !== undefined) handle = addon.prepareKey(CURVES[curve], publicKey);
      // Null: no point of the curve; still 0: other threads hold every table. Verified without a table then.
      if (handle) handles.set(publicKey, handle);
    },
    verify(jobs) {
      const n = jobs.length;
      const verdicts = new Uint8Array(n);
      if (n === 0) return verdicts;
      fill(jobs);
      addon.verifyBatch(
        flat.curves.subarray(0, n),
        flat.keys.subarray(0, n * PUBLIC_KEY_BYTES),
        flat.digests.subarray(0, n * DIGEST_BYTES),
        flat.signatures.subarray(0, n * SIGNATURE_BYTES),
        flat.prepared.subarray(0, n),
        verdicts,
      );
      return verdicts;
    },
    decompress(curve, compressed) {
      assertCurve(curve);
      assertWidth('compressed', compressed, COMPRESSED_KEY_BYTES);
      return addon.decompress(CURVES[curve], compressed);
    },
    isOnCurve(curve, publicKey) {
      assertCurve(curve);
      assertWidth('publicKey', publicKey, PUBLIC_KEY_BYTES);
      return addon.isOnCurve(CURVES[curve], publicKey);
    },
  };
}
