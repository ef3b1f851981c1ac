/** `onecard receipt backup`: a consistent copy, also of a running gateway's receipts. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { SettingsError } from '../config/settings.ts';
import { backUpReceipts } from '../gateway/receipts/backup.ts';
import { receiptsFolder } from '../gateway/receipts/receipt-keys.ts';
import { ReceiptsError } from '../gateway/receipts/receipts-error.ts';
import { addDataFolderOptions, type DataFolderOptions, dataFolder, existing } from './data-folder.ts';
import { runOrExplain } from './unusable.ts';

const HELP = `
The copy holds what was proved, the receipts, and the private keys: keep it like the gateway's own data. To restore it, stop the
gateway and put the copy in the place of the folder "receipts" in its data folder. What was proved since the backup could then be
proved again: take one often, and have whoever pays take a reference once.

Exit status: 0 when it was done, 2 when it was not.

Example:
  $ onecard receipt backup --config gateway.json --to /backup/receipts-$(date +%F)`;

export function backupCommand(): Command {
  return addDataFolderOptions(new Command('backup'))
    .description('Back receipts, references and keys up: of a running gateway, or of one that is stopped.')
    .requiredOption('--to <dir>', 'a folder that is not there yet, or is empty')
    .addHelpText('after', HELP)
    .action(({ to, ...options }: DataFolderOptions & { readonly to: string }) =>
      runOrExplain('receipt backup', [ReceiptsError, SettingsError], async () => {
        const folder = existing(receiptsFolder(dataFolder(options)), 'folder of receipts');
        await backUpReceipts(folder, resolve(to));
        console.log(`backed up to ${resolve(to)}`);
      }),
    );
}
