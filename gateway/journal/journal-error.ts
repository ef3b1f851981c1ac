import { OnecardError } from '../../config/onecard-error.ts';

/**
 * Why the journal could not do what it was asked.
 *
 * - `full`: the disk bound is reached. Nothing was kept; appending works again once there is room.
 * - `io`: the operating system refused a write. Nothing was kept; appending may work again.
 * - `failed`: the state of the storage is in doubt. Nothing more is kept until the process starts anew.
 * - `corrupt`: bytes in the journal are not a record, or not the record they should be.
 * - `closed`: the journal was closed.
 * - `unusable`: the folder does not hold a journal that can be opened.
 */
export type JournalErrorCode = 'full' | 'io' | 'failed' | 'corrupt' | 'closed' | 'unusable';

export class JournalError extends OnecardError {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What an operator can do about a journal that cannot be used: the end of a sentence that says why. */
export const JOURNAL_WAYS_OUT =
  'Put back what was there, restore a backup (onecard journal restore), or begin a new journal and keep this one aside ' +
  '(onecard serve --new-journal), which lets credentials that were used pass again';
