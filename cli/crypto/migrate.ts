/** `onecard crypto migrate`: what is still of the other profile, how it ends, and the part of it that can be done here. */
import { Command } from 'commander';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { type Settings, SettingsError } from '../../config/settings.ts';
import { RegistryError } from '../../gateway/devices/registry.ts';
import { JournalError } from '../../gateway/journal/journal-error.ts';
import { LmdbFileError } from '../../gateway/storage/lmdb-file.ts';
import { deskFolder } from '../../hotel/desk-folder.ts';
import { HotelError } from '../../hotel/hotel-error.ts';
import { proofInAudit } from '../../hotel/register/keeping/purge.ts';
import {
  addDataFolderOptions,
  type DataFolderOptions,
  dataFolder,
  existing,
  settingsOf,
} from '../data-folder.ts';
import { digestText, TERMINAL, withAudit } from '../desk/desk-audit.ts';
import { withRegister } from '../desk/desk-settings.ts';
import { startProgress } from '../progress.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';
import { dataFolderLeftovers } from './data-folder-leftovers.ts';
import { deskLeftovers, registerLeftovers, registerUnseen } from './desk-leftovers.ts';
import { isLeft, type Leftover, leftoverLines } from './migration.ts';

const LEFT_EXIT_CODE = 1;

const HELP = `
With --config the profile is that of the settings, and the desk of a hotel is looked at too; with --data it is sm. What is
stored names its algorithm and stays readable, so nothing must be done at once. The register is looked into while no gateway
runs; --run seals it anew, a few rows at once. Broken off, it goes on with the next run.

When devices, platform and desks are changed too, set crypto.changing_over to false (docs/cryptography.md).

Exit status: 0 when nothing is left, 1 when something is, 2 when options, settings or the data folder cannot be used.

Examples:
  $ onecard crypto migrate --config gateway.json
  $ onecard crypto migrate --config gateway.json --run`;

interface MigrateOptions extends DataFolderOptions {
  readonly run?: boolean;
}

export function migrateCommand(): Command {
  return addDataFolderOptions(new Command('migrate'))
    .description('Say what is still of the other profile (crypto.profile), and how it ends.')
    .option('--run', 'seal the register anew; no gateway runs meanwhile')
    .addHelpText('after', HELP)
    .action((options: MigrateOptions) =>
      runOrExplain(
        'crypto migrate',
        [SettingsError, HotelError, RegistryError, JournalError, LmdbFileError],
        () => migrate(options),
      ),
    );
}

async function migrate(options: MigrateOptions): Promise<void> {
  const settings = settingsOf(options);
  const folder = existing(dataFolder(options), 'data folder');
  const profile = settings?.crypto.profile ?? 'sm';
  if (options.run) await reseal(options, settings);
  const leftovers = [
    ...(await dataFolderLeftovers(folder, profile, settings?.journal.checkpoint_key_file)),
    ...(settings?.hotel ? await ofDesk(options, settings, profile) : []),
  ];
  console.log(`changing to ${profile}:`);
  for (const line of leftoverLines(leftovers)) console.log(`  ${line}`);
  const left = leftovers.filter(isLeft);
  if (left.length > 0) process.exitCode = LEFT_EXIT_CODE;
  console.log(advice(settings, left));
}

function advice(settings: Settings | null, left: readonly Leftover[]): string {
  const isChanging = settings?.crypto.changing_over === true;
  if (left.some(({ store }) => store === 'devices') && !isChanging) {
    return 'crypto.changing_over is not true: these devices are refused until they have new keys';
  }
  if (left.length > 0) return 'leave crypto.changing_over true until nothing is left';
  return isChanging
    ? 'nothing is left here: once platform and desks are changed too, set crypto.changing_over to false'
    : 'nothing is left';
}

async function ofDesk(
  { config = '' }: MigrateOptions,
  { data_dir }: Settings,
  profile: CryptoProfile,
): Promise<Leftover[]> {
  const folder = deskFolder(data_dir);
  let register: Leftover[];
  try {
    register = await withRegister({ config }, 'crypto migrate', registerLeftovers);
  } catch (cause) {
    if (!(cause instanceof UnusableError)) throw cause;
    register = [registerUnseen(cause.message)];
  }
  return [...register, ...deskLeftovers(folder, profile)];
}

async function reseal({ config }: MigrateOptions, settings: Settings | null): Promise<void> {
  if (config === undefined || !settings?.hotel) {
    throw new UnusableError('--run seals the register of a hotel desk: --config names its settings');
  }
  await withRegister({ config }, 'crypto migrate', (register, place) =>
    withAudit(place, async (audit) => {
      const progress = startProgress();
      let rows = 0;
      const proofs = await register.reseal(async (moved) => {
        rows += moved;
        progress.at(null, `${rows} rows sealed anew`);
      });
      progress.done();
      for (const proof of proofs) {
        const entry = { actor: TERMINAL, action: 'register.resealed', ...proofInAudit(proof) };
        await audit.append({ ...entry, atMs: Date.now() });
        console.log(`${proof.day}: rows sealed anew; the key with ${digestText(proof.keyDigest)} destroyed`);
      }
    }),
  );
}
