/** What is said of a folder that cannot be written: what, where, why, and the option that names another. */
import { OptionsError } from './options.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it is not yours to write in',
  EPERM: 'it is not yours to write in',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'your part of its disk is full',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'there is a file of that name',
  ENOENT: 'it cannot be made there',
  EISDIR: 'a file it needs is a folder',
};

/** The error to throw: faults that are none of the folder's are returned as they are. */
export function writableError(what: string, folder: string, option: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code];
  if (reason === undefined) return cause;
  return new OptionsError(
    `${what} in ${folder}: ${reason} (${code}). Name another folder: ${option} FOLDER`,
    { cause },
  );
}
