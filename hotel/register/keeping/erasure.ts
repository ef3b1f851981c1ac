/** Erasure of single guests, at a person's request: all rows that hold something of them. */

import type { AuditLog } from '../../people/audit.ts';
import { isOpen } from '../../reports/report-machine.ts';
import { REPORT_INDEX } from '../../reports/report-rows.ts';
import type { GuestRegister, Page, PurgeProof, TableName } from '../guest-register.ts';
import { proofInAudit } from './purge.ts';

export type RowName = { readonly table: TableName; readonly id: string };
type Reading = Pick<GuestRegister, 'get' | 'find' | 'scan'>;

export interface GuestRows {
  readonly guestId: string;
  readonly rows: readonly RowName[];
}

export type EraseRefusal =
  | 'not_found'
  /** In the house, or a report of the guest is not accepted yet. */
  | 'not_over';

const ROWS_AT_ONCE = 500;

/** Of the guest, of the stay where nobody else is of it, of the reports, and of the answers that told of the guest. */
export async function erasableRows(register: Reading, guestId: string): Promise<GuestRows | EraseRefusal> {
  const guest = (await register.get('guest', guestId))?.value;
  if (guest === undefined) return 'not_found';
  if (guest.state !== 'checked_out' && guest.state !== 'reverted') return 'not_over';
  const reports = await allReports(register, guestId);
  if (reports.some((report) => isOpen(report))) return 'not_over';
  const stay = (await register.get('stay', guest.stayId))?.value;
  const isAlone = stay?.guestIds.every((each) => each === guestId) ?? false;
  const answers = await answersAbout(register, [guestId, guest.stayId]);
  return {
    guestId,
    rows: [
      { table: 'guest', id: guestId },
      ...(isAlone ? [{ table: 'stay', id: guest.stayId } as const] : []),
      ...reports.map(({ reportId }) => ({ table: 'report', id: reportId }) as const),
      ...answers.map((id) => ({ table: 'answer', id }) as const),
    ],
  };
}

/** Destroys them; the audit log has who, whom and why before, and the proof after. Rejects as the register and the log do. */
export async function eraseWithProof(
  {
    register,
    audit,
    now,
  }: {
    readonly register: Pick<GuestRegister, 'erase'>;
    readonly audit: AuditLog;
    readonly now: () => number;
  },
  guests: readonly GuestRows[],
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<readonly PurgeProof[]> {
  const subjects = guests.map(({ guestId }) => guestId);
  await audit.append({ actor, reason, atMs: now(), action: 'register.erase', subjects });
  const rows = new Map(guests.flatMap((guest) => guest.rows.map((row) => [`${row.table} ${row.id}`, row])));
  const proofs = await register.erase([...rows.values()]);
  for (const proof of proofs)
    await audit.append({ actor, atMs: now(), action: 'register.erased', ...proofInAudit(proof) });
  return proofs;
}

async function allReports(register: Reading, guestId: string) {
  const reports = [];
  for (let after: string | null = null; ; ) {
    const page: Page<'report'> = await register.find('report', {
      ...{ index: REPORT_INDEX.guest, kind: 'plain', value: guestId, after, limit: ROWS_AT_ONCE },
    });
    reports.push(...page.rows.map(({ value }) => value));
    after = page.after;
    if (after === null) return reports;
  }
}

/** Kept for a day or so: few, and in no index of guests. */
async function answersAbout(register: Reading, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<'answer'> = await register.scan('answer', after, ROWS_AT_ONCE);
    for (const { id, value } of page.rows) if (ids.some((each) => value.body.includes(each))) found.push(id);
    after = page.after;
    if (after === null) return found;
  }
}
