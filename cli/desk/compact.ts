/** `onecard desk compact`: takes out of the register's file what is freed in it. */
import { Command } from 'commander';
import { compactLmdb } from '../../hotel/register/lmdb/compact-lmdb.ts';
import { openRegister, registerFolder } from '../../hotel/register/open-register.ts';
import { existing } from '../data-folder.ts';
import { startProgress } from '../progress.ts';
import { UnusableError } from '../unusable.ts';
import {
  addDeskOptions,
  type DeskOptions,
  explained,
  keyEncryptionKeyOf,
  withFolder,
} from './desk-settings.ts';

const HELP = `
What was purged or erased is sealed under keys that are destroyed, also where its pages are still in the file. This makes the file
smaller, and takes those pages out. It needs room for a second copy meanwhile. PostgreSQL: VACUUM FULL there instead.`;

const MIB = 1_048_576;

export function compactCommand(): Command {
  return addDeskOptions(new Command('compact'))
    .description('Take out of the file of the register what is freed in it.')
    .addHelpText('after', HELP)
    .action((options: DeskOptions) =>
      explained('compact', () =>
        withFolder(options, 'compact', async (place) => {
          const { hotel, folder } = place;
          const { hotel_id: hotelId, register } = hotel;
          if (register.store !== 'lmdb') {
            throw new UnusableError(
              'hotel.register.store is postgresql: its operator runs VACUUM FULL on the tables of schema onecard_desk',
            );
          }
          existing(registerFolder(folder), 'register of guests');
          // With the right key, or not at all.
          await (await openRegister(hotel, folder, await keyEncryptionKeyOf(place))).close();
          const progress = startProgress();
          progress.at(null, 'copying the register');
          const { bytesBefore, bytesAfter } = await compactLmdb({
            ...{ folder: registerFolder(folder), hotelId, maxBytes: register.max_bytes },
          });
          progress.done();
          console.log(
            `${(bytesBefore / MIB).toFixed(1)} MiB before, ${(bytesAfter / MIB).toFixed(1)} MiB now`,
          );
        }),
      ),
    );
}
