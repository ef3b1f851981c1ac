/** What an operator gives the gateway to know the platform by. */
import { readFileSync } from 'node:fs';
import type { Settings } from '../../config/settings.ts';
import { readTokenFile } from '../../config/token-file.ts';
import { parseSm2Root } from '../knowledge/trust/sm2-root.ts';
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

/** Throws PlatformError `unusable` unless the files hold roots that all trust can begin with. */
export function checkPlatformRoots(
  { root_file, sm2_root_file }: NonNullable<Settings['platform']>,
  { profile, changing_over }: Settings['crypto'],
): void {
  check(root_file, parseRoot);
  if (sm2_root_file !== undefined) check(sm2_root_file, parseSm2Root);
  else if (profile === 'sm' && !changing_over) {
    throw new PlatformError(
      'unusable',
      'crypto.profile is sm: platform.sm2_root_file must name the root of the SM2 keys that the platform signs with',
    );
  }
}

function check(file: string, parse: (bytes: Buffer) => unknown): void {
  try {
    parse(readFileSync(file));
  } catch (cause) {
    throw new PlatformError('unusable', `${file} holds no root of trust: ${(cause as Error).message}`, {
      cause,
    });
  }
}
