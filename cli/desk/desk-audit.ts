/** The audit log of the desk, while no gateway has it: what is done to the register here stands there too. */
import { join } from 'node:path';
import type { AuditEntry } from '../../hotel/people/audit.ts';
import { AuditFile } from '../../hotel/people/audit-file.ts';
import { openAuditKey } from '../../hotel/people/audit-key.ts';
import { AUDIT_FOLDER } from '../../hotel/people/people.ts';
import { readKeyEncryptionKey } from '../../hotel/register/sealing/key-encryption-key.ts';
import type { DeskPlace } from './desk-settings.ts';

/** Who did it, to the audit log: nobody who signed in. */
export const TERMINAL = 'terminal';

export type Told = (entry: Omit<AuditEntry, 'atMs' | 'actor'>) => Promise<void>;

/** Rejects with HotelError `unusable` or `unreadable`. */
export async function withAudit<T>(
  { hotel, folder }: DeskPlace,
  act: (audit: AuditFile) => Promise<T>,
): Promise<T> {
  const audit = await AuditFile.open({
    folder: join(folder, AUDIT_FOLDER),
    key: openAuditKey(folder, readKeyEncryptionKey(hotel.key_file, hotel.hotel_id)),
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
