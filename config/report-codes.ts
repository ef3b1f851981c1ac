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
  'desk.webhook_address': {
    ...{ kind: 'refusal', outcome: 'none', http: 422, retry: false },
    meaning:
      'Webhooks go to https addresses, or to http on this machine, without a user in them, and not to the addresses that docs name.',
  },
  'desk.webhooks_full': {
    ...{ kind: 'refusal', outcome: 'none', http: 409, retry: false },
    meaning: 'There are as many webhooks as hotel.limits.subscriptions allows: remove one.',
  },
} as const satisfies Record<string, CodeEntry>;
