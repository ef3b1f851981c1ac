/** Reads settings: a JSON file, and the environment over it. */
import { dirname, resolve } from 'node:path';
import { settingLeaves } from './setting-leaves.ts';
import { parseSettings, type Settings, SettingsError, SettingsSchema } from './settings.ts';
import { type Environment, environmentSettings, isFilePath, laidAt } from './settings-environment.ts';
import { readStrictText } from './strict-text.ts';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Where the setting at a path was given: the file, a variable of the environment; null: it has its default. */
  readonly origin: (path: readonly string[]) => string | null;
}

/**
 * Reads settings from a JSON file and the environment, which goes first. Paths in the file are relative to it, those in
 * the environment to the working directory. Without a file there is the environment alone. Throws SettingsError.
 */
export function loadSettings(file: string | undefined, environment: Environment = process.env): Settings {
  return readSettings(file, environment).settings;
}

export function readSettings(
  file: string | undefined,
  environment: Environment = process.env,
): LoadedSettings {
  const inFile = file === undefined ? {} : settingsOfFile(file);
  const { given, faults } = environmentSettings(SettingsSchema, environment);
  if (faults.length > 0) throw new SettingsError(`settings are not usable:\n  ${faults.join('\n  ')}`);
  const variables = new Map(given.map(({ leaf }) => [leaf.path.join('.'), leaf.variable]));
  const all = given.reduce<unknown>((over, { leaf, value }) => laidAt(over, leaf.path, value), inFile);
  const origin = (path: readonly string[]) =>
    variables.get(path.join('.')) ?? (file !== undefined && isGiven(inFile, path) ? file : null);
  const settings = parseSettings(all, (path) => `${origin(path) ?? file ?? 'the environment'}: `);
  return { settings: withFilesFrom(file === undefined ? '.' : dirname(resolve(file)), settings), origin };
}

/** The object in the file, without the `$schema` that is for editors. */
function settingsOfFile(file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(readStrictText(file));
  } catch (cause) {
    throw new SettingsError(`cannot read settings from ${file}: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { $schema: _, ...settings } = value as Record<string, unknown>;
  return settings;
}

function isGiven(settings: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return true;
  if (typeof settings !== 'object' || settings === null || !Object.hasOwn(settings, name)) return false;
  return isGiven((settings as Record<string, unknown>)[name], rest);
}

/** With absolute paths of files. */
function withFilesFrom(base: string, settings: Settings): Settings {
  const files = settingLeaves(SettingsSchema)
    .map(({ path }) => path)
    .filter(isFilePath);
  return files.reduce((each, path) => {
    const named = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], each);
    return typeof named === 'string' ? (laidAt(each, path, resolve(base, named)) as Settings) : each;
  }, settings);
}
