/** `onecard desk rotate-key`: wraps the register's keys under another key-encryption key. */
import { Command } from 'commander';
import { rewrapAuditKey } from '../../hotel/people/audit-key.ts';
import { startProgress } from '../progress.ts';
import { UnusableError } from '../unusable.ts';
import {
  addDeskOptions,
  type DeskOptions,
  explained,
  keyEncryptionKeyOf,
  withRegister,
} from './desk-settings.ts';

const HELP = `
Whoever copied data_dir earlier holds the keys of days that are purged since, wrapped under the key of that time. Once that one is
destroyed, the copy opens no more. So: rotate, let hotel.key_file name the new file, start the gateway, and destroy the old key and
its copies. Rows stay as they are; it takes a moment, however many there are.

Example:
  $ onecard desk key new register-2.key
  $ onecard desk rotate-key --config gateway.json --new-key register-2.key`;

interface RotateOptions extends DeskOptions {
  readonly newKey: string;
}

export function rotateKeyCommand(): Command {
  return addDeskOptions(new Command('rotate-key'))
    .description('Wrap the keys of the register under another key-encryption key.')
    .requiredOption('--new-key <file>', 'file with the key from now on (onecard desk key new)')
    .addHelpText('after', HELP)
    .action((options: RotateOptions) =>
      explained('rotate-key', () =>
        withRegister(
          options,
          'rotate-key',
          async (register, place) => {
            const { hotel, folder } = place;
            const next = await keyEncryptionKeyOf(place, options.newKey);
            const before = await keyEncryptionKeyOf(place, hotel.key_file, true);
            if (next.check === before.check) {
              throw new UnusableError(
                `${options.newKey} holds the key that is in use: make another (onecard desk key new)`,
              );
            }
            const progress = startProgress();
            progress.at(null, 'wrapping keys');
            // First: it can be done again where what follows was interrupted.
            await rewrapAuditKey(folder, before, next);
            await register.rotate(next);
            progress.done();
            console.log(`the register is sealed under ${options.newKey} now: let hotel.key_file name it`);
            console.log(
              `then destroy ${hotel.key_file} and its copies; it opens copies of data_dir that were made earlier`,
            );
          },
          true,
        ),
      ),
    );
}
