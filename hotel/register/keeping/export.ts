/** Export of the register, encrypted to whom it is for: JSON lines, a row each. */
import { Readable } from 'node:stream';
import type { GuestRegister, Page, TableName } from '../guest-register.ts';
import type { ExportForm } from './export-form.ts';

/** Of people; what integrates and what is in flight is left out. */
const EXPORTED = ['stay', 'guest', 'report'] as const satisfies readonly TableName[];
const ROWS_AT_ONCE = 250;

export interface ExportOptions {
  readonly form: ExportForm;
  /** Without a fault in that form. */
  readonly recipients: readonly string[];
  readonly onRows?: (rows: number) => void;
}

/** Streams at the pace of whoever reads. What fails ends the stream in an error. */
export async function exportRegister(
  register: Pick<GuestRegister, 'scan'>,
  { form, recipients, onRows }: ExportOptions,
): Promise<Readable> {
  return Readable.from(await form.encrypted(recipients, linesOf(register, onRows)), { objectMode: false });
}

async function* linesOf(
  register: Pick<GuestRegister, 'scan'>,
  onRows: (rows: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for (const table of EXPORTED) {
    for (let after: string | null = null; ; ) {
      const page: Page<TableName> = await register.scan(table, after, ROWS_AT_ONCE);
      count += page.rows.length;
      const lines = page.rows.map(({ id, version, purgeDay, value }) =>
        JSON.stringify({ table, id, version, purge_day: purgeDay, value }),
      );
      if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`, 'utf8');
      onRows(count);
      after = page.after;
      if (after === null) break;
    }
  }
}
