/**
 * The signed time on disk, so that a restart with a clock that was set back goes on from it. The time that the gateway
 * was down is not in it. A damaged file is as none, and said; nothing secret is in it.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../../storage/private-files.ts';

export const KEPT_TIME_FILE = 'clock.json';
/** Damage that leaves a number would otherwise pass for a time. */
const CHECK_DIGITS = 16;
const CONTENT = new RegExp(`^\\{"v":1,"signed_ms":(\\d{1,15}),"check":"([0-9a-f]{${CHECK_DIGITS}})"\\}\\n$`);

export type KeptTime =
  | { readonly kind: 'kept'; readonly signedMs: number }
  | { readonly kind: 'absent' | 'damaged' };

export function keptTimeFile(dataFolder: string): string {
  return join(dataFolder, KEPT_TIME_FILE);
}

/** Never throws: a file that cannot be read is damaged. */
export function readKeptTime(file: string): KeptTime {
  try {
    const content = readIfThere(file);
    if (content === null) return { kind: 'absent' };
    const [, signed = '', check] = CONTENT.exec(content.toString('latin1')) ?? [];
    return check !== undefined && checkOf(signed) === check
      ? { kind: 'kept', signedMs: Number(signed) }
      : { kind: 'damaged' };
  } catch {
    return { kind: 'damaged' };
  }
}

/** Replaces the file whole. Throws the system's errors; then the old one stays. */
export function writeKeptTime(file: string, signedMs: number): void {
  const signed = String(Math.max(0, Math.floor(signedMs)));
  makePrivateFolder(dirname(file));
  replacePrivateFile(file, `{"v":1,"signed_ms":${signed},"check":"${checkOf(signed)}"}\n`);
}

function checkOf(signed: string): string {
  return createHash('sha256').update(`onecard clock ${signed}`).digest('hex').slice(0, CHECK_DIGITS);
}
