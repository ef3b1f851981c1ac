/** The command that runs again what a result is of, as it is pasted into a shell in the project's folder. */
import type { RunResult } from './result.ts';

/** Flags that are not named as the options they fill. */
const FLAGS: Readonly<Record<string, string>> = {
  process: '--process',
  sloP99Ms: '--slo-p99-ms',
  failOn: '--fail-on',
  gatewayId: '--gateway-id',
};

export function repeatCommand({ profile, options, settings }: RunResult): string {
  const words = ['npx', 'onecard', 'bench', profile];
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === '') continue;
    words.push(FLAGS[name] ?? `--${name}`, String(value));
  }
  if (Object.keys(settings).length > 0) words.push('--settings', JSON.stringify(settings));
  return words.map(shellWord).join(' ');
}

/** POSIX shell, XCU clause 2.2.2: nothing between single quotes is special. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=%,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
