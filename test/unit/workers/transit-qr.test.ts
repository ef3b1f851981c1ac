/** The ride-code family below the prover: it reads anything without throwing. */
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { SlabCache } from '../../../workers/cache/slab-cache.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { digestOfJob } from '../../../workers/engine/sm2-digest.ts';
import { binForm, hexForm } from '../../../workers/families/byte-form.ts';
import { transitQr } from '../../../workers/families/transit-qr/family.ts';
import { finish } from '../../../workers/trust/loading.ts';
import { NOW_MS, rideItem, trust } from '../../fixtures/ride-codes.ts';

const cache = new SlabCache(10_000);
const loaded = finish(
  transitQr.loadTrust(trust, {
    engine: createPortableEngine(),
    cache,
    openSpace: (part) => cache.open(part),
    counters: { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 },
  }),
);
const code = rideItem().input as Uint8Array;

describe('any bytes', () => {
  /** Facts come with jobs for the engine, denial with exactly one failed check, and that one last. */
  const begins = (bytes: Uint8Array, atMs: number) => {
    const { checks, facts } = transitQr.begin(bytes, loaded, atMs);
    const failed = checks.map((check) => 'ok' in check && !check.ok);
    expect(failed.indexOf(true)).toBe(facts === null ? checks.length - 1 : -1);
    for (const check of checks) {
      if (!('job' in check)) continue;
      const { publicKey, signature } = check.job;
      expect([publicKey.length, digestOfJob(check.job).length, signature.length]).toEqual([64, 32, 64]);
    }
  };

  test('of any length are read without throwing', () => {
    const anyClock = fc.oneof(fc.constant(NOW_MS), fc.integer(), fc.constant(Number.MAX_SAFE_INTEGER));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), anyClock, begins), {
      seed: 1179,
      numRuns: 2000,
    });
  });

  test('close to a good code are read without throwing', () => {
    const edits = fc.array(fc.tuple(fc.nat(code.length - 1), fc.nat(255)), { maxLength: 4 });
    const cut = fc.integer({ min: -2, max: 34 });
    const property = fc.property(edits, cut, (changes, more) => {
      const bytes = new Uint8Array(code.length + more);
      bytes.set(code.subarray(0, bytes.length));
      for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
      begins(bytes, NOW_MS);
    });
    fc.assert(property, { seed: 1179, numRuns: 2000 });
  });
});

test('the same code comes in as hex in JSON and as bin in MessagePack', () => {
  const json = { hex: Buffer.from(code).toString('hex') };
  const packed = { code: new Uint8Array(code) };
  expect(Compile(transitQr.credentialSchema(hexForm)).Check(json)).toBe(true);
  expect(Compile(transitQr.credentialSchema(binForm)).Check(packed)).toBe(true);
  expect(Compile(transitQr.credentialSchema(binForm)).Check(json)).toBe(false);
  expect(Compile(transitQr.credentialSchema(hexForm)).Check({ ...json, code: '' })).toBe(false);
  expect(transitQr.read(json, {}, hexForm)).toEqual(code);
  expect(transitQr.read(packed, {}, binForm)).toEqual(code);
});
