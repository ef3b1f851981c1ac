import { JournalError } from '../journal-error.ts';

/** What refuses a start on a journal that is not what was logged. */
export function inDoubt(why: string): JournalError {
  return new JournalError(
    'unusable',
    `the journal does not hold to its log: ${why}. "onecard journal verify" says more. Restore a backup (onecard journal ` +
      'restore), or put the journal aside and begin another (onecard serve --new-journal): see docs/journal.md',
  );
}
