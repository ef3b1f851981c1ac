/**
 * The portable signature engine: @noble/curves in JavaScript, for machines without the native one. It verifies only
 * and touches nothing secret, so variable time is right and the `Unsafe` multiplications are the ones to use.
 */
import { ECDH } from 'node:crypto';
import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js';
import { p256 } from '@noble/curves/nist.js';
import { LRUCache } from 'lru-cache';
import { cacheName } from '../codecs/cache-name.ts';
import { assertCurve, assertJob, assertWidth } from './assert-job.ts';
import {
  COMPRESSED_KEY_BYTES,
  type CurveName,
  type Job,
  PUBLIC_KEY_BYTES,
  type SignatureEngine,
} from './job.ts';
import { SM2_POINT } from './sm2-curve.ts';
import { digestOfJob } from './sm2-digest.ts';

type Point = WeierstrassPoint<bigint>;

const POINTS: Readonly<Record<CurveName, WeierstrassPointCons<bigint>>> = {
  sm2: SM2_POINT,
  p256: p256.Point,
};
const OPENSSL_NAMES: Readonly<Record<CurveName, string>> = { sm2: 'SM2', p256: 'prime256v1' };

/** Points kept decoded, about 1 KiB each. */
const IMPORTED_KEYS_MAX = 4096;
/** Keys kept with a table of multiples, about 0.5 MiB each: those of issuers and CAs. */
const PREPARED_KEYS_MAX = 32;
/** A table costs about five verifications and makes each later one three times as fast, so it soon pays. */
const USES_BEFORE_TABLE = 8;
const TABLE_WINDOW_BITS = 5;

interface ImportedKey {
  readonly point: Point;
  uses: number;
}

class KeyCache {
  readonly #imported = new LRUCache<string, ImportedKey>({ max: IMPORTED_KEYS_MAX });
  readonly #prepared = new LRUCache<string, Point>({ max: PREPARED_KEYS_MAX });

  /** The point of X ‖ Y, or null when it is none. Counts a use when it is for a verification. */
  point(curve: CurveName, publicKey: Uint8Array, forVerifying: boolean): Point | null {
    const name = curve + cacheName(publicKey);
    const prepared = this.#prepared.get(name);
    if (prepared !== undefined) return prepared;
    let key = this.#imported.get(name);
    if (key === undefined) {
      const point = importPoint(curve, publicKey);
      if (point === null) return null;
      key = { point, uses: 0 };
      this.#imported.set(name, key);
    }
    if (forVerifying && ++key.uses >= USES_BEFORE_TABLE) {
      this.#imported.delete(name);
      this.#prepared.set(name, key.point.precompute(TABLE_WINDOW_BITS));
    }
    return key.point;
  }
}

/** Makes an engine with caches of its own. Not to be shared between threads; keys it caches are public. */
export function createPortableEngine(): SignatureEngine {
  const keys = new KeyCache();
  return {
    name: 'portable',
    // Its tables follow use, and are few.
    release: () => {},
    prepare: (curve, publicKey) => {
      // Tables come with use, whatever is said before: making one takes longer than several verifications.
      assertCurve(curve);
      assertWidth('publicKey', publicKey, PUBLIC_KEY_BYTES);
    },
    verify: (jobs) => {
      for (const job of jobs) assertJob(job);
      return Uint8Array.from(jobs, (job) => (verifyOne(job, keys) ? 1 : 0));
    },
    decompress: (curve, compressed) => {
      assertCurve(curve);
      assertWidth('compressed', compressed, COMPRESSED_KEY_BYTES);
      return decompress(curve, compressed);
    },
    isOnCurve: (curve, publicKey) => {
      assertCurve(curve);
      assertWidth('publicKey', publicKey, PUBLIC_KEY_BYTES);
      return keys.point(curve, publicKey, false) !== null;
    },
  };
}

function verifyOne(job: Job, keys: KeyCache): boolean {
  if (job.curve === 'p256') return verifyP256(job);
  const key = keys.point(job.curve, job.publicKey, true);
  return key !== null && verifySm2(job, key);
}

/** GB/T 32918.2 clause 7.1, steps B1, B2 and B4 to B7; steps B3 made the digest. */
function verifySm2(job: Job, key: Point): boolean {
  const { Fn, BASE } = SM2_POINT;
  const r = toBigint(job.signature, 0);
  const s = toBigint(job.signature, 32);
  if (!Fn.isValidNot0(r) || !Fn.isValidNot0(s)) return false;
  const t = Fn.add(r, s);
  if (Fn.is0(t)) return false;
  const sum = BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
  // The standard leaves the point at infinity unsaid; it has no x, so it cannot equal r - e.
  if (sum.is0()) return false;
  return Fn.create(toBigint(digestOfJob(job), 0) + sum.x) === r;
}

/**
 * ECDSA over a digest that is already made. node:crypto would be faster, but it hashes whatever it is given and has no
 * way in for a digest. A high s is as good as a low one: cards do not normalise their signatures, and presentations
 * are never told apart by signature bytes.
 */
function verifyP256(job: Job): boolean {
  return p256.verify(job.signature, digestOfJob(job), uncompressed(job.publicKey), {
    prehash: false,
    lowS: false,
    format: 'compact',
  });
}

/** OpenSSL takes the square root three times as fast, and refuses X at or above p and X without a point. */
function decompress(curve: CurveName, compressed: Uint8Array): Uint8Array | null {
  if (compressed[0] !== 2 && compressed[0] !== 3) return null;
  try {
    const point = ECDH.convertKey(compressed, OPENSSL_NAMES[curve], undefined, undefined, 'uncompressed');
    return typeof point === 'string' ? null : new Uint8Array(point.subarray(1));
  } catch {
    return null;
  }
}

function importPoint(curve: CurveName, publicKey: Uint8Array): Point | null {
  try {
    const point = POINTS[curve].fromBytes(uncompressed(publicKey));
    point.assertValidity();
    return point;
  } catch {
    return null;
  }
}

/** SEC 1 v2.0 clause 2.3.3: 04 ‖ X ‖ Y. */
function uncompressed(publicKey: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(1 + PUBLIC_KEY_BYTES);
  encoded[0] = 4;
  encoded.set(publicKey, 1);
  return encoded;
}

function toBigint(bytes: Uint8Array, offset: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32);
  return (
    (view.getBigUint64(0) << 192n) |
    (view.getBigUint64(8) << 128n) |
    (view.getBigUint64(16) << 64n) |
    view.getBigUint64(24)
  );
}
