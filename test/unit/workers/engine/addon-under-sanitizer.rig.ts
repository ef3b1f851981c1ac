/**
 * Run by `native/check-memory.sh`: one short batch of everything through an addon that was built with a sanitizer, whose
 * library is the argument. Every array has exactly the size it needs, so that nothing beyond it can be touched unseen.
 */
import assert from 'node:assert/strict';
import type { NativeAddon } from '../../../../native/index.ts';
import { CURVES, type SignatureJob } from '../../../../workers/engine/job.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { sm2Digest } from '../../../../workers/engine/sm2-digest.ts';
import { CURVES_TESTED } from './curves.rig.ts';
import { randomJobs } from './random-jobs.rig.ts';

const SIZES = [1, 2, 7, 8, 9, 15, 16, 17, 33];
/** By turns: a key that was prepared, one that signs again and again, one of which nothing is known. */
const KINDS = 3;
/** In place of a handle: the engine may keep a small table of this key. */
const REPEATED = 0xffff_ffff;

const [, , library = ''] = process.argv;
const loaded = { exports: {} };
process.dlopen(loaded, library);
const addon = loaded.exports as NativeAddon;

const jobs = CURVES_TESTED.flatMap((curve) =>
  randomJobs({ curve, seed: 'sanitizer', count: 24, signatures: 12, keys: 4 }),
);
const expected = createPortableEngine().verify(jobs);

for (const { name, available, reason } of addon.backends()) {
  if (available) check(name);
  else console.warn(`skipped: ${name}: ${reason}`);
}

function check(name: string): void {
  assert.equal(addon.selfTest(name), null);
  addon.selectBackend(name);
  const handles = jobs.map(({ curve, publicKey }, i) =>
    i % KINDS === 0 ? (addon.prepareKey(CURVES[curve], own(publicKey)) ?? 0) : i % KINDS === 1 ? REPEATED : 0,
  );
  let verified = 0;
  for (const size of SIZES) {
    for (let at = 0; at + size <= jobs.length; at += size) {
      const verdicts = verify(jobs.slice(at, at + size), handles.slice(at, at + size));
      assert.deepEqual(verdicts, expected.slice(at, at + size), `${name}, ${size} jobs from ${at}`);
      verified += size;
    }
  }
  assert.throws(() => addon.verifyBatch(...arrays(jobs, handles.slice(1))));
  const prepared = handles.filter((handle) => handle !== 0 && handle !== REPEATED);
  for (const handle of prepared) assert.equal(addon.releaseKey(handle), true);
  checkPoints();
  checkRsa();
  checkDigests();
  checkSeals();
  console.log(`${name}: ${verified} verdicts, ${prepared.length} prepared keys`);
}

function verify(batch: readonly SignatureJob[], handles: readonly number[]): Uint8Array {
  const flat = arrays(batch, handles);
  addon.verifyBatch(...flat);
  return flat[5];
}

function arrays(
  batch: readonly SignatureJob[],
  handles: readonly number[],
): Parameters<NativeAddon['verifyBatch']> {
  const flat = (part: 'publicKey' | 'digest' | 'signature') =>
    own(Buffer.concat(batch.map((job) => job[part])));
  const curves = Uint8Array.from(batch, ({ curve }) => CURVES[curve]);
  return [
    curves,
    flat('publicKey'),
    flat('digest'),
    flat('signature'),
    Uint32Array.from(handles),
    new Uint8Array(batch.length),
  ];
}

function checkRsa(): void {
  for (const length of [64, 65, 144, 255, 256]) {
    const modulus = new Uint8Array(length).fill(0xc5);
    const block = new Uint8Array(length);
    assert.equal(addon.rsaRecover(modulus, 65_537, modulus.with(0, 1), block), true);
    assert.notDeepEqual(block, new Uint8Array(length));
    assert.equal(addon.rsaRecover(modulus, 3, modulus, block), false);
    assert.equal(addon.rsaRecover(modulus, 3, modulus.subarray(1), block), false);
  }
  assert.throws(() => addon.rsaRecover(new Uint8Array(64), 3, new Uint8Array(64), new Uint8Array(63)));
}

function checkPoints(): void {
  const taken = jobs.filter(({ curve, publicKey }) => addon.isOnCurve(CURVES[curve], own(publicKey)));
  assert.ok(taken.length > jobs.length / 2);
  assert.equal(addon.isOnCurve(CURVES.sm2, new Uint8Array(64).fill(0xff)), false);
  for (const { curve, publicKey } of taken) {
    const prefix = 2 + ((publicKey[63] ?? 0) & 1);
    const compressed = Uint8Array.of(prefix, ...publicKey.subarray(0, 32));
    const key = new Uint8Array(64);
    assert.equal(addon.decompress(CURVES[curve], compressed, key), true);
    assert.deepEqual(key, new Uint8Array(publicKey));
  }
  const curves = Uint8Array.from(taken, ({ curve }) => CURVES[curve]);
  const compressed = taken.flatMap(({ publicKey }) => [2, ...publicKey.subarray(0, 32)]);
  const [keys, found] = [new Uint8Array(64 * taken.length), new Uint8Array(taken.length)];
  addon.decompressBatch(curves, Uint8Array.from(compressed), keys, found);
  assert.ok(found.every((one) => one === 1));
}

/** Every number of messages up to more than two vectors, of lengths around the blocks. */
function checkDigests(): void {
  for (let count = 0; count <= 34; count++) {
    const places = Uint32Array.from({ length: count }, (_, i) => i);
    const keys = new Uint8Array(64 * count).fill(count);
    const parts = places.length * 2;
    const ends = Uint32Array.from({ length: parts }, (_, i) => (i + 1) * (count + 20));
    const messages = new Uint8Array(parts * (count + 20)).fill(7);
    const digests = new Uint8Array(32 * count);
    addon.sm2Digests(places, keys, messages, ends, digests);
    const part = messages.subarray(0, count + 20);
    const expected = count === 0 ? new Uint8Array() : sm2Digest(keys.subarray(0, 64), part, part);
    for (const place of places) assert.deepEqual(digests.slice(32 * place, 32 * place + 32), expected);

    const keyed = new Uint8Array(16 * parts);
    addon.keyedDigests(new Uint8Array(64), new Uint8Array(parts).fill(1), messages, ends, keyed);
    assert.deepEqual(keyed.slice(0, 16), keyed.slice(keyed.length - 16 * Math.min(1, parts)));
    addon.keyedDigestsSm3(new Uint8Array(64), new Uint8Array(parts).fill(1), messages, ends, keyed);
    assert.deepEqual(keyed.slice(0, 16), keyed.slice(keyed.length - 16 * Math.min(1, parts)));
    const bounds = Uint32Array.from({ length: parts * 2 }, (_, i) => ((i + 1) >> 1) * (count + 20));
    const prefixed = new Uint8Array(32 * parts);
    addon.prefixedDigestsSm3(0, messages, bounds, prefixed);
    assert.deepEqual(prefixed.slice(0, 32), prefixed.slice(prefixed.length - 32 * Math.min(1, parts)));
  }
}

/** Every length around the blocks, and more than the engine encrypts at once. */
function checkSeals(): void {
  const ready = new Uint8Array(192);
  addon.sealKey(new Uint8Array(16).fill(1), new Uint8Array(32).fill(2), ready);
  for (const length of [...Array.from({ length: 70 }, (_, i) => i), 255, 256, 257, 1_023, 1_024, 1_025]) {
    const plain = new Uint8Array(length).fill(7);
    const associated = new Uint8Array(length % 67);
    const sealed = new Uint8Array(16 + length + 32);
    addon.seal(ready, associated, plain, sealed);
    const opened = new Uint8Array(length);
    assert.equal(addon.open(ready, associated, sealed, opened), true);
    assert.deepEqual(opened, plain);
    assert.equal(addon.open(ready, associated, sealed.with(0, 1), opened), false);
    assert.throws(() => addon.open(ready, associated, sealed.subarray(1), opened));
  }
}

/** A copy in memory of its own, of just its size: a Buffer may be a part of a pool. */
function own(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
