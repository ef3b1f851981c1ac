/** `onecard desk export`: the register as a file that its recipients alone can read. */
import { createWriteStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { exportRegister } from '../../hotel/register/keeping/export.ts';
import { exportForm } from '../../hotel/register/keeping/export-form.ts';
import { startProgress } from '../progress.ts';
import { UnusableError } from '../unusable.ts';
import { TERMINAL, withAudit } from './desk-audit.ts';
import { addDeskOptions, type DeskOptions, deskPlace, explained, withRegister } from './desk-settings.ts';
import { recipientsOf } from './export-recipients.ts';

const HELP = `
Stays, guests and reports as JSON lines, encrypted with age (https://age-encryption.org/v1); with crypto.profile sm they are sealed with
SM2, SM4 and HMAC-SM3 (docs/privacy.md), and a recipient is a file with a public key of SM2 in PEM, or a certificate of one.
Nothing of it is written in the clear.

Examples:
  $ onecard desk export --recipient age1… --out register.jsonl.age --reason "audit of 2027" --config gateway.json
  $ age -d -i key.txt register.jsonl.age

With crypto.profile sm:
  $ openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out key.pem
  $ openssl pkey -in key.pem -pubout -out auditor.pem
  $ onecard desk export --recipient auditor.pem --out register.jsonl.sealed --reason "audit of 2027" --config gateway.json
  $ onecard desk open-export register.jsonl.sealed --key key.pem --out register.jsonl`;

interface ExportOptions extends DeskOptions {
  readonly recipient: readonly string[];
  readonly out: string;
  readonly reason: string;
}

export function exportCommand(): Command {
  return addDeskOptions(new Command('export'))
    .description('Write stays, guests and reports, encrypted to their recipients.')
    .requiredOption('--recipient <age1...|file>', 'who can read it; may be repeated', collected, [])
    .requiredOption('--out <file>', 'new file for it')
    .requiredOption('--reason <text>', 'why; the audit log keeps it. It names no person')
    .addHelpText('after', HELP)
    .action((options: ExportOptions) =>
      explained('export', async () => {
        const { out, reason } = options;
        const form = exportForm(deskPlace(options).settings.crypto.profile);
        const recipients = recipientsOf(options.recipient, form);
        if (existsSync(out)) throw new UnusableError(`${out} is there already`);
        await withRegister(options, 'export', (register, place) =>
          withAudit(place, async (audit) => {
            const told = { actor: TERMINAL, atMs: Date.now() };
            const subjects = recipients.map(form.named);
            await audit.append({ ...told, action: 'register.export', subjects, reason });
            const progress = startProgress();
            let rows = 0;
            const onRows = (count: number) => {
              rows = count;
              progress.at(null, `${rows} rows`);
            };
            const source = await exportRegister(register, { form, recipients, onRows });
            await pipeline(source, createWriteStream(out, { mode: 0o600, flags: 'wx' }));
            progress.done();
            await audit.append({
              ...told,
              action: 'register.exported',
              subjects: [],
              reason: `rows:${rows}`,
            });
            console.log(`${rows} rows are in ${out}`);
          }),
        );
      }),
    );
}

const collected = (one: string, before: readonly string[]): readonly string[] => [...before, one];
