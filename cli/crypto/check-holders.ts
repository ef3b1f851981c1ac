/** Whether the keys that settings say are held elsewhere can be used, and what they are opened with is private. */
import { statSync } from 'node:fs';
import type { Settings } from '../../config/settings.ts';
import { CryptoError } from '../../crypto/crypto-error.ts';
import { holderUses } from './holder-uses.ts';

const OTHERS_MAY = 0o077;

/** What was found usable, a line each. Rejects with CryptoError, with what to do. */
export async function checkHolders(settings: Settings): Promise<string[]> {
  const { pkcs11, sdf } = settings.crypto;
  requirePrivate('crypto.pkcs11.pin_file', pkcs11?.pin_file);
  requirePrivate('crypto.sdf.password_file', sdf?.password_file);
  const found: string[] = [];
  for (const held of holderUses(settings)) {
    if (held.label === null) continue;
    try {
      const once = await held.ready();
      await once();
      found.push(`the ${held.use} key in ${held.kind}`);
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw new CryptoError(cause.code, `crypto.keys.${held.use}: ${cause.message}`, { cause });
    } finally {
      await held.close();
    }
  }
  return found;
}

function requirePrivate(setting: string, file: string | undefined): void {
  if (file === undefined) return;
  let mode: number;
  try {
    ({ mode } = statSync(file));
  } catch (cause) {
    throw new CryptoError('unusable', `${setting}: ${(cause as Error).message}`, { cause });
  }
  if ((mode & OTHERS_MAY) === 0) return;
  throw new CryptoError(
    'unusable',
    `${setting}: ${file} can be read or written by others than its owner: chmod 600 ${file}`,
  );
}
