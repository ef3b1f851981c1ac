/** The audit log of the desk, while no gateway has it: what is done to the register here stands there too. */
import { join } from 'node:path';
import type { AuditEntry } from '../../hotel/people/audit.ts';
import { AuditFile } from '../../hotel/people/audit-file.ts';
import { openAuditKey } from '../../hotel/people/audit-key.ts';
import { AUDIT_FOLDER } from '../../hotel/people/people.ts';
import type { KeyDigest } from '../../hotel/register/guest-register.ts';
import { type DeskPlace, keyEncryptionKeyOf } from './desk-settings.ts';

/** Who did it, to the audit log: nobody who signed in. */
export const TERMINAL = 'terminal';

/** For people: the proof that a key is gone. */
export function digestText(digest: KeyDigest | null): string {
  return digest === null
    ? 'a digest that is unknown: it was gone before'
    : `${digest.algorithm} ${digest.hex}`;
}

export type Told = (entry: Omit<AuditEntry, 'atMs' | 'actor'>) => Promise<void>;

/** Rejects with HotelError `unusable` or `unreadable`. */
export async function withAudit<T>(place: DeskPlace, act: (audit: AuditFile) => Promise<T>): Promise<T> {
  const audit = await AuditFile.open({
    folder: join(place.folder, AUDIT_FOLDER),
    key: await openAuditKey(place.folder, await keyEncryptionKeyOf(place)),
    profile: place.settings.crypto.profile,
    now: () => Date.now(),
    mustExist: false,
    onEnd: () => {},
    onDamage: (what) =>
      console.error(`the audit log is not what was written (${what}): onecard desk audit verify tells where`),
  });
  try {
    return await act(audit);
  } finally {
    await audit.close();
  }
}
