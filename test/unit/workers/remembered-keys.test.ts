/** What is remembered of a tap must not hold on to the batch it came in. */
import { expect, test } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { rideCode } from '../../../platform/issue/transit-qr.ts';
import type { Job, SignatureEngine } from '../../../workers/engine/job.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { binForm } from '../../../workers/families/byte-form.ts';
import { familyNamed } from '../../../workers/families/table.ts';
import { packInput, unpackInput } from '../../../workers/packing.ts';
import { Prover } from '../../../workers/prove.ts';

const NOW_MS = Date.UTC(2026, 10, 1);
const city = createCity({ seed: 'remembered keys', cards: 2, chips: 'sm2', now: NOW_MS });

test.each([
  ['chip-oda', () => city.card(0).chip.tap({ mode: 'dda', terminal: { '9F37': Uint8Array.of(1, 2, 3, 4) } })],
  [
    'transit-qr',
    () => ({ credential: { code: rideCode({ account: city.card(0).transit, nowMs: NOW_MS }) }, context: {} }),
  ],
])('%s: keys from the caches stand in buffers of their own', (family, show) => {
  const jobs: Job[] = [];
  const portable = createPortableEngine();
  const engine: SignatureEngine = {
    ...portable,
    verify: (batch) => {
      jobs.push(...batch);
      return portable.verify(batch);
    },
  };
  const prover = new Prover(engine, 100_000);
  const revision = prover.loadTrust(city.trustDocument());
  const { credential, context } = show();
  const packed = packInput(familyNamed(family)?.read(credential, context, binForm));
  const batch = Buffer.concat([Buffer.alloc(5_000), packed]);
  const item = () => ({ family, input: unpackInput(batch.subarray(5_000)), atMs: NOW_MS });

  expect(prover.prove([item()], revision, false)[0]?.code).toBe('proof.ok');
  jobs.length = 0;
  expect(prover.prove([item()], revision, false)[0]?.code).toBe('proof.ok');
  expect(jobs).toHaveLength(1);
  expect(jobs[0]?.publicKey.buffer.byteLength).toBe(64);
});
