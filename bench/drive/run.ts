/** A run: gateway, generators and sampler, driven phase by phase, and everything that was seen. */
import { createHash } from 'node:crypto';
import type { DeviceClass } from '../../gateway/verification.ts';
import type { ListedState } from '../../platform/cards/identity.ts';
import { type City, createCity } from '../../platform/city.ts';
import { CodeTimes } from '../fleet/code-times.ts';
import { type Fleet, openFleet } from '../fleet/fleet.ts';
import { rightCode, type TapPlan, TapPlanner } from '../fleet/tap-plan.ts';
import { type BenchOptions, OptionsError } from '../options.ts';
import { distinctName } from '../report/names.ts';
import type { Phase } from '../report/result.ts';
import { arrivalTimes } from './arrivals.ts';
import { gatewayElsewhere } from './elsewhere.ts';
import { type BenchGateway, startBenchGateway } from './gateway.ts';
import { type Generators, startGenerators } from './generators.ts';
import type { Progress } from './progress.ts';
import type { Outcomes } from './protocol.ts';
import { cpuSeconds, Sampler } from './sampler.ts';
import { Seconds } from './seconds.ts';
import { StealTime, stealWarning, stolenPart } from './steal-time.ts';
import { type Tally, tally } from './tally.ts';
import { type ThreadTimes, threadTimes, usPerTap } from './thread-times.ts';

export interface RunOptions {
  readonly options: BenchOptions;
  readonly cards: number;
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly plan: Omit<TapPlan, 'seed' | 'cards' | 'form'>;
  /** Classes of the connections, which take turns; default: all gates. */
  readonly classes?: readonly DeviceClass[];
  readonly progress: Progress;
  /** Called with the gateway's process once it runs; what it returns is called before it is stopped. */
  readonly onGateway?: ((pid: number) => () => void) | undefined;
}

export interface PhaseOptions {
  readonly name: string;
  readonly seconds: number;
  /** Taps a second, or at a part (0 to 1) of the phase. */
  readonly rate: number | ((part: number) => number);
  /** Warm-up is not: its answers are checked, and it is left out of the report's phases. */
  readonly measured?: boolean;
  readonly plan?: Partial<TapPlan>;
  /** Called just before its first tap, with when that is, milliseconds since 1970 UTC. */
  readonly onStart?: (startAtMs: number) => void;
}

/** A phase that was driven, before anybody looked at its answers. */
export interface DrivenPhase {
  readonly name: string;
  readonly seconds: number;
  readonly measured?: boolean;
  readonly plan: TapPlan;
  /** Number of its first tap. */
  readonly from: number;
  readonly times: Float64Array;
  readonly outcomes: readonly Outcomes[];
  readonly startAtMs: number;
  /** Taps that followed one another on one connection. */
  readonly block: number;
  /** CPU of the gateway before it began, and of each of its threads. */
  readonly cpuBefore: number | null;
  readonly threadsBefore: ThreadTimes | null;
}

export interface PhaseOutcome {
  readonly phase: Phase;
  readonly tally: Tally;
  /** Of the taps of one class of device. */
  readonly ofClass: (deviceClass: DeviceClass) => Tally;
  /** Of the taps that were due in seconds in which the hypervisor took nothing, and how many those were. */
  readonly undisturbed: () => { readonly seconds: number; readonly tally: Tally };
}

const MS_PER_S = 1_000;
/** Taps that may wait for answers at once: memory, never a way to spare the gateway. */
const WINDOW = 200_000;
/** Longer than any deadline. */
const PATIENCE_MS = 12_000;
/** Between the signing of a phase's taps, which takes every core, and the first of them: long enough to clear up after it. */
const HEAD_START_MS = 1_000;
/** Above this part of a core a generator may be what is measured. */
const BUSY_CORES = 0.85;
const LAG_MS = 5;
/** Numbers a run may use each second without meeting those of the next; chips are told apart by 32 bits of them. */
const NUMBERS_PER_S = 32_768;
const NUMBERS = 2 ** 32;

export class Run {
  readonly startedAtMs = Date.now();
  readonly phases: Phase[] = [];
  readonly warnings = new Set<string>();
  readonly seconds = new Seconds();
  readonly samples: Record<string, number[]> = {
    p50_ms: [],
    p99_ms: [],
    answered_per_s: [],
    gateway_us_per_tap: [],
  };
  readonly decisions = createHash('sha256');
  readonly sampler: Sampler;
  readonly #steal = new StealTime();
  readonly fleet: Fleet;
  readonly gateway: BenchGateway;
  readonly options: BenchOptions;
  readonly #city: City;
  readonly #generators: Generators;
  readonly #setup: RunOptions;
  readonly #plan: TapPlan;
  readonly #classes: readonly DeviceClass[];
  readonly #states: ListedState[] = [];
  readonly #release: () => void;
  readonly #codeTimes = new CodeTimes();
  #next = 0;
  lost = 0;
  wrong = 0;
  /** Of phases that are not in the report. */
  readonly unmeasured = { intended: 0, lost: 0, unanswered: 0, wrong: 0 };

  private constructor(setup: RunOptions, fleet: Fleet, gateway: BenchGateway, generators: Generators) {
    this.#setup = setup;
    this.options = setup.options;
    this.fleet = fleet;
    this.gateway = gateway;
    this.#generators = generators;
    this.#city = createCity(fleet.city);
    this.#plan = { ...setup.plan, seed: setup.options.seed, cards: setup.cards, form: 'frame' };
    this.#classes = connectionClasses(setup);
    this.sampler = new Sampler({
      gatewayPid: gateway.pid,
      platformPid: () => gateway.platform?.pid ?? null,
      admin: gateway.admin,
    });
    this.#release = (gateway.pid !== null && setup.onGateway?.(gateway.pid)) || (() => {});
    if (setup.options.target !== null) this.#next = freshNumber(setup.cards);
  }

  static async open(setup: RunOptions): Promise<Run> {
    const { options, cards, chips, progress } = setup;
    if (options.generators > options.connections) throw new OptionsError('a generator needs a connection');
    progress.step(`fleet of ${cards} cards`);
    const of = { seed: options.seed, cards, chips };
    const fleet = await openFleet(of, (part) => progress.part(part), options.fleets ?? undefined);
    progress.step(options.target === null ? 'gateway and platform' : `gateway at ${options.target.url}`);
    const { settings, target } = options;
    const devices = connectionClasses(setup).length;
    const generators = startGenerators(options.generators);
    let gateway: BenchGateway | null = null;
    try {
      gateway = target
        ? await gatewayElsewhere(target, of)
        : await startBenchGateway({
            fleet: of,
            devices,
            settings,
            takesAll: setup.plan.others !== undefined,
          });
      const run = new Run(setup, fleet, gateway, generators);
      await run.connect();
      return run;
    } catch (error) {
      generators.close();
      await gateway?.stop();
      throw error;
    }
  }

  /** Who goes before the rest of the machine. */
  get scheduling(): string {
    return `gateway ${this.gateway.scheduling}, generators ${this.#generators.realtime ? 'realtime' : 'fair'}`;
  }

  /** Number of the next tap. */
  get next(): number {
    return this.#next;
  }

  /** Null where the system does not tell. */
  threadTimes(): ThreadTimes | null {
    return this.gateway.pid === null ? null : threadTimes(this.gateway.pid);
  }

  /** Opens all connections, or opens them again. */
  async connect(): Promise<void> {
    const { gateway, fleet } = this;
    const tokens = await Promise.all(this.#classes.map((each, i) => gateway.token(each, i)));
    await this.#generators.open({
      gate: gateway.gate,
      tokens,
      city: fleet.city,
      fleetFile: fleet.file,
      cards: this.#setup.cards,
    });
  }

  async phase(options: PhaseOptions): Promise<PhaseOutcome> {
    const { name, seconds, rate } = options;
    const { progress } = this.#setup;
    const from = this.#next;
    const times = arrivalTimes({
      process: this.options.process,
      seconds,
      ratePerS: typeof rate === 'number' ? () => rate : rate,
      seed: `${this.options.seed} ${from} ${name}`,
    });
    const { plan, use0_s } = this.planFor(times.length, options.plan);
    progress.step(`${name}: signing ${times.length} taps`);
    await this.#generators.prepare({ plan, from, count: times.length, use0_s }, (part) =>
      progress.part(part),
    );
    progress.step(`${name}: ${Math.round(times.length / seconds)} taps/s for ${seconds} s`);
    const block = blockOf(times.length / seconds / this.options.generators);
    const startAtMs = Date.now() + HEAD_START_MS;
    const cpuBefore = cpuSeconds(this.gateway.pid);
    const threadsBefore = this.threadTimes();
    options.onStart?.(startAtMs);
    const outcomes = await this.#generators.run(
      { times, block, startAtMs, window: WINDOW, patienceMs: PATIENCE_MS },
      (sent, answered) => progress.part(sent / times.length, `${answered} answered`),
    );
    return this.record({
      ...options,
      ...{ plan, from, times, outcomes, startAtMs, block, cpuBefore, threadsBefore },
    });
  }

  /**
   * The plan of the next taps, which takes their numbers, and the second of use 0 of their ride codes. Throws
   * OptionsError when there are too few cards for them.
   */
  planFor(
    count: number,
    changes: Partial<TapPlan> = {},
  ): { readonly plan: TapPlan; readonly use0_s: number } {
    const plan = { ...this.#plan, ...changes };
    const uses = new TapPlanner(plan).uses(this.#next, count);
    this.#next += count;
    const now_s = Math.floor(Date.now() / MS_PER_S);
    // Chips do not say when they were made.
    return { plan, use0_s: plan.rides > 0 ? this.#codeTimes.secondOfUse0(uses, now_s) : now_s };
  }

  /** Checks every answer of a phase, and keeps what it comes to. */
  record(driven: DrivenPhase): PhaseOutcome {
    const { name, seconds, from, times, outcomes, startAtMs, cpuBefore, threadsBefore } = driven;
    const cpuAfter = cpuSeconds(this.gateway.pid);
    const threadsAfter = this.threadTimes();
    const elapsedS = Math.max(...outcomes.map((each) => each.elapsedS));
    const startS = (startAtMs - this.startedAtMs) / MS_PER_S;
    const planner = new TapPlanner(driven.plan);
    const right = (i: number) => {
      const spec = planner.tap(i, from);
      return rightCode(spec, i, this.#state(spec.card));
    };
    const input = { from, times, outcomes, right };
    const whole = tally({
      ...input,
      decisions: this.decisions,
      onAnswer: (atMs, latencyMs, fate) => this.seconds.answer(startS + atMs / MS_PER_S, latencyMs, fate),
      onLost: (atMs) => this.seconds.lost(startS + atMs / MS_PER_S),
    });
    this.seconds.sent(startS, times, outcomes);
    const generatorCores = outcomes.map((each) => each.cpuSeconds / each.elapsedS);
    const gatewayCores = cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / elapsedS;
    const byThread = usPerTap(threadsBefore, threadsAfter, whole.answered);
    const stolenMs = this.#steal.between(startAtMs, startAtMs + elapsedS * MS_PER_S);
    const phase: Phase = {
      name:
        driven.measured === false
          ? name
          : distinctName(
              name,
              this.phases.map((each) => each.name),
            ),
      from_s: startS,
      to_s: startS + seconds,
      rate_per_s: times.length / seconds,
      ...counts(whole),
      ...(byThread && { us_per_tap: byThread }),
      ...(stolenMs !== null && { steal_ms: stolenMs }),
      gateway_cores: gatewayCores,
      generator_cores: generatorCores.reduce((sum, each) => sum + each, 0),
    };
    this.#judge(name, whole, Math.max(...generatorCores), outcomes);
    const stolen = stealWarning(name, stolenPart(stolenMs, elapsedS * MS_PER_S));
    if (stolen !== null) this.warnings.add(stolen);
    if (driven.measured !== false) {
      this.phases.push(phase);
      this.#sample(startS, startS + seconds, gatewayCores);
    } else {
      this.unmeasured.intended += whole.intended;
      this.unmeasured.lost += whole.unsent + whole.unanswered;
      this.unmeasured.unanswered += whole.unanswered;
      this.unmeasured.wrong += whole.wrong + whole.repeated;
    }
    const classOf = (i: number) => this.#classOf(i - from, outcomes.length, driven.block);
    return {
      phase,
      tally: whole,
      ofClass: (deviceClass) => tally({ ...input, only: (i) => classOf(i) === deviceClass }),
      undisturbed: () => {
        const calm = this.#steal.undisturbed(startAtMs, seconds);
        const only = (i: number) => calm[Math.floor((times[i - from] ?? 0) / MS_PER_S)] ?? false;
        return { seconds: calm.filter(Boolean).length, tally: tally({ ...input, only }) };
      },
    };
  }

  async close(): Promise<void> {
    this.#setup.progress.step('stopping');
    this.#release();
    this.sampler.stop();
    this.#steal.stop();
    this.#generators.close();
    await this.gateway.stop();
    this.#setup.progress.done();
  }

  /** As the sender deals taps out to the connections of its process. */
  #classOf(n: number, processes: number, block: number): DeviceClass {
    const own = this.#classes.filter((_, c) => c % processes === n % processes);
    return own[Math.floor(Math.floor(n / processes) / block) % own.length] as DeviceClass;
  }

  #state(card: number): ListedState {
    this.#states[card] ??= this.#city.identity(card).state;
    return this.#states[card];
  }

  /** What a reader must know before believing the phase. */
  #judge(name: string, seen: Tally, busiest: number, outcomes: readonly Outcomes[]): void {
    const warn = (text: string) => this.warnings.add(`${name}: ${text}`);
    this.wrong += seen.wrong + seen.repeated;
    this.lost += seen.unanswered;
    if (seen.firstWrong !== null) warn(`${seen.wrong} wrong answers; the first: ${seen.firstWrong}`);
    if (seen.refused > 0) warn(`${seen.refused} of ${seen.intended} taps were refused`);
    if (seen.repeated > 0) warn(`${seen.repeated} taps were answered twice`);
    if (seen.unanswered > 0) warn(`${seen.unanswered} taps were never answered`);
    if (seen.unsent > 0) warn(`${seen.unsent} taps were never sent: too many were waiting`);
    for (const reason of new Set(outcomes.flatMap(({ closed }) => closed)))
      warn(`a connection was closed: ${reason}`);
    if (busiest > BUSY_CORES) {
      warn(`a generator used ${busiest.toFixed(2)} of its one core: it may be what was measured`);
    }
    if (seen.lagP99Ms > LAG_MS) warn(`1 % of the taps left ${seen.lagP99Ms.toFixed(1)} ms late or more`);
  }

  /** Each whole second of a phase is one sample. */
  #sample(from_s: number, to_s: number, gatewayCores: number | null): void {
    for (let n = Math.ceil(from_s); n + 1 <= to_s; n += 1) {
      const summary = this.seconds.summary(n);
      if (summary === null) continue;
      this.samples['p50_ms']?.push(summary.p50);
      this.samples['p99_ms']?.push(summary.p99);
      this.samples['answered_per_s']?.push(summary.judged);
      if (gatewayCores !== null)
        this.samples['gateway_us_per_tap']?.push((gatewayCores * 1e6) / summary.judged);
    }
  }
}

/**
 * Where numbers begin at a gateway that may remember taps of an earlier run: at one that no run of the hours before came
 * to, at the head of a round of all cards.
 */
function freshNumber(cards: number): number {
  const atOnce = Math.floor((Date.now() / MS_PER_S) * NUMBERS_PER_S) % NUMBERS;
  return atOnce - (atOnce % cards);
}

/** Connections enough that every class has as many in each generator. */
function connectionClasses({ classes: kinds = ['gate'], options }: RunOptions): readonly DeviceClass[] {
  const equal = kinds.length === 1 ? 1 : kinds.length * options.generators;
  const length = Math.ceil(options.connections / equal) * equal;
  return Array.from(
    { length },
    (_, i) => kinds[Math.floor(i / options.generators) % kinds.length] as DeviceClass,
  );
}

/** At one millisecond's taps a connection, one write carries what is due. */
function blockOf(ratePerS: number): number {
  return Math.max(1, Math.round(ratePerS / 1_000));
}

function counts(seen: Tally) {
  const { intended, sent, answered, unsent, late, unanswered, wrong, repeated, latency, codes } = seen;
  return { intended, sent, answered, unsent, late, unanswered, wrong, repeated, latency, codes };
}
