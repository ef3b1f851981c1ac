/**
 * Proves batches of presentations: every family prepares its checks, all signatures of the batch go to the engine in
 * one call, and each presentation is settled on its own. Nothing here waits or throws for what a card said.
 */

import { cacheName } from './codecs/cache-name.ts';
import type { ProofVerdict, ProveItem, ProveStats } from './contract.ts';
import type { SignatureEngine, SignatureJob } from './engine/job.ts';
import type { CacheCounters, CacheLimits, Check, PendingProof } from './families/family.ts';
import { familyNamed } from './families/table.ts';
import { loadTrust, type TrustBundle } from './trust/bundle.ts';

/** The current revision, and the one before for batches that were already on their way. */
const REVISIONS_KEPT = 2;

const INTERNAL: ProofVerdict = {
  ok: false,
  code: 'proof.internal',
  failed: 'internal',
  facts: null,
  checks: [],
};

const zeroCounters = (): CacheCounters => ({
  chainHits: 0,
  chainMisses: 0,
  authorisationHits: 0,
  authorisationMisses: 0,
});

export class Prover {
  readonly #engine: SignatureEngine;
  readonly #limits: CacheLimits;
  readonly #bundles = new Map<string, TrustBundle>();
  readonly #counters = zeroCounters();
  #busyMs = 0;
  #signatures = 0;

  constructor(engine: SignatureEngine, limits: CacheLimits) {
    this.#engine = engine;
    this.#limits = limits;
  }

  hasTrust(revision: string): boolean {
    return this.#bundles.has(revision);
  }

  /**
   * Makes a revision of trust known, under the name given or else its own, and returns that name. Throws TrustError,
   * and then keeps what it had.
   */
  loadTrust(document: unknown, name?: string): string {
    const setting = { engine: this.#engine, limits: this.#limits, counters: this.#counters };
    const bundle = loadTrust(document, setting);
    const revision = name ?? bundle.revision;
    this.#bundles.delete(revision);
    this.#bundles.set(revision, bundle);
    for (const oldest of this.#bundles.keys()) {
      if (this.#bundles.size <= REVISIONS_KEPT) break;
      this.#bundles.delete(oldest);
    }
    return revision;
  }

  /** One verdict an item, in order. Throws RangeError when the revision is not known. */
  prove(items: readonly ProveItem[], trustRevision: string, detail: boolean): ProofVerdict[] {
    const bundle = this.#bundles.get(trustRevision);
    if (bundle === undefined) throw new RangeError(`trust revision ${trustRevision} is not loaded`);
    const startedMs = performance.now();
    const begun = items.map((item) => begin(item, bundle));
    const verified = this.#verify(begun);
    const verdicts = begun.map((each) => (each === null ? INTERNAL : settle(each, verified, detail)));
    this.#busyMs += performance.now() - startedMs;
    return verdicts;
  }

  /** Counts since the last call. */
  takeStats(): ProveStats {
    const stats: ProveStats = {
      engine: this.#engine.name,
      busyMs: this.#busyMs,
      signatures: this.#signatures,
      ...this.#counters,
    };
    this.#busyMs = 0;
    this.#signatures = 0;
    Object.assign(this.#counters, zeroCounters());
    return stats;
  }

  /** Verdicts by job name: taps of one issuer that arrive together carry one certificate, verified once. */
  #verify(begun: readonly (Begun | null)[]): ReadonlyMap<string, boolean> {
    const jobs = new Map<string, SignatureJob>();
    for (const each of begun) {
      for (const { name, job } of each?.signatures.values() ?? []) jobs.set(name, job);
    }
    const verdicts = this.#verifyDistinct([...jobs.values()]);
    const verified = new Map<string, boolean>();
    for (const [i, name] of [...jobs.keys()].entries()) {
      const verdict = verdicts[i];
      if (verdict !== undefined) verified.set(name, verdict === 1);
    }
    return verified;
  }

  /** A job of wrong widths is a fault of a family; it gets no verdict, and the rest of the batch gets theirs. */
  #verifyDistinct(jobs: readonly SignatureJob[]): (number | undefined)[] {
    this.#signatures += jobs.length;
    try {
      return jobs.length === 0 ? [] : [...this.#engine.verify(jobs)];
    } catch {
      return jobs.map((job) => this.#verifyAlone(job));
    }
  }

  #verifyAlone(job: SignatureJob): number | undefined {
    try {
      return this.#engine.verify([job])[0];
    } catch {
      return undefined;
    }
  }
}

/** A proof whose signatures wait for the engine. */
interface Begun {
  readonly proof: PendingProof;
  /** The checks that count: none after a plain one that failed. */
  readonly checks: readonly Check[];
  readonly signatures: ReadonlyMap<Check, { readonly name: string; readonly job: SignatureJob }>;
}

/** Null on a fault of our own: the family is unknown here, or threw, or made something that is no job. */
function begin(item: ProveItem, bundle: TrustBundle): Begun | null {
  try {
    const family = familyNamed(item.family);
    if (family === undefined) return null;
    const proof = family.begin(item.input, bundle.of(item.family), item.atMs);
    const firstFailed = proof.checks.findIndex((check) => 'ok' in check && !check.ok);
    const checks = firstFailed < 0 ? proof.checks : proof.checks.slice(0, firstFailed + 1);
    const signatures = new Map<Check, { name: string; job: SignatureJob }>();
    for (const check of checks) {
      if ('job' in check) signatures.set(check, { name: jobName(check.job), job: check.job });
    }
    return { proof, checks, signatures };
  } catch {
    return null;
  }
}

/** Equal names mean equal jobs: of the three parts each has one width, or the engine refuses it. */
function jobName({ curve, publicKey, digest, signature }: SignatureJob): string {
  return `${curve}/${publicKey.length}/${digest.length}/${cacheName(publicKey, digest, signature)}`;
}

function settle(begun: Begun, verified: ReadonlyMap<string, boolean>, detail: boolean): ProofVerdict {
  const { proof, signatures } = begun;
  const made: { check: string; ok: boolean }[] = [];
  let failed: Check | null = null;
  for (const check of begun.checks) {
    const ok = 'ok' in check ? check.ok : verified.get(signatures.get(check)?.name ?? '');
    if (ok === undefined) return INTERNAL;
    made.push({ check: check.check, ok });
    if (!ok) failed ??= check;
  }
  const checks = detail ? made : [];
  if (failed !== null) return { ok: false, code: failed.code, failed: failed.check, facts: null, checks };
  if (proof.facts === null) return INTERNAL;
  try {
    proof.remember?.();
  } catch {
    return INTERNAL;
  }
  return { ok: true, code: 'proof.ok', failed: null, facts: proof.facts, checks };
}
