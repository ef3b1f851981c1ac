/** Collects the checks of one proof in order. A family stops at the first plain check that fails. */
import type { Code } from '../../config/codes.ts';
import type { ProofFacts } from '../contract.ts';
import type { Job } from '../engine/job.ts';
import type { Check, PendingProof, SlowCheck } from './family.ts';

export class CheckList {
  readonly #checks: Check[] = [];

  /** Records a check with one way to fail. Returns whether it held. */
  require(check: string, code: Code, ok: boolean): boolean {
    this.#checks.push({ check, code, ok });
    return ok;
  }

  /** Records a check with several ways to fail: the code of the one that did, or null. Returns whether it held. */
  judge(check: string, fault: Code | null): boolean {
    return this.require(check, fault ?? 'proof.ok', fault === null);
  }

  /** Records a signature to verify. */
  verify(check: string, code: Code, job: Job): void {
    this.#checks.push({ check, code, job });
  }

  /** Records what is verified after the engine's round, when all before it held. */
  verifySlowly(check: string, code: Code, slow: SlowCheck): void {
    this.#checks.push({ check, code, slow });
  }

  /** How many checks are recorded. */
  get length(): number {
    return this.#checks.length;
  }

  /** The checks recorded since there were `from`, as held. To `repeat` once the whole proof is known to hold. */
  heldSince(from: number): readonly Check[] {
    return this.#checks.slice(from).map(({ check, code }) => ({ check, code, ok: true }));
  }

  /** Records checks that were made before, and held. */
  repeat(checks: readonly Check[]): void {
    for (const check of checks) this.#checks.push(check);
  }

  /** The proof when a plain check has failed. */
  denied(): PendingProof {
    return { checks: this.#checks, facts: null, remember: null };
  }

  /** The proof when every plain check held. */
  pending(facts: ProofFacts, remember: (() => void) | null): PendingProof {
    return { checks: this.#checks, facts, remember };
  }
}
