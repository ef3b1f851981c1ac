/** `onecard completion`: scripts with which shells complete commands, options and their values; made from the commands there are. */
import { Argument, Command } from 'commander';
import { type CommandPlace, placesOf } from './completion-places.ts';

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof SHELLS;

const HELP = `
bash, in ~/.bashrc:                     eval "$(onecard completion bash)"
zsh, in ~/.zshrc, after compinit:       eval "$(onecard completion zsh)"
fish:                                   onecard completion fish > ~/.config/fish/completions/onecard.fish`;

export function completionCommand(): Command {
  return new Command('completion')
    .description('Print a script with which a shell completes commands and options.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', HELP)
    .action((shell: Shell, _options: unknown, command: Command) => {
      const root = command.parent;
      if (root) process.stdout.write(completionScript(root, shell));
    });
}

/** For the command line whose root is `root`. */
export function completionScript(root: Command, shell: Shell): string {
  return SHELLS[shell](placesOf(root));
}

/** For the shell, whatever is in it. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const wordsOf = ({ commands, options }: CommandPlace) => [...commands, ...options].map(({ name }) => name);
const below = (places: readonly CommandPlace[]) =>
  places
    .slice(1)
    .map(({ path }) => quoted(path.join(' ')))
    .join('|');

function bashScript(places: readonly CommandPlace[]): string {
  const values = places.flatMap(({ path, options }) =>
    options.flatMap(({ name, value }) => {
      if (value === null) return [];
      const at = quoted([...path, name].join(' '));
      if (value === 'file')
        return [
          `    ${at}) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames; return ;;`,
        ];
      return [
        `    ${at}) mapfile -t COMPREPLY < <(compgen -W ${quoted(value.join(' '))} -- "$word"); return ;;`,
      ];
    }),
  );
  const words = places.map(
    (place) =>
      `    ${quoted(place.path.join(' '))}) words=${quoted([...wordsOf(place), ...place.values].join(' '))} ;;`,
  );
  return `# Completes onecard in bash: eval "$(onecard completion bash)"
_onecard() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} at=onecard words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
    ${below(places)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $before" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _onecard onecard
`;
}

function zshScript(places: readonly CommandPlace[]): string {
  const values = places.flatMap(({ path, options }) =>
    options.flatMap(({ name, value }) => {
      if (value === null) return [];
      const given = value === 'file' ? '_files' : `compadd -- ${value.map(quoted).join(' ')}`;
      return [`    ${quoted([...path, name].join(' '))}) ${given}; return ;;`];
    }),
  );
  const words = places.map(({ path, commands, options, values: arguments_ }) => {
    const told = [...commands, ...options, ...arguments_.map((name) => ({ name, about: '' }))].map(
      ({ name, about }) => quoted(about === '' ? name : `${name}:${about}`),
    );
    return `    ${quoted(path.join(' '))}) found=(${told.join(' ')}) ;;`;
  });
  return `# Completes onecard in zsh: eval "$(onecard completion zsh)"
_onecard() {
  local at=onecard i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
    ${below(places)}) at="$at $words[i]" ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  _describe onecard found
}
compdef _onecard onecard
`;
}

function fishScript(places: readonly CommandPlace[]): string {
  const lines = places.flatMap(({ path, commands, options, values }) => {
    const where = `complete -c onecard -n ${quoted(`__onecard_at ${quotedFish(path.join(' '))}`)}`;
    return [
      ...commands.map(({ name, about }) => `${where} -a ${quoted(name)} -d ${quotedFish(about)}`),
      ...values.map((name) => `${where} -a ${quoted(name)}`),
      ...options.map(({ name, about, value }) => {
        const flag = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
        const given = value === null ? '' : value === 'file' ? ' -r -F' : ` -x -a ${quoted(value.join(' '))}`;
        return `${where} ${flag}${given} -d ${quotedFish(about)}`;
      }),
    ];
  });
  return `# Completes onecard in fish: onecard completion fish > ~/.config/fish/completions/onecard.fish
function __onecard_at
  set -l at onecard
  for word in (commandline -opc)[2..-1]
    if contains -- "$at $word" ${places
      .slice(1)
      .map(({ path }) => quoted(path.join(' ')))
      .join(' ')}
      set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c onecard -f
${lines.join('\n')}
`;
}

/** fish takes both inside single quotes as they are, but for these two. */
function quotedFish(text: string): string {
  return `"${text.replace(/["\\$]/g, (found) => `\\${found}`)}"`;
}
