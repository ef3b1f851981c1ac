import { OnecardError } from '../../config/onecard-error.ts';

export type AgentErrorCode =
  /** The desk does not know the reader, or knows it no more. */
  | 'unknown_reader'
  /** The code is wrong, past its time, or used. */
  | 'pairing_refused'
  /** No desk answers at the address. */
  | 'desk_unreachable'
  /** The file of the pairing, or of certificates, cannot be used. */
  | 'file_unusable';

/** The message says what to do, and holds no token. */
export class ReaderAgentError extends OnecardError {
  override readonly name = 'ReaderAgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
