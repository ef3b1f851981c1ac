/** Where a gateway keeps its data: said by its settings, or directly. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import { UnusableError } from './unusable.ts';

export interface DataFolderOptions {
  readonly config?: string;
  readonly data?: string;
}

export function addDataFolderOptions(command: Command): Command {
  return command
    .option('--config <file>', "the gateway's settings, which name its data folder")
    .option('--data <dir>', 'the data folder itself');
}

/** The folder. Throws UnusableError unless exactly one option says it, and SettingsError on unusable settings. */
export function dataFolder({ config, data }: DataFolderOptions): string {
  if ((config === undefined) === (data === undefined)) {
    throw new UnusableError('say where the data is: either --config FILE or --data DIR');
  }
  return data === undefined ? loadSettings(config ?? '').data_dir : resolve(data);
}

/** Of the gateway whose data it is; null: only the folder was named. Throws as `dataFolder`. */
export function settingsOf(options: DataFolderOptions): Settings | null {
  dataFolder(options);
  return options.config === undefined ? null : loadSettings(options.config);
}

/** A folder that must be there already. Throws UnusableError. */
export function existing(folder: string, what: string): string {
  if (!existsSync(folder)) throw new UnusableError(`there is no ${what} in ${folder}`);
  return folder;
}
