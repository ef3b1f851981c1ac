/** `onecard desk audit`: checks and shows who looked at what. Works beside a running gateway. */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { ChainEnd } from '../../hotel/people/audit-chain.ts';
import { readAuditKey } from '../../hotel/people/audit-key.ts';
import { type AuditFinding, checkAudit, entriesAfter } from '../../hotel/people/audit-walk.ts';
import { AUDIT_FOLDER } from '../../hotel/people/people.ts';
import { existing } from '../data-folder.ts';
import { readCount } from '../read-count.ts';
import {
  addDeskOptions,
  type DeskOptions,
  type DeskPlace,
  deskPlace,
  explained,
  keyEncryptionKeyOf,
} from './desk-settings.ts';

const VERIFY_HELP = `
Checked are: that each entry follows the one before (SHA-256), that each was written under the log's key (HMAC), and that the end
is the one that was written last. A whole data folder that somebody put back from earlier is told by an end that is kept
elsewhere: the gateway's log has it (seq and hash of "the audit log of the desk ends here"), and this command says it.

Exit status: 0 when nothing was found, 1 when something was, 2 when options, keys or files cannot be used.

Examples:
  $ onecard desk audit verify --config gateway.json
  $ onecard desk audit verify --config gateway.json --known 4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`;

const MEANINGS: Readonly<Record<AuditFinding['fault'], string>> = {
  unreadable: 'is no entry: it was changed',
  out_of_order: 'does not follow the one before: something was taken out, put in, or put elsewhere',
  chain_broken: 'does not follow from the one before: that one was changed',
  forged: 'was not written by the desk',
  cut_end: 'the end is missing: entries were cut off, or an earlier log was put back',
  no_head: 'is missing or changed: nobody can say whether the end is there',
  set_aside: 'the desk found the log damaged at a start, and began anew here',
};

interface VerifyOptions extends DeskOptions {
  readonly known?: ChainEnd;
}

interface ShowOptions extends DeskOptions {
  readonly after: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function auditCommand(): Command {
  return new Command('audit')
    .description('Check and show the audit log: who looked at personal data, and who changed what.')
    .addCommand(verifyCommand())
    .addCommand(showCommand());
}

function verifyCommand(): Command {
  return addDeskOptions(new Command('verify'))
    .description('Check that the audit log is whole and as it was written.')
    .option('--known <seq:hash>', 'an end that was written down elsewhere', readEnd)
    .addHelpText('after', VERIFY_HELP)
    .action((options: VerifyOptions) =>
      explained('audit verify', async () => {
        const { folder, key } = await logOf(deskPlace(options));
        const { entries, end, findings } = checkAudit(folder, key, options.known ?? null);
        for (const { fault, seq, where } of findings)
          console.log(`entry ${seq} (${where}): ${MEANINGS[fault]}`);
        console.log(`${entries} entries; the log ends at ${end.seq}:${end.hash}`);
        if (findings.length > 0) process.exitCode = 1;
        else console.log('it is whole');
      }),
    );
}

function showCommand(): Command {
  return addDeskOptions(new Command('show'))
    .description('Show entries, oldest first.')
    .option('--after <seq>', 'from after this entry on', readCount, 0)
    .option('--limit <n>', 'entries at most', readCount, 100)
    .option('--json', 'one JSON object an entry')
    .action((options: ShowOptions) =>
      explained('audit show', async () => {
        const { folder } = await logOf(deskPlace(options));
        const all = entriesAfter(folder, options.after, Number.POSITIVE_INFINITY, options.limit);
        for (const { seq, atMs, actor, action, subjects, reason } of all) {
          const at = new Date(atMs).toISOString();
          if (options.json)
            console.log(JSON.stringify({ seq, at_ms: atMs, actor, action, subjects, reason }));
          else
            console.log([seq, at, actor, action, subjects.join(' '), printable(reason)].join('  ').trimEnd());
        }
      }),
    );
}

async function logOf(place: DeskPlace): Promise<{ readonly folder: string; readonly key: Buffer | null }> {
  const folder = existing(join(place.folder, AUDIT_FOLDER), 'audit log');
  return { folder, key: await readAuditKey(place.folder, await keyEncryptionKeyOf(place)) };
}

/** Somebody typed it: it moves no cursor of a terminal. */
const printable = (reason: string | null) => (reason ?? '').replace(/[\p{Cc}\p{Cf}]/gu, '?');

function readEnd(text: string): ChainEnd {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new InvalidArgumentError('such as 12:9f86…, 64 hex digits');
  return { seq: Number(seq), hash };
}
