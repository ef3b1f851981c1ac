/** What is measured: each engine, curve, size of batch and kind of key, and OpenSSL beside them. */
import { verify as opensslVerify } from 'node:crypto';
import { loadAddon } from '../native/index.ts';
import type { CurveName, SignatureEngine } from '../workers/engine/job.ts';
import { createNativeEngine } from '../workers/engine/native.ts';
import { createPortableEngine } from '../workers/engine/portable.ts';
import { type BenchJob, benchJobs, type KeyKind, PREPARED_KEYS } from './engine-jobs.ts';

export interface Cell {
  readonly curve: CurveName;
  readonly engine: string;
  readonly batch: number;
  readonly keys: KeyKind;
  readonly jobs: readonly BenchJob[];
  /** Made before every pass over the jobs. */
  start(): (batch: readonly BenchJob[]) => Uint8Array;
}

export const OPENSSL = 'openssl';
const CURVE_NAMES: readonly CurveName[] = ['sm2', 'p256'];
const KEY_KINDS: readonly KeyKind[] = ['plain', 'repeated', 'prepared'];
const BATCHES = [64, 8, 1];
/** Batches of which each makes some tables; after as many, every repeated key has one. */
const TABLE_BATCH = 8;
/** One signature after another whatever the batch. */
const PORTABLE_BATCH = 8;

export interface Cells {
  readonly cells: readonly Cell[];
  /** Back-ends that cannot run here, and why. */
  readonly missing: Readonly<Record<string, string>>;
}

export function allCells(seed: string): Cells {
  const { addon, reason } = loadAddon();
  const missing: Record<string, string> = {};
  if (addon === null) missing['native'] = reason;
  const natives = (addon?.backends() ?? []).flatMap(({ name, reason: whyNot }) => {
    if (whyNot !== undefined) missing[name] = whyNot;
    return addon === null || whyNot !== undefined ? [] : [selected(addon, name)];
  });
  const cells = CURVE_NAMES.flatMap((curve) => {
    const sets = KEY_KINDS.map((keys) => ({ curve, keys, jobs: benchJobs(seed, curve, keys) }));
    const plain = sets.slice(0, 1);
    return [
      ...plain.map((set): Cell => ({ ...set, engine: OPENSSL, batch: 1, start: () => byOpenssl })),
      ...natives.flatMap((native) =>
        sets.flatMap((set) =>
          BATCHES.map((batch): Cell => ({ ...set, engine: native.name, batch, start: native.start(set) })),
        ),
      ),
      // It keeps nothing of repeated keys.
      ...sets
        .filter(({ keys }) => keys !== 'repeated')
        .map((set): Cell => ({ ...set, engine: 'portable', batch: PORTABLE_BATCH, start: portable(set) })),
    ];
  });
  return { cells, missing };
}

interface JobSet {
  readonly keys: KeyKind;
  readonly jobs: readonly BenchJob[];
}

function selected(addon: Parameters<typeof createNativeEngine>[0], name: string) {
  const engine = createNativeEngine(addon, name);
  const start = ({ keys, jobs }: JobSet) => {
    let shown = keys !== 'repeated';
    return () => {
      addon.selectBackend(name);
      if (keys === 'prepared') prepareAll(engine, jobs);
      if (!shown) showAll(engine, jobs);
      shown = true;
      return (batch: readonly BenchJob[]) => engine.verify(batch);
    };
  };
  return { name, start };
}

/** Makes tables for keys it sees often: a fresh one for every pass over plain keys, the same one for prepared keys. */
function portable({ keys, jobs }: JobSet) {
  const kept = createPortableEngine();
  return () => {
    const engine = keys === 'plain' ? createPortableEngine() : kept;
    if (keys === 'prepared') prepareAll(engine, jobs);
    return (batch: readonly BenchJob[]) => engine.verify(batch);
  };
}

/** Equal keys are one array, so the first few jobs have them all. */
function prepareAll(engine: SignatureEngine, jobs: readonly BenchJob[]): void {
  for (const { curve, publicKey } of jobs.slice(0, PREPARED_KEYS)) engine.prepare(curve, publicKey);
}

/** Until there are tables of all of them. */
function showAll(engine: SignatureEngine, jobs: readonly BenchJob[]): void {
  for (let from = 0; from < jobs.length; from += TABLE_BATCH)
    engine.verify(jobs.slice(from, from + TABLE_BATCH));
}

/** With its hashing: node:crypto has no way in for a digest. */
function byOpenssl(batch: readonly BenchJob[]): Uint8Array {
  return Uint8Array.from(batch, ({ curve, message, imported, der }) =>
    opensslVerify(curve === 'sm2' ? 'sm3' : 'sha256', message, imported, der) ? 1 : 0,
  );
}
