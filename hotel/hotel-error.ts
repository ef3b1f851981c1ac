import { OnecardError } from '../config/onecard-error.ts';

export type HotelErrorCode =
  /** A key, a file or the store cannot be used. */
  | 'unusable'
  /** The gateway's main thread failed, or does not answer. */
  | 'core_failed'
  | 'core_silent'
  /** A row was changed by somebody else meanwhile. */
  | 'conflict'
  /** The store cannot be written: full, or out of reach. */
  | 'store_unavailable'
  /** What is sealed cannot be opened: wrong key, or changed bytes. */
  | 'unreadable'
  /** Public security's side is out of reach, or says what cannot be understood. */
  | 'handover_failed';

/** The message names no person. */
export class HotelError extends OnecardError {
  override readonly name = 'HotelError';
  readonly code: HotelErrorCode;

  constructor(code: HotelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
