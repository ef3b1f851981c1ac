/** What an operator gives the gateway to know the platform by. */
import { readFileSync } from 'node:fs';
import { readTokenFile } from '../../config/token-file.ts';
import { parseRoot } from '../knowledge/trust/verify-bundle.ts';
import { PlatformError } from '../outbound/platform-error.ts';

/** The token the platform knows this gateway by. Throws PlatformError `unusable`. */
export function readPlatformToken(file: string): string {
  try {
    return readTokenFile(file);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new PlatformError('unusable', `the platform token in ${file} cannot be used: ${why}`, { cause });
  }
}

/** Throws PlatformError `unusable` unless the file holds a root that all trust can begin with. */
export function checkRootFile(file: string): void {
  try {
    parseRoot(readFileSync(file));
  } catch (cause) {
    throw new PlatformError('unusable', `${file} holds no root of trust: ${(cause as Error).message}`, {
      cause,
    });
  }
}
