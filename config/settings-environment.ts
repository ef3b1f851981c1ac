/**
 * Settings from the environment, which go before those of the file: `ONECARD_LIMITS__QUEUE_GATE=4096` is
 * `limits.queue_gate`. A variable without `__` that names no setting is somebody else's (an orchestrator names its own after
 * services); one with it is a mistake, and said.
 */
import { resolve } from 'node:path';
import { meant } from './nearest-name.ts';
import {
  type SettingLeaf,
  type SettingSchema,
  settingLeaves,
  VARIABLE_PREFIX,
  VARIABLE_SEPARATOR,
} from './setting-leaves.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentSettings {
  readonly given: readonly { readonly leaf: SettingLeaf; readonly value: unknown }[];
  /** A line each: variables that name no setting. */
  readonly faults: readonly string[];
}

/** Values are as the schema wants them where that is possible; whether they are allowed is checked with all others. */
export function environmentSettings(schema: SettingSchema, environment: Environment): EnvironmentSettings {
  const leaves = new Map(settingLeaves(schema).map((leaf) => [leaf.variable, leaf]));
  const given: { leaf: SettingLeaf; value: unknown }[] = [];
  const faults: string[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !name.startsWith(VARIABLE_PREFIX)) continue;
    const leaf = leaves.get(name);
    if (leaf) given.push({ leaf, value: readValue(leaf, text) });
    else if (name.includes(VARIABLE_SEPARATOR)) {
      faults.push(`${name}: there is no such setting; ${meant(name, [...leaves.keys()])}`);
    }
  }
  return { given, faults };
}

/** What is no number or truth value stays text, and is then refused with what is allowed. */
function readValue({ path, schema }: SettingLeaf, text: string): unknown {
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return isFilePath(path) && text !== '' ? resolve(text) : text;
}

/** In the file such a path is relative to the file, in the environment to the working directory. */
export const isFilePath = (path: readonly string[]) => /_(file|dir)$|^city$/.test(path.at(-1) ?? '');

/** The settings with a value laid over them at a path. What is on the way and no object is replaced by one. */
export function laidAt(settings: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const object =
    typeof settings === 'object' && settings !== null && !Array.isArray(settings) ? settings : {};
  return { ...object, [name]: laidAt((object as Record<string, unknown>)[name], rest, value) };
}
