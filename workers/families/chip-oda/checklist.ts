/** The checks of one proof in the order they are made, and what is to be remembered once all of them held. */
import type { Code } from '../../../config/codes.ts';
import type { SignatureJob } from '../../engine/job.ts';
import type { Check } from '../family.ts';

export class Checklist {
  readonly checks: Check[] = [];
  readonly #proven: (() => void)[] = [];

  /** Records a plain check. Answers whether it held; the caller goes no further when it did not. */
  holds(check: string, code: Code, ok: boolean): boolean {
    this.checks.push({ check, code, ok });
    return ok;
  }

  /** Whether a value is there. */
  has(check: string, value: Uint8Array | null | undefined): value is Uint8Array {
    return this.holds(check, 'credential.data_missing', value !== undefined && value !== null);
  }

  /** Whether a value is as long as it must be. */
  hasLength(check: string, value: Uint8Array, expected: number): boolean {
    const code = value.length < expected ? 'credential.truncated' : 'credential.trailing';
    return this.holds(check, code, value.length === expected);
  }

  /** Records a signature for the engine. */
  signature(check: string, code: Code, job: SignatureJob): void {
    this.checks.push({ check, code, job });
  }

  /** Records checks that were made and held before. */
  repeat(checks: readonly Check[]): void {
    for (const check of checks) this.checks.push(check);
  }

  /** The checks recorded since there were `from`, as held. For `repeat`, once the whole proof is known to hold. */
  heldSince(from: number): readonly Check[] {
    return this.checks.slice(from).map(({ check, code }) => ({ check, code, ok: true }));
  }

  /** Does something once every check held. */
  whenProven(action: () => void): void {
    this.#proven.push(action);
  }

  runProven(): void {
    for (const action of this.#proven) action();
  }
}
