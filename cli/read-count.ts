/** A count on the command line. */
import { InvalidArgumentError } from 'commander';

/** Throws InvalidArgumentError unless it is a whole number, 0 or more. */
export function readCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number.');
  return value;
}
