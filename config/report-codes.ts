/** Codes of reports to public security and of webhooks: part of those of the hotel desk, `hotel-codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

export const REPORT_CODES = {
  'desk.bureau_silent': {
    ...{ kind: 'refusal', outcome: 'none', http: 503, retry: true },
    meaning:
      'Public security’s side does not answer, or not in a form that is understood; reports stay queued.',
  },
  'desk.report_state': {
    ...{ kind: 'refusal', outcome: 'none', http: 409, retry: false },
    meaning:
      'That cannot be done to a report in its state: one that is held waits for its guest, one that is accepted is done.',
  },
  'desk.no_interface': {
    ...{ kind: 'refusal', outcome: 'none', http: 409, retry: false },
    meaning: 'Reports are not handed over that way here: see hotel.report.adapter.',
  },
} as const satisfies Record<string, CodeEntry>;
