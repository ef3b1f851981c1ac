/**
 * Proves batches of presentations: every family prepares its checks, all signatures of the batch go to the engine in
 * one call, and each presentation is settled on its own. Nothing here waits or throws for what a card said.
 */

import { SlabCache } from './cache/slab-cache.ts';
import { equalBytes } from './codecs/hex.ts';
import type { CheckResult, ProofVerdict, ProveItem, ProveStats } from './contract.ts';
import type { Job, SignatureEngine } from './engine/job.ts';
import type { CacheCounters, Check, PendingProof } from './families/family.ts';
import { familyNamed } from './families/table.ts';
import { type LoadedTrust, loadTrustInSteps } from './trust/bundle.ts';
import { finish, type Loading } from './trust/loading.ts';

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
  readonly #cache: SlabCache;
  readonly #bundles = new Map<string, LoadedTrust>();
  readonly #counters = zeroCounters();
  #busyMs = 0;
  #signatures = 0;
  /** Of the last batch. */
  #coldItems: number[] = [];

  /** `rememberedBytes`: memory for what was proven, all in. */
  constructor(engine: SignatureEngine, rememberedBytes: number) {
    this.#engine = engine;
    this.#cache = new SlabCache(rememberedBytes);
  }

  /** Bytes of what is remembered, by part. */
  remembered(): ReadonlyMap<string, number> {
    return this.#cache.usage();
  }

  hasTrust(revision: string): boolean {
    return this.#bundles.has(revision);
  }

  /**
   * Makes a revision of trust known, under the name given or else its own, and returns that name. Throws TrustError,
   * and then keeps what it had.
   */
  loadTrust(document: unknown, name?: string): string {
    return finish(this.loadTrustInSteps(document, name));
  }

  /** The same step by step, for who proves meanwhile under what is known already. */
  *loadTrustInSteps(document: unknown, name?: string): Loading<string> {
    const setting = { engine: this.#engine, cache: this.#cache, counters: this.#counters };
    const bundle = yield* loadTrustInSteps(document, setting, name);
    this.#bundles.get(bundle.revision)?.release();
    this.#bundles.set(bundle.revision, bundle);
    return bundle.revision;
  }

  /** Forgets every other revision, with what was proven under it. */
  keepOnly(revision: string): void {
    for (const [other, bundle] of this.#bundles) {
      if (other === revision) continue;
      bundle.release();
      this.#bundles.delete(other);
    }
  }

  /** One verdict an item, in order. Throws RangeError when the revision is not known. */
  prove(items: readonly ProveItem[], trustRevision: string, detail: boolean): ProofVerdict[] {
    const bundle = this.#bundles.get(trustRevision);
    if (bundle === undefined) throw new RangeError(`trust revision ${trustRevision} is not loaded`);
    const startedMs = performance.now();
    const distinct = new DistinctJobs();
    this.#coldItems = [];
    const begun = items.map((item, i) => this.#begin(item, i, bundle, distinct, detail));
    const verified = this.#verify(distinct.jobs);
    const verdicts = begun.map((each) => (each === null ? INTERNAL : settle(each, verified, detail)));
    this.#busyMs += performance.now() - startedMs;
    return verdicts;
  }

  /** Counts since the last call, and the cold items of the last batch. */
  takeStats(): ProveStats {
    const coldItems = this.#coldItems;
    const stats: ProveStats = {
      engine: this.#engine.name,
      busyMs: this.#busyMs,
      signatures: this.#signatures,
      ...this.#counters,
      ...(coldItems.length > 0 && { coldItems }),
    };
    this.#busyMs = 0;
    this.#signatures = 0;
    Object.assign(this.#counters, zeroCounters());
    return stats;
  }

  /** Notes whether anything was looked for that is not remembered. */
  #begin(item: ProveItem, i: number, bundle: LoadedTrust, distinct: DistinctJobs, detail: boolean) {
    const before = this.#misses;
    const begun = begin(item, bundle, distinct, detail);
    if (this.#misses !== before) this.#coldItems.push(i);
    return begun;
  }

  get #misses(): number {
    return this.#counters.chainMisses + this.#counters.authorisationMisses;
  }

  /** A job of wrong widths is a fault of a family; it gets no verdict, and the rest of the batch gets theirs. */
  #verify(jobs: readonly Job[]): Verified {
    this.#signatures += jobs.length;
    try {
      return jobs.length === 0 ? [] : this.#engine.verify(jobs);
    } catch {
      return jobs.map((job) => this.#verifyAlone(job));
    }
  }

  #verifyAlone(job: Job): number | undefined {
    try {
      return this.#engine.verify([job])[0];
    } catch {
      return undefined;
    }
  }
}

/** Verdict of each distinct job, in order: 1 verifies. */
type Verified = ArrayLike<number | undefined>;

/** Taps of one issuer that arrive together carry one certificate, verified once. */
class DistinctJobs {
  readonly jobs: Job[] = [];
  readonly #byTail = new Map<number, number>();

  /** Where the job's verdict will be. */
  add(job: Job): number {
    const tail = tailOf(job.signature);
    const known = this.#byTail.get(tail);
    const like = known === undefined ? undefined : this.jobs[known];
    // Other jobs with the same tail cost a verification of their own, nothing else.
    if (known !== undefined && like !== undefined && sameJob(like, job)) return known;
    if (known === undefined) this.#byTail.set(tail, this.jobs.length);
    return this.jobs.push(job) - 1;
  }
}

/** The last four bytes of a signature, which tell nearly all apart. */
function tailOf(signature: Uint8Array): number {
  const end = signature.length;
  let tail = 0;
  for (let at = Math.max(0, end - 4); at < end; at++) tail = (tail << 8) | (signature[at] as number);
  return tail;
}

function sameJob(a: Job, b: Job): boolean {
  return (
    a.curve === b.curve &&
    equalBytes(a.signature, b.signature) &&
    equalBytes(a.publicKey, b.publicKey) &&
    signSame(a, b)
  );
}

/** Equal parts only: the same message cut in another place costs a verification of its own, nothing else. */
function signSame(a: Job, b: Job): boolean {
  if (a.digest !== null) return b.digest !== null && equalBytes(a.digest, b.digest);
  return (
    b.digest === null &&
    equalBytes(a.message, b.message) &&
    equalBytes(a.appended, b.appended) &&
    equalBytes(a.id, b.id)
  );
}

/** A proof whose signatures wait for the engine. */
interface Begun {
  readonly proof: PendingProof;
  /** How many checks count: none after a plain one that failed. */
  readonly count: number;
  /** Of the signatures among them, in order: where their verdicts will be. */
  readonly verdicts: readonly number[];
}

/** Null on a fault of our own: the family is unknown here, or threw, or made something that is no job. */
function begin(item: ProveItem, bundle: LoadedTrust, distinct: DistinctJobs, detail: boolean): Begun | null {
  try {
    const family = familyNamed(item.family);
    if (family === undefined) return null;
    const proof = family.begin(item.input, bundle.of(item.family), item.atMs, detail, item.disclose);
    const verdicts: number[] = [];
    let count = 0;
    for (const check of proof.checks) {
      count += 1;
      if ('job' in check) verdicts.push(distinct.add(check.job));
      else if ('ok' in check && !check.ok) break;
    }
    return { proof, count, verdicts };
  } catch {
    return null;
  }
}

function settle({ proof, count, verdicts }: Begun, verified: Verified, detail: boolean): ProofVerdict {
  const results: (boolean | null)[] | null = detail ? [] : null;
  let failed: Check | null = null;
  let signatures = 0;
  let hasSlow = false;
  for (let i = 0; i < count; i++) {
    const check = proof.checks[i] as Check;
    let ok: boolean | null = null;
    if ('ok' in check) ok = check.ok;
    else if ('job' in check) {
      const verdict = verified[verdicts[signatures++] ?? -1];
      if (verdict === undefined) return INTERNAL;
      ok = verdict === 1;
    } else hasSlow = true;
    results?.push(ok);
    if (ok === false) failed ??= check;
  }
  if (hasSlow && failed === null) {
    try {
      failed = firstSlowThatFails(proof.checks, results);
    } catch {
      return INTERNAL;
    }
  }
  const checks = results === null ? [] : madeChecks(proof.checks, results);
  if (failed !== null) return { ok: false, code: failed.code, failed: failed.check, facts: null, checks };
  if (proof.facts === null) return INTERNAL;
  try {
    proof.remember?.();
  } catch {
    return INTERNAL;
  }
  return { ok: true, code: 'proof.ok', failed: null, facts: proof.facts, checks };
}

/** Nothing else of the proof has failed. None is made after one that fails. */
function firstSlowThatFails(checks: readonly Check[], results: (boolean | null)[] | null): Check | null {
  for (const [i, check] of checks.entries()) {
    if (!('slow' in check)) continue;
    const ok = check.slow.verify();
    if (results !== null) results[i] = ok;
    if (!ok) return check;
  }
  return null;
}

/** Slow checks that were not made are not among them. */
function madeChecks(checks: readonly Check[], results: readonly (boolean | null)[]): CheckResult[] {
  return results.flatMap((ok, i) => (ok === null ? [] : [{ check: (checks[i] as Check).check, ok }]));
}
