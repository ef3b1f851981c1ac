/**
 * The checks of proven certificates, by number. Which were made follows from the algorithm and from what the card shows, so
 * there are a handful of such lists, however many certificates.
 */
import type { Check } from '../family.ts';

/** As many as one byte numbers. */
const LISTS_MAX = 256;

export class CheckLists {
  readonly #lists: (readonly Check[])[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a list; null where there is none left. */
  numberOf(checks: readonly Check[]): number | null {
    const name = checks.map(({ check, code }) => `${check} ${code}`).join('\n');
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#lists.length === LISTS_MAX) return null;
    const number = this.#lists.push(checks) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  numbered(number: number): readonly Check[] {
    const checks = this.#lists[number];
    if (checks === undefined) throw new RangeError(`there is no list of checks ${number}`);
    return checks;
  }
}
