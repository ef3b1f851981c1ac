/** In a file of its own: the package's declarations have it, and must not lead to those of the storage library. */
import { OnecardError } from '../../config/onecard-error.ts';

/** The gateway cannot start; the message says what to mend. */
export class GatewayStartError extends OnecardError {
  override readonly name = 'GatewayStartError';
  readonly code = 'cannot_start';
}
