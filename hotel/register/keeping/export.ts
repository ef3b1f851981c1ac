/**
 * Export of the register, encrypted to whom it is for: age (https://age-encryption.org/v1) over JSON lines, a row each. A file that
 * was cut off does not decrypt to its end.
 */
import { Encrypter } from 'age-encryption';
import type { GuestRegister, Page, TableName } from '../guest-register.ts';

/** Of people; what integrates and what is in flight is left out. */
const EXPORTED = ['stay', 'guest', 'report'] as const satisfies readonly TableName[];
const ROWS_AT_ONCE = 250;

export const AGE_RECIPIENT = '^age1[a-z0-9]{20,2048}$';

/** Places of recipients that are none. */
export function wrongRecipients(recipients: readonly string[]): readonly number[] {
  return recipients.flatMap((recipient, i) => {
    try {
      new Encrypter().addRecipient(recipient);
      return [];
    } catch {
      return [i];
    }
  });
}

export interface ExportOptions {
  readonly recipients: readonly string[];
  readonly onRows?: (rows: number) => void;
}

/** Streams at the pace of whoever reads. What fails ends the stream in an error. */
export async function exportRegister(
  register: Pick<GuestRegister, 'scan'>,
  { recipients, onRows }: ExportOptions,
): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(ReadableStream.from(linesOf(register, onRows)));
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
