/** Text of a file that must be UTF-8: a decoder that puts replacement characters in would change what it says. */
import { readFileSync } from 'node:fs';

/** Throws what the file system throws, and an Error when the bytes are no UTF-8. */
export function readStrictText(file: string | URL): string {
  const bytes = readFileSync(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8 text: save it as such', { cause });
  }
}
