/** What a suite of published test data is to `onecard conformance`. Adding one is adding a file and a line in `suites.ts`. */

export type Outcome = 'accepted' | 'rejected';

export interface ConformanceCase {
  /** As the suite names it: an identifier, or a file relative to its folder. */
  readonly name: string;
  readonly expected: Outcome;
  /** `unsupported`: it needs what this product leaves out on purpose, such as another curve. */
  readonly actual: Outcome | 'unsupported';
  /** Why: a code of docs/codes.md, or the name of what is unsupported. */
  readonly code: string;
  /** Where it disagrees, and by a rule that is written down in docs/conformance.md: the name of that rule. */
  readonly rule?: string;
}

export interface Suite {
  readonly name: string;
  /** One line for the help text. */
  readonly about: string;
  /** `folder`: laid out as published. Throws UnusableError where it is not. Cases come in a fixed order. */
  run(folder: string): Iterable<ConformanceCase> | AsyncIterable<ConformanceCase>;
}

/** Undecided where it is unsupported. */
export function agrees({ expected, actual }: ConformanceCase): boolean | null {
  return actual === 'unsupported' ? null : actual === expected;
}
