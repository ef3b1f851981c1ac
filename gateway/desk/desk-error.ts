import { OnecardError } from '../../config/onecard-error.ts';

/** The desk cannot be run, or asked for something that cannot be. The message names no person. */
export class DeskError extends OnecardError {
  override readonly name = 'DeskError';
  readonly code = 'desk_unusable';
}
