/** The checks of a chip card's proof, and what is to be remembered once all of them held. */
import { CheckList } from '../check-list.ts';

export class ChipCheckList extends CheckList {
  readonly #proven: (() => void)[] = [];

  /** Whether a value is there. */
  has(check: string, value: Uint8Array | null | undefined): value is Uint8Array {
    return this.require(check, 'credential.data_missing', value !== undefined && value !== null);
  }

  /** Whether a value is as long as it must be. */
  hasLength(check: string, value: Uint8Array, expected: number): boolean {
    const code = value.length < expected ? 'credential.truncated' : 'credential.trailing';
    return this.require(check, code, value.length === expected);
  }

  /** Does something once every check held. */
  whenProven(action: () => void): void {
    this.#proven.push(action);
  }

  runProven(): void {
    for (const action of this.#proven) action();
  }
}
