/** `onecard receipt`: signed proof that a card was shown, and the keys it is signed with. */
import { Command } from 'commander';
import { backupCommand } from './receipt-backup.ts';
import { keyCommand } from './receipt-certificate.ts';
import { keysCommand, rotateCommand, withdrawCommand } from './receipt-keys.ts';
import { showCommand, verifyCommand } from './receipt-verify.ts';

const HELP = `
docs/receipts.md says what a receipt proves, and what not.

Exit status: 0 when it was done, 1 when verify found that a receipt does not hold, 2 when options or files cannot be used.

Examples:
  $ curl -s https://gateway.example/.well-known/onecard-receipts.json > keys.json
  $ onecard receipt verify receipt.jws --keys keys.json
  $ onecard receipt rotate --config gateway.json`;

export function receiptCommand(): Command {
  return new Command('receipt')
    .description(
      'Verify and show signed receipts of decisions; list and rotate the keys they are signed with; back them up.',
    )
    .addHelpText('after', HELP)
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addCommand(keysCommand())
    .addCommand(keyCommand())
    .addCommand(rotateCommand())
    .addCommand(withdrawCommand())
    .addCommand(backupCommand());
}
