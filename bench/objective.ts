/** What a run is held to: `--fail-on p99=10,refused=0.1%,wrong=0`, laid over what the profile asks by itself. */
import { meant } from '../config/nearest-name.ts';
import { OptionsError } from './options.ts';

export const LATENCY_CHECKS = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const;
export const COUNT_CHECKS = ['refused', 'lost', 'unanswered', 'wrong'] as const;
const CHECKS = [...LATENCY_CHECKS, ...COUNT_CHECKS, 'capacity', 'memory'] as const;

export type LatencyCheck = (typeof LATENCY_CHECKS)[number];
export type CountCheck = (typeof COUNT_CHECKS)[number];
export type CheckName = (typeof CHECKS)[number];

/** `percent`: of all taps that were meant to be sent. `any`: nothing is asked. */
export interface Limit {
  readonly value: number;
  readonly unit: 'ms' | 'taps' | 'percent' | 'taps/s' | 'MiB' | 'any';
}

export type Objective = Readonly<Partial<Record<CheckName, Limit>>>;

export const NONE: Limit = { value: 0, unit: 'taps' };
export const FAIL_ON_HELP =
  'what fails a run: p50, p90, p99, p99.9, max (ms); refused, lost, unanswered, wrong (taps, or a part such as 0.1%); ' +
  'capacity (taps/s, at least); memory (MiB, of a soak); any lifts a limit';

const EXAMPLE = 'for example p99=10,refused=0.1%,wrong=0';

/** Throws OptionsError, which says what is wrong with which part and how it is written. */
export function parseFailOn(text: string): Objective {
  const limits = new Map<CheckName, Limit>();
  for (const part of text.split(',').map((each) => each.trim())) {
    const fault = (why: string) => new OptionsError(`--fail-on: ${JSON.stringify(part)}: ${why}`);
    const [name = '', value, ...more] = part.split('=').map((each) => each.trim());
    if (value === undefined || more.length > 0) throw fault(`it must be NAME=LIMIT, ${EXAMPLE}`);
    const known = CHECKS.find((each) => each === name);
    if (known === undefined) throw fault(`there is no ${JSON.stringify(name)}; ${meant(name, CHECKS)}`);
    if (limits.has(known)) throw fault(`${known} is there twice`);
    const limit = limitOf(known, value);
    if (typeof limit === 'string') throw fault(limit);
    limits.set(known, limit);
  }
  return Object.fromEntries(limits);
}

/** As it was written, for the command that repeats a run. */
export function failOnText(objective: Objective): string {
  return Object.entries(objective)
    .map(
      ([name, { value, unit }]) =>
        `${name}=${unit === 'any' ? 'any' : value}${unit === 'percent' ? '%' : ''}`,
    )
    .join(',');
}

/** A string says why there is none. */
function limitOf(name: CheckName, text: string): Limit | string {
  if (text === 'any') return { value: 0, unit: 'any' };
  const [, digits = '', suffix = ''] = /^(\d{1,9}(?:\.\d{1,6})?) ?(ms|%|)$/.exec(text) ?? [];
  if (digits === '') return `${JSON.stringify(text)} is no limit: a number not below 0, ${EXAMPLE}`;
  const value = Number(digits);
  if (name === 'capacity')
    return suffix === '' ? { value, unit: 'taps/s' } : 'it is in taps a second, without a unit';
  if (name === 'memory') return suffix === '' ? { value, unit: 'MiB' } : 'it is in MiB, without a unit';
  if (LATENCY_CHECKS.some((each) => each === name)) {
    return suffix === '%' ? 'a latency is in ms' : { value, unit: 'ms' };
  }
  if (suffix === 'ms') return 'it is a number of taps, or a part of them such as 0.1%';
  if (suffix === '%')
    return value <= 100 ? { value, unit: 'percent' } : 'there are no more than 100 % of the taps';
  return Number.isInteger(value)
    ? { value, unit: 'taps' }
    : 'a number of taps is whole; a part of them ends in %';
}

/** What the profile asks, with what was given in its place. Throws OptionsError for what the profile does not measure. */
export function objectiveOf(
  profile: string,
  asked: Objective,
  measures: readonly CheckName[],
  given: Objective,
): Objective {
  const unmeasured = Object.keys(given).find((name) => !measures.some((each) => each === name));
  if (unmeasured !== undefined) {
    throw new OptionsError(
      `--fail-on: bench ${profile} does not judge ${unmeasured}, but ${measures.join(', ')}`,
    );
  }
  return { ...asked, ...given };
}
