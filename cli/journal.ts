/** `onecard journal`: what was decided, as it is kept. Works beside a running gateway. */
import { Command } from 'commander';
import { backupCommand } from './journal-backup.ts';
import { checkpointCommand, proveCommand } from './journal-prove.ts';
import { reconcileCommand } from './journal-reconcile.ts';
import { replayCommand } from './journal-replay.ts';
import { restoreCommand } from './journal-restore.ts';
import { showCommand } from './journal-show.ts';
import { trimCommand } from './journal-trim.ts';
import { uploadCommand } from './journal-upload.ts';
import { verifyCommand } from './journal-verify.ts';

const HELP = `
Subjects and cards appear as pseudonyms under the journal's key: the same one always has the same, and nobody can tell
whose it is without the key.

Exit status: 0 when it was done, 1 when verify, prove, replay or reconcile found something or upload left some, 2 when options
or journal cannot be used.

Examples:
  $ onecard journal show --data data
  $ onecard journal show --data data --after 0 --limit 100000 --json | grep '"deny.replayed"'
  $ onecard journal verify --config gateway.json --platform
  $ onecard journal replay --config gateway.json
  $ onecard journal upload --config gateway.json
  $ onecard journal backup --config gateway.json --to backup`;

export function journalCommand(): Command {
  const command = new Command('journal')
    .description(
      'Show, check, prove, judge again, trim, send, back up and restore the decisions a gateway keeps.',
    )
    .addHelpText('after', HELP)
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(proveCommand())
    .addCommand(checkpointCommand())
    .addCommand(replayCommand())
    .addCommand(reconcileCommand())
    .addCommand(trimCommand())
    .addCommand(uploadCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand());
  return command;
}
