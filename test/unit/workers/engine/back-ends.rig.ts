/** Every engine that this machine can run, behind the one interface. */
import { loadAddon } from '../../../../native/index.ts';
import type { SignatureEngine, SignatureJob } from '../../../../workers/engine/job.ts';
import { createNativeEngine } from '../../../../workers/engine/native.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';

const { addon, reason } = loadAddon();

/** The addon, for tests of its own surface, or null. */
export const nativeAddon = addon;

if (reason !== null) console.warn(`skipped: the native back-ends: ${reason}`);

const available = (addon?.backends() ?? []).filter(({ name, available, reason: whyNot }) => {
  if (!available) console.warn(`skipped: ${name}: ${whyNot}`);
  return available;
});

/** Those of the addon, the fastest first. */
export const nativeEngines: readonly SignatureEngine[] = available.map(({ name }) => native(name));

export const portableEngine = createPortableEngine();

/** The fastest first. */
export const engines: readonly SignatureEngine[] = [...nativeEngines, portableEngine];

/** Rows for `test.each` and `describe.each`. */
export const byName = (which: readonly SignatureEngine[] = engines) =>
  which.map((engine) => [engine.name, engine] as const);

/** A native engine of its own. The addon runs one back-end at a time, so it is selected before every call. */
export function native(name: string): SignatureEngine {
  if (addon === null) throw new Error(reason);
  const engine = createNativeEngine(addon, name);
  const selected = () => {
    addon.selectBackend(name);
    return engine;
  };
  return {
    name,
    prepare: (...key) => selected().prepare(...key),
    release: (owner) => selected().release(owner),
    verify: (jobs) => selected().verify(jobs),
    decompress: (...key) => selected().decompress(...key),
    isOnCurve: (...key) => selected().isOnCurve(...key),
  };
}

export const verdictsOf = (engine: SignatureEngine, jobs: readonly SignatureJob[]): boolean[] =>
  Array.from(engine.verify(jobs), (verdict) => verdict === 1);

/** Fails with the places where verdicts differ, not with the whole lists. */
export function differences(
  got: readonly boolean[],
  expected: readonly boolean[],
  nameOf: (i: number) => string = (i) => `job ${i}`,
): string[] {
  const found = got.length === expected.length ? [] : [`${got.length} verdicts, not ${expected.length}`];
  for (const [i, verdict] of expected.entries()) {
    if (got[i] !== verdict) found.push(`${nameOf(i)}: ${got[i]}, expected ${verdict}`);
  }
  return found;
}

/** In pieces of the size given, as batches come. */
export function verifyInBatches(
  engine: SignatureEngine,
  jobs: readonly SignatureJob[],
  size: number,
): boolean[] {
  const verdicts: boolean[] = [];
  for (let i = 0; i < jobs.length; i += size) verdicts.push(...verdictsOf(engine, jobs.slice(i, i + size)));
  return verdicts;
}

/** Verdicts with plain keys, and again with every key prepared; an engine that is not native prepares nothing. */
export function plainAndPrepared(engine: SignatureEngine, jobs: readonly SignatureJob[]): boolean[][] {
  const plain = verdictsOf(engine, jobs);
  if (!nativeEngines.includes(engine)) return [plain];
  // Fewer than are kept at once.
  const prepared: boolean[] = [];
  for (let i = 0; i < jobs.length; i += 32) {
    const batch = jobs.slice(i, i + 32);
    for (const { curve, publicKey } of batch) engine.prepare(curve, publicKey);
    prepared.push(...verdictsOf(engine, batch));
  }
  return [plain, prepared];
}
