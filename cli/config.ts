/** `onecard config`: what the settings are, whether they can be used, and what there is to set. */
import { Command } from 'commander';
import { citySchemaDocument } from '../config/city-document/city-schema.ts';
import { type LoadedSettings, readSettings } from '../config/load-settings.ts';
import { ScenesError } from '../config/scenes.ts';
import { settingLeaves, valueAt } from '../config/setting-leaves.ts';
import { SettingsError, SettingsSchema } from '../config/settings.ts';
import { settingsSchemaDocument } from '../config/settings-schema.ts';
import { CryptoError } from '../crypto/crypto-error.ts';
import { ClusterError } from '../gateway/cluster/cluster-error.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import { TransportError } from '../gateway/transport/transport.ts';
import { HotelError } from '../hotel/hotel-error.ts';
import { TrustError } from '../workers/trust/error.ts';
import { checkCity, checkSettings } from './check.ts';
import { runOrExplain } from './unusable.ts';

const HELP = `
Settings come from the file and from the environment, which goes first: ONECARD_LIMITS__QUEUE_GATE=4096 is
limits.queue_gate. Without --config there is the environment alone. docs/settings.md lists every setting.

What is wrong with the city document is said with file, line and column. --city checks a city document that is not yet that of the
settings; without --config it alone is checked (docs/services.md).

Exit status: 0 when they can be used, 2 when they cannot; each fault is said with where it is and what is allowed.

Examples:
  $ onecard config check --config gateway.json
  $ onecard config check --city city
  $ onecard config show --config gateway.json
  $ onecard config schema > settings.schema.json
  $ onecard config schema --city > city.schema.json`;

interface CheckOptions {
  readonly config?: string;
  readonly city?: string;
}

interface SchemaOptions {
  readonly city?: boolean;
}

interface ConfigOptions {
  readonly config?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function configCommand(): Command {
  const command = new Command('config')
    .description('Check and show settings, and print their JSON Schema.')
    .addHelpText('after', HELP)
    .addCommand(checkCommand())
    .addCommand(showCommand())
    .addCommand(schemaCommand());
  return command;
}

function checkCommand(): Command {
  return new Command('check')
    .description('Check settings and the city document, trust, token and TLS files they name.')
    .option('--config <file>', 'settings (JSON)')
    .option('--city <path>', 'a city document, folder or file, in place of that of the settings')
    .action(({ config, city }: CheckOptions) =>
      explained('check', async () => {
        if (city !== undefined && config === undefined) {
          console.log(`${city} is usable: ${checkCity(city)}`);
          return;
        }
        const { settings } = readSettings(config);
        const checked = city === undefined ? settings : { ...settings, city };
        console.log(`${config ?? 'the environment'} is usable: ${await checkSettings(checked)}`);
      }),
    );
}

function showCommand(): Command {
  return new Command('show')
    .description('Show the settings in force, and where each comes from.')
    .option('--config <file>', 'settings (JSON)')
    .option('--all', 'those that have their default too')
    .option('--json', 'all of them as one JSON object')
    .action(({ config, all, json }: ConfigOptions) =>
      explained('show', () => {
        const loaded = readSettings(config);
        if (json) console.log(JSON.stringify(loaded.settings, null, 2));
        else for (const line of lines(loaded, all === true)) console.log(line);
      }),
    );
}

function schemaCommand(): Command {
  return new Command('schema')
    .description(
      'Print the JSON Schema of the settings, or of the city document, for editors and validators.',
    )
    .option('--city', 'of the city document')
    .action(({ city }: SchemaOptions) =>
      console.log(JSON.stringify(city ? citySchemaDocument() : settingsSchemaDocument(), null, 2)),
    );
}

function* lines({ settings, origin }: LoadedSettings, all: boolean): Generator<string> {
  const rows = settingLeaves(SettingsSchema)
    .map(({ path }) => ({ path: path.join('.'), value: valueAt(settings, path), from: origin(path) }))
    .filter(({ value, from }) => value !== undefined && (all || from !== null));
  const widest = Math.max(0, ...rows.map(({ path }) => path.length));
  for (const { path, value, from } of rows) {
    yield `${path.padEnd(widest)}  ${JSON.stringify(value)}  (${from ?? 'default'})`;
  }
}

const explained = (command: string, action: () => void | Promise<void>) =>
  runOrExplain(
    `config ${command}`,
    [
      ...[SettingsError, ScenesError, TrustError, TransportError, PlatformError, ClusterError, HotelError],
      CryptoError,
    ],
    async () => action(),
  );
