/** Options of `onecard bench`, as given or filled in by the profile. */
import { OnecardError } from '../config/onecard-error.ts';
import type { ArrivalProcess } from './drive/arrivals.ts';
import type { Objective } from './objective.ts';

export interface BenchOptions {
  /** Taps a second; null: what the profile thinks right. */
  readonly rate: number | null;
  readonly seconds: number | null;
  readonly seed: string;
  readonly cards: number | null;
  readonly connections: number;
  readonly generators: number;
  readonly process: ArrivalProcess;
  readonly sloP99Ms: number;
  /** A family, `both` (ride codes and chips), or `all`. */
  readonly family: string;
  readonly chips: 'sm2' | 'rsa' | 'both' | null;
  /** Settings of the gateway that differ from their defaults, by group. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where fleets are kept; null: the user's cache. */
  readonly fleets: string | null;
  /** What fails the run, in place of what the profile asks by itself. */
  readonly failOn: Objective;
  /** The gateway that is measured, where it is not one of the bench's own. */
  readonly target: Target | null;
}

/** A gateway that runs already: elsewhere, or in another process. */
export interface Target {
  /** `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly url: string;
  readonly gatewayId: string;
  /** A device's private key, `ID.jwk`, or a folder of them. */
  readonly devices: string;
}

export const DEFAULT_OPTIONS: BenchOptions = {
  rate: null,
  seconds: null,
  seed: 'bench',
  cards: null,
  connections: 8,
  generators: 1,
  process: 'poisson',
  sloP99Ms: 10,
  family: 'both',
  chips: null,
  settings: {},
  fleets: null,
  failOn: {},
  target: null,
};

/** The options contradict one another, or the profile cannot use them. */
export class OptionsError extends OnecardError {
  override readonly name = 'OptionsError';
  readonly code = 'options_unusable';
}
