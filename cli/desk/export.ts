/** `onecard desk export`: the register as a file that its recipients alone can read. */
import { createWriteStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { exportRegister, wrongRecipients } from '../../hotel/register/keeping/export.ts';
import { startProgress } from '../progress.ts';
import { UnusableError } from '../unusable.ts';
import { TERMINAL, withAudit } from './desk-audit.ts';
import { addDeskOptions, type DeskOptions, explained, withRegister } from './desk-settings.ts';

const HELP = `
Stays, guests and reports as JSON lines, encrypted with age (https://age-encryption.org/v1). Nothing of it is written in the clear.

Example:
  $ onecard desk export --recipient age1… --out register.jsonl.age --reason "audit of 2027" --config gateway.json
  $ age -d -i key.txt register.jsonl.age`;

interface ExportOptions extends DeskOptions {
  readonly recipient: readonly string[];
  readonly out: string;
  readonly reason: string;
}

export function exportCommand(): Command {
  return addDeskOptions(new Command('export'))
    .description('Write stays, guests and reports, encrypted to recipients of age.')
    .requiredOption('--recipient <age1...>', 'who can read it; may be repeated', collected, [])
    .requiredOption('--out <file>', 'new file for it')
    .requiredOption('--reason <text>', 'why; the audit log keeps it. It names no person')
    .addHelpText('after', HELP)
    .action((options: ExportOptions) =>
      explained('export', async () => {
        const { recipient: recipients, out, reason } = options;
        if (recipients.length === 0) throw new UnusableError('--recipient is needed: age-keygen makes one');
        const [wrong] = wrongRecipients(recipients);
        if (wrong !== undefined) throw new UnusableError(`${recipients[wrong]} is no recipient of age`);
        if (existsSync(out)) throw new UnusableError(`${out} is there already`);
        await withRegister(options, 'export', (register, place) =>
          withAudit(place, async (audit) => {
            const told = { actor: TERMINAL, atMs: Date.now() };
            await audit.append({ ...told, action: 'register.export', subjects: recipients, reason });
            const progress = startProgress();
            let rows = 0;
            const onRows = (count: number) => {
              rows = count;
              progress.at(null, `${rows} rows`);
            };
            const stream = await exportRegister(register, { recipients, onRows });
            const source = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
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
