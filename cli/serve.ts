/** `onecard serve`: the gateway, until a signal asks it to stop. */
import type { Worker } from 'node:worker_threads';
import { Command, Option } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import { ScenesError } from '../config/scenes.ts';
import { type Settings, SettingsError } from '../config/settings.ts';
import { CryptoError } from '../crypto/crypto-error.ts';
import { ClusterError } from '../gateway/cluster/cluster-error.ts';
import { createGateway, GatewayStartError } from '../gateway/compose/compose.ts';
import { ACCEPT_DAMAGE } from '../gateway/compose/replay-memory.ts';
import { DeskError } from '../gateway/desk/desk-error.ts';
import { RegistryError } from '../gateway/devices/registry.ts';
import { JournalError } from '../gateway/journal/journal-error.ts';
import { createLog, type Log } from '../gateway/observe/log.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import { SchedulingError, scheduleTapThreads } from '../gateway/scheduling/tap-threads.ts';
import { FolderTakenError } from '../gateway/storage/folder-lock.ts';
import { LmdbFileError } from '../gateway/storage/lmdb-file.ts';
import { TransportError } from '../gateway/transport/transport.ts';
import { HotelError } from '../hotel/hotel-error.ts';
import { EngineError } from '../workers/engine/choose.ts';
import { TrustError } from '../workers/trust/error.ts';
import { checkSettings } from './check.ts';
import { Hangups } from './hangups.ts';
import { EXIT_FATAL, reportOwnFaults } from './own-fault.ts';
import { runOrExplain } from './unusable.ts';

/** What a shell reports for a program that SIGINT ended. */
const EXIT_FORCED = 130;

const HELP = `
The file holds JSON; every setting but gateway_id and the source of trust has a default (docs/settings.md). Paths in
it are relative to it. Each can be given by the environment too, which goes first (ONECARD_LISTEN__PORT=8790). A small one:

  { "gateway_id": "gw-1", "trust_file": "trust.json", "listen": { "host": "127.0.0.1", "port": 8790 } }

A journal that is damaged, incomplete or another's refuses the start, because credentials that were used would pass
again. Better than either of these is a backup (onecard journal restore):
  --new-journal sets the folder of the journal aside and begins a new one. Everything that was used may pass again for as
  long as a presentation lives, and the platform lacks what was not sent. Never leave it in a unit file.
  ${ACCEPT_DAMAGE} starts with damaged records, and the log names each tap whose credential may pass again.

SIGHUP: reads the settings again and takes up new TLS certificates, tokens, scenes and log level; no tap and no connection is
lost. What cannot be used is refused, and the log says why. Other settings count from the next start on.

SIGTERM or SIGINT: /readyz says no (for listen.leave_ms before anything else), nobody new is let in, gates are told, every
tap it took is answered, the platform gets the rest; then it stops. A second signal stops at once.

Exit status: 0 stopped as asked, 2 what it was given cannot be used (settings, trust, a file, the data folder, the
address), 70 a fault of its own or storage in doubt: start it again. Ended by a signal: 128 + its number. onecard --help
has the whole table.

Example:
  $ onecard serve --config gateway.json`;

interface ServeOptions {
  readonly config?: string;
  readonly check?: boolean;
  readonly newJournal?: boolean;
  readonly letUsedCredentialsPassAgain?: boolean;
}

/** `ahead`: the thread of the platform link, as `linkAhead` started it. */
export function serveCommand(ahead: Worker | null): Command {
  return new Command('serve')
    .description('Run the gateway.')
    .addOption(
      new Option('--config <file>', 'settings (JSON); without it the environment alone').env(
        'ONECARD_CONFIG',
      ),
    )
    .option('--check', 'check settings, scenes, trust and TLS files, then exit')
    .option('--new-journal', 'keep a journal that cannot be used aside, and begin a new one: see below')
    .option(ACCEPT_DAMAGE, 'start although records of used credentials are damaged: see below')
    .addHelpText('after', HELP)
    .action(({ config, check, newJournal, letUsedCredentialsPassAgain }: ServeOptions) =>
      runOrExplain('serve', EXPLAINED, async () => {
        const settings = loadSettings(config);
        if (check) console.log(`${config ?? 'the environment'} is usable: ${await checkSettings(settings)}`);
        else
          await serve(settings, () => loadSettings(config), {
            newJournal,
            acceptDamage: letUsedCredentialsPassAgain,
            ahead,
          });
      }),
    );
}

const EXPLAINED = [
  CryptoError,
  DeskError,
  HotelError,
  EngineError,
  SettingsError,
  ScenesError,
  TrustError,
  TransportError,
  PlatformError,
  ClusterError,
  JournalError,
  RegistryError,
  SchedulingError,
  GatewayStartError,
  FolderTakenError,
  LmdbFileError,
];

interface StartOptions {
  readonly newJournal: boolean | undefined;
  readonly acceptDamage: boolean | undefined;
  readonly ahead: Worker | null;
}

/** `readAgain`: the settings as they are by then. */
async function serve(
  settings: Settings,
  readAgain: () => Settings,
  { newJournal, acceptDamage, ahead }: StartOptions,
): Promise<void> {
  const log = createLog(settings.log.level, settings.gateway_id);
  // What nobody caught leaves the state of the process in doubt, as storage that failed does.
  reportOwnFaults((error) =>
    log.fatal({ err: error }, 'a fault of the gateway itself: ending, so that a clean start can follow'),
  );
  const gateway = createGateway(settings, {
    log,
    schedule: () => scheduleTapThreads(settings.scheduling),
    newJournal: newJournal === true,
    acceptDamage: acceptDamage === true,
    ...(ahead && { linkAhead: ahead }),
  });
  // Heard from the first moment on: a signal that comes during the start ends the gateway once it has started.
  const asked = firstSignal(log);
  const hangups = new Hangups(log, async () => gateway.reload(readAgain()));
  await gateway.start();
  hangups.started();
  gateway.failed.then((error) => {
    log.fatal({ error: error.message }, 'storage failed: ending, so that a clean start can follow');
    process.exit(EXIT_FATAL);
  });
  await asked;
  hangups.stop();
  await gateway.stop();
}

function firstSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(EXIT_FORCED);
      stopping = true;
      log.info({ signal }, 'stopping: taps that were taken are answered first');
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
