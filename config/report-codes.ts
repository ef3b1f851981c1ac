/** Codes of reports to public security and of webhooks: part of those of the hotel desk, `hotel-codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

export const REPORT_CODES = {
  'desk.bureau_silent': {
    ...{ kind: 'refusal', outcome: 'none', http: 503, retry: true },
    meaning:
      'Public security’s side does not answer, or not in a form that is understood; reports stay queued.',
  },
} as const satisfies Record<string, CodeEntry>;
