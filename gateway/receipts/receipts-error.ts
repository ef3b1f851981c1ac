import { OnecardError } from '../../config/onecard-error.ts';

/** Keys or store of receipts cannot be used; the message names the file. */
export class ReceiptsError extends OnecardError {
  override readonly name = 'ReceiptsError';
  readonly code: 'unusable' | 'closed';

  constructor(code: 'unusable' | 'closed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
