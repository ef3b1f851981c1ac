/** GB/T 39786-2021 clause 8: what is asked of a system of level 3. */
import type { Clause, Part } from './clause.ts';
import { MANAGEMENT_PARTS } from './management.ts';
import { TECHNICAL_PARTS } from './technical.ts';

export const LEVEL_3: readonly Part[] = [...TECHNICAL_PARTS, ...MANAGEMENT_PARTS];

export const LEVEL_3_CLAUSES: ReadonlyMap<string, Clause> = new Map(
  LEVEL_3.flatMap(({ clauses }) => clauses).map((each) => [each.clause, each]),
);
