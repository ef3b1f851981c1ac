/** `onecard receipt keys`, `rotate` and `withdraw`: the keys that a gateway signs receipts with. */
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { SettingsError } from '../config/settings.ts';
import { RECEIPT_ALGORITHMS, type ReceiptAlgorithm } from '../gateway/receipts/receipt.ts';
import {
  keysFile,
  type ReceiptKey,
  readKeys,
  rotateKeys,
  signs,
  withdrawKey,
} from '../gateway/receipts/receipt-keys.ts';
import { ReceiptsError } from '../gateway/receipts/receipts-error.ts';
import { addDataFolderOptions, type DataFolderOptions, dataFolder, existing } from './data-folder.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const EXPLAINED = [ReceiptsError, SettingsError] as const;

interface KeysOptions extends DataFolderOptions {
  readonly json?: boolean;
}

export function keysCommand(): Command {
  return addDataFolderOptions(new Command('keys'))
    .description('List the keys: which sign, and which only verify what they signed before.')
    .option('--json', 'as the JWK Set that is published')
    .action((options: KeysOptions) =>
      runOrExplain('receipt keys', EXPLAINED, async () => {
        const keys = readKeys(keysFile(existing(dataFolder(options), 'data folder')));
        if (keys === null)
          throw new UnusableError('there are no keys yet: the gateway makes them when it starts');
        if (options.json) console.log(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
        else for (const key of keys) console.log(line(key));
      }),
    );
}

const ROTATE_HELP = `
From the next receipt on the new key signs, also in a gateway that runs. The old one's private half is gone; its public half is
published as before, so that what it signed verifies. Whoever verifies fetches the keys again when it meets an unknown one. Run it
as the gateway's own user, who must be able to read the file.

Exit status: 0 when it was done, 2 when options or files cannot be used.

Example:
  $ onecard receipt rotate --config gateway.json`;

interface RotateOptions extends DataFolderOptions {
  readonly alg?: ReceiptAlgorithm;
}

export function rotateCommand(): Command {
  return addDataFolderOptions(new Command('rotate'))
    .description('Have new keys sign, and keep the old ones to verify.')
    .addOption(new Option('--alg <name>', 'the key of this algorithm alone').choices([...RECEIPT_ALGORITHMS]))
    .addHelpText('after', ROTATE_HELP)
    .action((options: RotateOptions) =>
      runOrExplain('receipt rotate', EXPLAINED, async () => {
        const file = keysFile(existing(dataFolder(options), 'data folder'));
        const keys = rotateKeys(file, options.alg ? [options.alg] : signingNow(file), Date.now());
        for (const key of keys.filter(signs)) console.log(line(key));
      }),
    );
}

/** The algorithms of the keys that sign. Throws ReceiptsError, and UnusableError where there are none. */
function signingNow(file: string): readonly ReceiptAlgorithm[] {
  const keys = readKeys(file);
  if (keys === null) throw new UnusableError('there are no keys yet: the gateway makes them when it starts');
  return keys.filter(signs).map(({ jwk }) => jwk.alg);
}

const WITHDRAW_HELP = `
For a key whose private half became known: it is published no more, and no receipt it signed verifies any more. One that signs
is replaced by a new one at once. Tell those who keep a copy of the keys.

Exit status: 0 when it was done, 2 when there is no such key, or options or files cannot be used.`;

export function withdrawCommand(): Command {
  return addDataFolderOptions(new Command('withdraw'))
    .description('Take a key away for good, as when it became known to others.')
    .argument('<kid>', 'the key, as "onecard receipt keys" names it')
    .addHelpText('after', WITHDRAW_HELP)
    .action((kid: string, options: DataFolderOptions) =>
      runOrExplain('receipt withdraw', EXPLAINED, async () => {
        const file = keysFile(existing(dataFolder(options), 'data folder'));
        if (!existsSync(file))
          throw new UnusableError('there are no keys yet: the gateway makes them when it starts');
        for (const key of withdrawKey(file, kid, Date.now())) console.log(line(key));
      }),
    );
}

function line({ jwk, d, held, madeAtMs, retiredAtMs }: ReceiptKey): string {
  const made = new Date(madeAtMs).toISOString();
  const retired = retiredAtMs === null ? '' : ` until ${new Date(retiredAtMs).toISOString()}`;
  return `${jwk.kid}  ${jwk.alg.padEnd(6)}  ${signs({ d, held }) ? 'signs   ' : 'verifies'}  ${made}${retired}${held === null ? '' : ` in ${held}`}`;
}
