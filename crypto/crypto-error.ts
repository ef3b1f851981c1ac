import { OnecardError } from '../config/onecard-error.ts';

/**
 * `unusable`: a key, or what was to be read, is not of the form or kind it must be. `unreadable`: what was sealed or wrapped
 * does not open. `self_test`: an algorithm does not give the known answer. `held_elsewhere`: whoever holds a key does not answer.
 */
export class CryptoError extends OnecardError {
  override readonly name = 'CryptoError';
  readonly code: 'unusable' | 'unreadable' | 'self_test' | 'held_elsewhere';

  constructor(code: CryptoError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
