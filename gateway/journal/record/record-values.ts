/** Values of records that are stored as their index. Append to these, never reorder. */
import type { CardState, LiveOutcome, Mode, Outcome, StatusFacts } from '../../verification.ts';

export const MODES: readonly Mode[] = ['live', 'lists', 'stale', 'closed'];
export const OUTCOMES: readonly Outcome[] = ['allow', 'deny', 'refer'];
export const STATES: readonly CardState[] = [
  'good',
  'suspended',
  'lost',
  'replaced',
  'cancelled',
  'unknown',
  'not_covered',
];
export const SOURCES: readonly StatusFacts['source'][] = ['list', 'none', 'live'];
export const LIVE: readonly LiveOutcome[] = [
  'not_wanted',
  'answered',
  'unknown',
  'not_covered',
  'late',
  'failed',
  'not_asked',
];
export const NAMED: readonly StatusFacts['named'][] = ['member', 'absent', 'no_list'];

/** The version that is written, and the oldest that is read. */
export const VERSION = 2;
export const FIRST_VERSION = 1;
