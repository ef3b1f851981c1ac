/** Values of records that are stored as their index. Append to these, never reorder. */
import type {
  CardState,
  GroupSaid,
  ListSaid,
  LiveOutcome,
  Mode,
  Outcome,
  PassageFacts,
  ReplayScope,
  StatusFacts,
} from '../../verification.ts';

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
export const LIST_SAID: readonly ListSaid[] = ['member', 'absent', 'no_list'];
export const PASSAGE_STATES: readonly PassageFacts['state'][] = ['inside', 'outside', 'unknown'];
export const REPLAY_SCOPES: readonly ReplayScope[] = ['gateway', 'shared', 'local'];

/** Stored as text. */
export const GROUP_SAID: readonly GroupSaid[] = ['card', 'claim', 'list', 'none', 'unknown'];

/** The versions that are written: 4, or 5 in the profile `sm`. */
export const WRITTEN_VERSIONS: readonly number[] = [4, 5];
/** The newest, and all that are read. */
export const VERSION = 5;
