/** A profile that drives gates over WebSocket: opens a run, warms up, drives, makes the result. */
import type { DeviceClass } from '../../gateway/verification.ts';
import { loadWarning, resultOf } from '../drive/result-of.ts';
import { type PhaseOptions, Run } from '../drive/run.ts';
import type { TapPlan } from '../fleet/tap-plan.ts';
import {
  type CheckName,
  COUNT_CHECKS,
  LATENCY_CHECKS,
  NONE,
  type Objective,
  objectiveOf,
} from '../objective.ts';
import { type BenchOptions, OptionsError } from '../options.ts';
import { type Driven, othersOf, type Profile, ridesOf, SOUND } from './profile.ts';

export interface DrivenProfile {
  readonly name: string;
  readonly about: string;
  readonly cards: number;
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly plan?: Partial<TapPlan> | ((options: BenchOptions) => Partial<TapPlan>);
  readonly classes?: readonly DeviceClass[];
  /** Settings of the gateway, by group, where the profile needs others than their defaults and none are given. */
  readonly settings?: Settings;
  /** What it asks by itself and can be asked; default: that of `strictly`. */
  readonly objective?: (options: BenchOptions) => Objective;
  readonly measures?: readonly CheckName[];
  /** Whether a gateway that runs already can be measured by it. */
  readonly elsewhere?: boolean;
  readonly drive: Driven;
}

export const MEASURES = [...LATENCY_CHECKS, ...COUNT_CHECKS];

/** Judged in time, each tap, and rightly. */
const strictly = ({ sloP99Ms }: BenchOptions): Objective => ({
  p99: { value: sloP99Ms, unit: 'ms' },
  refused: NONE,
  lost: NONE,
  wrong: NONE,
});

/** Of profiles that offer more than can be judged. */
export const RIGHT_AND_ANSWERED: Objective = { unanswered: NONE, wrong: NONE };

type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Each card is tapped this often before anything is measured, so that chains are known and code is compiled. */
const WARM_UP_ROUNDS = 1;
const WARM_UP_RATE = 4_000;
const WARM_UP_MIN_S = 0.5;
/** So long V8 goes on compiling what runs often; until then a tap costs more. */
const COMPILE_S = 8;

export function drivenProfile(profile: DrivenProfile): Profile {
  const { name, about, plan = {}, classes, settings = {}, drive } = profile;
  const { objective: asked = strictly, measures = MEASURES, elsewhere = true } = profile;
  const made: Profile = {
    name,
    about,
    async run({ options: given, progress, onGateway }) {
      const options = { ...given, settings: withDefaults(given.settings, settings) };
      if (options.target !== null && !elsewhere) {
        throw new OptionsError(`--url: bench ${name} measures a gateway that it starts itself`);
      }
      const objective = objectiveOf(name, asked(options), measures, options.failOn);
      const busy = loadWarning();
      const own = typeof plan === 'function' ? plan(options) : plan;
      const shown = othersOf(options);
      if (shown.others !== undefined && (own.replayed !== undefined || own.cold === true)) {
        throw new OptionsError(
          `bench ${name} shows ride codes and chips: --family transit-qr, chip-oda or both`,
        );
      }
      const run = await Run.open({
        options,
        progress,
        cards: options.cards ?? profile.cards,
        chips: options.chips ?? profile.chips,
        plan: { ...SOUND, rides: ridesOf(options), ...shown, ...own },
        ...(classes && { classes }),
        onGateway,
      });
      try {
        const outcome = await drive(run);
        return {
          result: resultOf(made, run, outcome, { busy, objective }),
          wrong: run.wrong,
          lost: run.lost,
        };
      } finally {
        await run.close();
      }
    },
  };
  return made;
}

function withDefaults(given: BenchOptions['settings'], defaults: Settings): BenchOptions['settings'] {
  const groups = Object.entries(defaults).map(([group, values]) => [
    group,
    { ...values, ...(given[group] ?? {}) },
  ]);
  return { ...given, ...Object.fromEntries(groups) };
}

/** Sound taps of every card, unhurried. */
export async function warmUp(run: Run): Promise<void> {
  const rate = warmUpRate(run.options.rate ?? WARM_UP_RATE);
  await soundTaps(run, rate, Math.max(WARM_UP_MIN_S, (WARM_UP_ROUNDS * run.fleet.city.cards) / rate));
}

/**
 * Sound taps of every card at a rate that rises to `toRate`, until what is measured next is compiled code. Shorter
 * where what is measured is short.
 */
export async function compileUnderLoad(run: Run, toRate: number): Promise<void> {
  const fromRate = warmUpRate(toRate);
  const round_s = (WARM_UP_ROUNDS * run.fleet.city.cards) / ((fromRate + toRate) / 2);
  const seconds = Math.max(round_s, Math.min(COMPILE_S, run.options.seconds ?? COMPILE_S));
  await soundTaps(run, (part) => fromRate + part * (toRate - fromRate), seconds);
}

const warmUpRate = (rate: number) => Math.min(WARM_UP_RATE, Math.max(rate, 1));

async function soundTaps(run: Run, rate: PhaseOptions['rate'], seconds: number): Promise<void> {
  const plan = { forged: 0, cut: 0, replayed: 0, cold: false };
  await run.phase({ name: 'warm-up', seconds, rate, measured: false, plan });
}
