/** The tree of commands as a completion needs it: what may stand where. */
import type { Command, Option } from 'commander';

export interface Word {
  readonly name: string;
  /** A sentence of help. */
  readonly about: string;
}

export interface OptionWord extends Word {
  /** Null: it takes none. A list: those it may be; empty where nobody can guess it. */
  readonly value: 'file' | readonly string[] | null;
}

export interface CommandPlace {
  /** `onecard`, `journal`, `show`. */
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  readonly options: readonly OptionWord[];
  /** What its arguments may be. */
  readonly values: readonly string[];
}

/** Placeholders of values that are a file or folder. */
const FILE = /<[^>]*(file|dir|folder|path|jsonl|jwk|json)[^>]*>/i;

/** The command itself first, then everything below it. */
export function placesOf(command: Command, above: readonly string[] = []): CommandPlace[] {
  const path = [...above, command.name()];
  const help = command.createHelp();
  const place: CommandPlace = {
    path,
    commands: help
      .visibleCommands(command)
      .map((each) => ({ name: each.name(), about: help.subcommandDescription(each) })),
    options: help.visibleOptions(command).flatMap(optionWords),
    values: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [place, ...command.commands.flatMap((each) => placesOf(each, path))];
}

function optionWords(option: Option): OptionWord[] {
  const takesValue = option.required || option.optional;
  const isFile = FILE.test(option.flags) && option.argChoices === undefined;
  const value = !takesValue ? null : isFile ? 'file' : (option.argChoices ?? []);
  return [option.long ?? option.short ?? ''].filter(Boolean).map((name) => ({
    name,
    about: option.description.split('\n')[0] ?? '',
    value,
  }));
}
