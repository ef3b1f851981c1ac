/** The one table of suites. */
import type { Suite } from './suite.ts';

export const SUITES: readonly Suite[] = [];
