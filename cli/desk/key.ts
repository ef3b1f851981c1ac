/** `onecard desk key`: the key-encryption key of the register. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { createPrivateFile } from '../../gateway/storage/private-files.ts';
import { UnusableError } from '../unusable.ts';
import { explained } from './desk-settings.ts';

const KEY_BYTES = 32;

const HELP = `
The file holds 32 random bytes in hex, readable by you alone; hotel.key_file names it. Keep it apart from data_dir and from the
backups of data_dir, with a copy where only the operator comes: without it nobody reads the register, and whoever has both reads
all of it.`;

export function keyCommand(): Command {
  const make = new Command('new')
    .description('Make a key-encryption key. A file that is there is left as it is.')
    .argument('<file>', 'new file for it')
    .addHelpText('after', HELP)
    .action((file: string) =>
      explained('key new', async () => {
        if (existsSync(file))
          throw new UnusableError(`${file} is there already, and may be the key of a register`);
        createPrivateFile(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
        console.log(`a key-encryption key is in ${file}; hotel.key_file names it`);
      }),
    );
  return new Command('key').description('The key that the register is sealed under.').addCommand(make);
}
