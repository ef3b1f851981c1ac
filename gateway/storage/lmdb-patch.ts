/**
 * A fault of lmdb 3.5.6, and its repair in the built library.
 *
 * When the system refuses a write (full disk, quota, I/O error), its mdb.c formats a message into `malloc(100)`:
 * "Attempting to write page at position %u, size %u, blocks %u, buffer sizes %i %i %i". Of the three last numbers only
 * as many are set as pages were written at once; the others are whatever the stack held, up to 11 characters each, and
 * with a position of seven digits or more the text runs past the end of its memory. No release is without it.
 *
 * The repair ends that format after its third number: at most 84 bytes then, of 100. It is one byte of constant data, the
 * same for every processor and system, so it needs no compiler. A second format, of what the library writes to
 * standard error itself, gets the end of line it lacks, so that the line of the log after it stays whole.
 */
export interface Repair {
  /** Constant text of the library, NUL-terminated, exactly once in it. */
  readonly fault: string;
  /** At most as long: what it becomes. */
  readonly repaired: string;
}

export const REPAIRS: readonly Repair[] = [
  {
    fault: 'Attempting to write page at position %u, size %u, blocks %u, buffer sizes %i %i %i',
    repaired: 'Attempting to write page at position %u, size %u, blocks %u',
  },
  {
    fault: 'Write error: %s position %u, size %u',
    repaired: 'Write error: %s position %u\n',
  },
];

/**
 * - `repaired`: no text with a fault is in it, and each repaired one is, once.
 * - `faulty`: each text with a fault is in it, once.
 * - `unknown`: neither; another build than those this repair was made for.
 */
export type LibraryState = 'repaired' | 'faulty' | 'unknown';

/** State of a built library (`*.node`), from its bytes. */
export function libraryState(library: Buffer): LibraryState {
  const counts = REPAIRS.map(({ fault, repaired }) => [
    occurrences(library, terminated(fault)),
    occurrences(library, terminated(repaired)),
  ]);
  if (counts.every(([faulty, repaired]) => faulty === 0 && repaired === 1)) return 'repaired';
  if (counts.every(([faulty, repaired]) => faulty === 1 && repaired === 0)) return 'faulty';
  return 'unknown';
}

/** A repaired copy of a library whose state is `faulty`: as long, and different in those texts alone. */
export function repairedLibrary(library: Buffer): Buffer {
  if (libraryState(library) !== 'faulty') throw new RangeError('only a library with the fault is repaired');
  const copy = Buffer.from(library);
  for (const { fault, repaired } of REPAIRS) {
    const at = copy.indexOf(terminated(fault));
    copy.fill(0, at, at + fault.length);
    copy.write(repaired, at, 'latin1');
  }
  return copy;
}

/** With its end: the beginning of a longer text is not it. */
const terminated = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');

function occurrences(bytes: Buffer, wanted: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) count += 1;
  return count;
}
