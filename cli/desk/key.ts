/** `onecard desk key`: the key-encryption key of the register. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { loadSettings } from '../../config/load-settings.ts';
import { createPrivateFile } from '../../gateway/storage/private-files.ts';
import { newKeyFile } from '../../hotel/register/sealing/held-key-file.ts';
import { UnusableError } from '../unusable.ts';
import { explained } from './desk-settings.ts';

const HELP = `
The file holds 32 random bytes in hex, readable by you alone; hotel.key_file names it. Keep it apart from data_dir and from the
backups of data_dir, with a copy where only the operator comes: without it nobody reads the register, and whoever has both reads
all of it. With --config it is wrapped by the token or cipher machine that crypto.keys.register names (docs/key-holders.md).`;

export function keyCommand(): Command {
  const make = new Command('new')
    .description('Make a key-encryption key. A file that is there is left as it is.')
    .argument('<file>', 'new file for it')
    .option('--config <file>', "the gateway's settings: wraps it with what crypto.keys.register names")
    .addHelpText('after', HELP)
    .action((file: string, { config }: { config?: string }) =>
      explained('key new', async () => {
        if (existsSync(file))
          throw new UnusableError(`${file} is there already, and may be the key of a register`);
        createPrivateFile(file, await newKeyFile(config === undefined ? null : loadSettings(config).crypto));
        console.log(`a key-encryption key is in ${file}; hotel.key_file names it`);
      }),
    );
  return new Command('key').description('The key that the register is sealed under.').addCommand(make);
}
