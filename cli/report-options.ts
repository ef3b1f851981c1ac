/** What the `onecard report` commands share: formats, times, where a report goes, and how they fail. */
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ScenesError } from '../config/scenes.ts';
import { SettingsError } from '../config/settings.ts';
import { JournalError } from '../gateway/journal/journal-error.ts';
import { LmdbFileError } from '../gateway/storage/lmdb-file.ts';
import { replacePrivateFile } from '../gateway/storage/private-files.ts';
import { CITY_TIME_ZONE, LocalTimeError } from '../reports/local-time.ts';
import { runOrExplain } from './unusable.ts';

export interface OutOptions<Format extends string> {
  readonly format: Format;
  readonly out?: string;
}

export function addFormatOptions(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(new Option('--format <format>', 'how it is written').choices(formats).default(formats[0]))
    .option('--out <file>', 'write it to a file, in place of standard output');
}

export function addZoneOption(command: Command): Command {
  return command.option('--time-zone <name>', 'whose days and hours', CITY_TIME_ZONE);
}

export function addScenesOptions(command: Command): Command {
  return command
    .option('--config <file>', "a gateway's settings, whose scenes are meant")
    .option('--scenes <file>', 'the scenes, in place of those of the settings or those that come along');
}

/** A day like 2026-11-30, or a month like 2026-11. */
export function readDay(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new InvalidArgumentError('a day such as 2026-11-30.');
  return text;
}

export function readMonth(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError('a month such as 2026-11.');
  return text;
}

/** Writes the report. `isPrivate`: it is about persons, and nobody but its owner may read the file. */
export function deliver(text: string, out: string | undefined, isPrivate: boolean): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  if (isPrivate) replacePrivateFile(out, text);
  else writeFileSync(out, text);
  console.error(`written to ${out}${isPrivate ? ', for its owner alone (mode 0600)' : ''}`);
}

export function asJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function tellDamaged(damaged: number): void {
  if (damaged === 0) return;
  console.error(`${damaged} damaged records were passed over: onecard journal verify names them`);
  process.exitCode = 1;
}

export async function explainedReport(
  command: string,
  action: () => Promise<void>,
  also: readonly (abstract new (...args: never[]) => Error)[] = [],
): Promise<void> {
  await runOrExplain(
    `report ${command}`,
    [JournalError, SettingsError, ScenesError, LmdbFileError, LocalTimeError, ...also],
    action,
  );
}
