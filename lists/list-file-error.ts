/** Why a list file cannot be used. */
export type ListFileFault = 'truncated' | 'trailing' | 'oversized' | 'malformed' | 'other_hash' | 'future';

/** The message says what is wrong with the file; it names no card. */
export class ListFileError extends Error {
  override readonly name = 'ListFileError';
  readonly fault: ListFileFault;

  constructor(fault: ListFileFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
