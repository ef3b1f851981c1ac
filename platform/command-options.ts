/** Options that the platform's commands share, and how they fail: one clear line, and exit status 2. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CRYPTO_PROFILES, type CryptoProfile } from '../config/crypto-settings.ts';
import { OnecardError } from '../config/onecard-error.ts';
import { HOME_REGION, REGIONS } from './cards/region-numbers.ts';

export const UNUSABLE_EXIT_CODE = 2;

/** What the user gave cannot be used; the message says why. */
export class UnusableError extends OnecardError {
  override readonly name = 'UnusableError';
  readonly code = 'unusable';
}

export const seedOption = () =>
  new Option(
    '--seed <text>',
    'names the city: the same text gives the same keys and cards',
  ).makeOptionMandatory();

export const regionOption = () =>
  new Option(
    '--region <name>',
    `region of the city; ${REGIONS.join(', ')} have authorities and numbers of their own`,
  )
    .argParser(regionName)
    .default(HOME_REGION);

export const neighboursOption = () =>
  new Option(
    '--neighbours <regions>',
    'regions whose authorities stand in its trust too, such as sc,gz, or none (default: all others)',
  ).argParser(neighbourNames);

/** Those that are asked for, or all other regions with numbers of their own. */
export function neighboursOf(region: string, asked: readonly string[] | undefined): readonly string[] {
  if (asked !== undefined) return asked;
  return REGIONS.includes(region) ? REGIONS.filter((each) => each !== region) : [];
}

function neighbourNames(text: string): readonly string[] {
  const names = text === 'none' ? [] : text.split(',');
  if (names.every((name) => REGIONS.includes(name))) return names;
  throw new InvalidArgumentError(`It must be some of ${REGIONS.join(',')}, or none.`);
}

/** Whose algorithms a platform signs with. */
export const profileOption = () =>
  new Option(
    '--profile <name>',
    'whose algorithms it signs with: international, sm (SM2, SM3, SM4), or both while gateways change over',
  )
    .choices(['international', 'sm', 'both'])
    .default('international');

export function profilesNamed(name: 'international' | 'sm' | 'both'): readonly CryptoProfile[] {
  return name === 'both' ? CRYPTO_PROFILES : [name];
}

export const chipsOption = () =>
  new Option('--chips <algorithm>', 'which chips there are').choices(['sm2', 'rsa', 'both']).default('both');

function regionName(text: string): string {
  if (/^[a-z0-9-]{1,16}$/.test(text)) return text;
  throw new InvalidArgumentError('It has up to 16 small letters, digits and -.');
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Milliseconds since 1970 of an instant such as 2026-11-20T08:00:00Z. */
export function instant(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be like 2026-11-20T08:00:00Z.');
  return ms;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** HOST:PORT, an IPv6 host in brackets. */
export function address(text: string): Address {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('It must be like 127.0.0.1:8791; port 0 takes any free one.');
  }
  return { host, port: Number(port) };
}

/** Ends with status 2 for options that cannot be used, as all commands do. */
export function endsWithTwo(command: Command): Command {
  return command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE_EXIT_CODE));
}

/** Runs an action; what the user or the operating system got wrong becomes one line, our own faults are thrown on. */
export async function explained(command: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const told = error instanceof UnusableError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!told) throw error;
    process.stderr.write(`onecard ${command}: ${(error as Error).message}\n`);
    process.exitCode = UNUSABLE_EXIT_CODE;
  }
}
