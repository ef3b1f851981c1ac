import { OnecardError } from '../../config/onecard-error.ts';

/**
 * What stands in the way of being one of many. `unusable`: keys, credentials or servers that cannot be taken as they are, so
 * the gateway does not start. `unreachable`: a server does not answer now. `refused`: it answered, and said no.
 */
export type ClusterErrorCode = 'unusable' | 'unreachable' | 'refused';

export class ClusterError extends OnecardError {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
