/**
 * The path of a tap, stage after stage: admit, prove, status, decide, journal, answer. (Decode comes before, in the
 * transport's turn: it makes the `Presentation` that enters here.) Everything that is built is handed in.
 */
import type { Code } from '../../config/codes.ts';
import type { NameAlgorithm } from '../../workers/names/keyed-digest.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { LiveAnswer } from '../live/live-answer.ts';
import { DeadlineWheel } from '../scheduling/deadline-wheel.ts';
import type { DeviceClass, IncomingTap, TapIntake } from '../verification.ts';
import { Admit } from './2-admit/admit.ts';
import { ClassQueues } from './2-admit/class-queues.ts';
import { CostModel } from './2-admit/cost-model.ts';
import { Prove, type ProvenFlight } from './3-prove/prove.ts';
import { type AnsweredTap, AskingStep } from './4-status/asking-step.ts';
import { askingLive } from './4-status/live-asking.ts';
import { Resolving } from './4-status/resolving.ts';
import { NOT_ASKED, NOT_WANTED, type StatusSources, wantsLive } from './4-status/status.ts';
import { Append, type Decided, type ProofMoment } from './6-journal/append.ts';
import { answerAll, refusalAnswer, withDisclosed } from './7-answer.ts';
import { Claiming } from './claiming.ts';
import { createJudge } from './create-judge.ts';
import type { Flight } from './flights.ts';
import type { Judge, StateInForce } from './judge.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { Standstill } from './standstill.ts';

export type { PipelineEvents, PipelineOptions } from './pipeline-options.ts';

/** A refusal must still reach the gate before its deadline, so it leaves this much earlier. */
const REFUSAL_MARGIN_MS = 15;

export class Pipeline implements TapIntake {
  readonly #options: PipelineOptions;
  readonly #queues: ClassQueues;
  readonly #admit: Admit;
  readonly #prove: Prove;
  readonly #judge: Judge;
  readonly #claiming: Claiming | null;
  readonly #live: AskingStep<LiveAnswer> | null;
  readonly #resolving: Resolving;
  readonly #append: Append;
  readonly #deadlines: DeadlineWheel<Flight>;
  readonly #standstill: Standstill;
  readonly #wallClockMs: () => number;
  readonly #emptied: (() => void)[] = [];
  #closedWith: Code | null = 'gateway.not_ready';

  constructor(options: PipelineOptions) {
    const { limits, workers, pool, pseudonyms } = options;
    const pseudonymsOf = (algorithm: NameAlgorithm) =>
      [pseudonyms, options.formerPseudonyms].find((each) => each?.keys.algorithm === algorithm) ?? null;
    const costs = new CostModel();
    this.#options = options;
    this.#wallClockMs = options.wallClockMs;
    this.#queues = new ClassQueues({
      gate: limits.queue_gate,
      desk: limits.queue_desk,
      batch: limits.queue_batch,
    });
    this.#admit = new Admit({
      scenes: options.scenes,
      challenges: options.challenges ?? null,
      journal: options.journal,
      queues: this.#queues,
      threads: () => pool.size,
      costOf: (costKey, coldness) => costs.usualMs(costKey, coldness),
      digestOf: ({ family, packedInput }, scene, algorithm) =>
        pseudonymsOf(algorithm)?.presentation(family, scene, packedInput) ?? null,
      deadlineMs: {
        gate: limits.deadline_gate_ms,
        desk: limits.deadline_desk_ms,
        batch: limits.deadline_batch_ms,
      },
      inFlightPerDevice: limits.in_flight_per_device,
      coldInFlightPerDevice: limits.cold_in_flight_per_device,
    });
    this.#prove = new Prove({
      queues: this.#queues,
      costs,
      bounds: {
        itemsMax: workers.batch_items_max,
        targetMs: workers.batch_target_ms,
        // Half the time after which a thread counts as hung, so that slow is not mistaken for stuck.
        worstMs: workers.hang_ms / 2,
      },
      wallClockMs: this.#wallClockMs,
      run: (items) => pool.run(items),
      room: () => pool.room,
      expireDue: () => this.#deadlines.sweep(),
      onProven: (proven, trustRevision, atMs) => this.#proven(proven, trustRevision, atMs),
      onFailed: (flights, code) => this.#failed(flights, code),
      onBatch: (flights, queuedMs, elapsedMs, stats) => {
        options.events.stage('queue', queuedMs);
        options.events.stage('prove', elapsedMs);
        options.events.batch(flights, stats);
      },
    });
    this.#judge = createJudge(options, this.#wallClockMs);
    this.#claiming = options.claims
      ? new Claiming({
          ...{ claims: options.claims, judge: this.#judge },
          onSettled: (decided) => void this.#keep(decided),
          onFailed: (flight, code) => this.#failed([flight], code),
          onFault: (flight, cause) => this.#faulted(flight, cause),
        })
      : null;
    this.#live = options.live
      ? new AskingStep(askingLive(options.live), (taps) => this.#statusAnswered(taps))
      : null;
    this.#resolving = new Resolving({
      ...(options.resolving ?? { families: new Set(), resolver: null }),
      ...{
        pseudonyms,
        formerPseudonyms: options.formerPseudonyms ?? null,
        gatewayId: options.gatewayId,
        wallClockMs: this.#wallClockMs,
      },
      onAnswered: (taps) => this.#statusAnswered(taps),
    });
    this.#append = new Append(options.journal, options.gatewayId, pseudonyms.keys.algorithm);
    this.#deadlines = new DeadlineWheel({
      now: () => performance.now(),
      marginMs: REFUSAL_MARGIN_MS,
      onExpired: (flight) => this.#expired(flight),
    });
    this.#standstill = new Standstill({
      now: () => performance.now(),
      onStandstill: (lastedMs) => options.events.stoodStill(lastedMs),
    });
  }

  depth(deviceClass: DeviceClass): number {
    return this.#queues.depth(deviceClass);
  }

  get inFlight(): number {
    return this.#admit.inFlight;
  }

  get isOpen(): boolean {
    return this.#closedWith === null;
  }

  /** Takes taps from now on. */
  open(): void {
    this.#standstill.start();
    this.#closedWith = null;
  }

  /** Takes no more taps; resolves when every tap it took is answered. */
  async drain(): Promise<void> {
    this.#closedWith = 'gateway.draining';
    if (this.inFlight > 0) await new Promise<void>((emptied) => this.#emptied.push(emptied));
    this.#deadlines.stop();
    this.#standstill.stop();
  }

  /** A thread became free. */
  feed(): void {
    if (!this.#queues.isEmpty) this.#prove.schedule();
  }

  submit(tap: IncomingTap): void {
    if (this.#closedWith) {
      this.#refuse(tap, this.#closedWith, 1_000);
      return;
    }
    this.#options.claims?.collect();
    const now = performance.now();
    const since = this.#standstill.heardSince(now);
    const admission = this.#admit.admit(tap, since);
    switch (admission.kind) {
      case 'admitted':
        // It may have lain unread through a standstill for all its time.
        if (since < now && admission.flight.deadlineAt - REFUSAL_MARGIN_MS <= now) {
          this.#expired(admission.flight);
          return;
        }
        this.#queues.push(admission.flight);
        this.#deadlines.watch(admission.flight);
        this.#prove.schedule();
        return;
      case 'decided':
        this.#options.events.resent();
        tap.reply(admission.record.answer);
        return;
      case 'refused':
        this.#refuse(tap, admission.code, admission.retryAfterMs);
        return;
      case 'joined':
        this.#options.events.resent();
        this.#joined(admission.flight, admission.deadlineMs);
    }
  }

  /** Whoever joins after the earlier ones were refused for their deadline has a deadline of its own. */
  #joined(flight: Flight, deadlineMs: number): void {
    if (flight.replies.length > 1) return;
    flight.deadlineAt = performance.now() + deadlineMs;
    this.#deadlines.watch(flight);
  }

  #refuse(tap: IncomingTap, code: Code, retryAfterMs: number): void {
    this.#options.events.refused(code, tap.device.class);
    tap.reply(refusalAnswer(tap.id.seq, code, retryAfterMs));
  }

  /** Taps that need no live status are decided at once; the others when the platform has answered, or has not. */
  #proven(proven: readonly ProvenFlight[], trustRevision: string, atMs: number): void {
    const started = performance.now();
    const trustGrace = this.#options.trustInGrace?.(trustRevision) ?? false;
    const moment: ProofMoment = { trustRevision, trustGrace, atMs };
    const inForce = this.#judge.stateInForce();
    const mayAsk = inForce.mode.mayAskLive && inForce.mode.mode !== 'closed';
    const decided: Decided[] = [];
    for (const shown of proven) {
      const { flight } = shown;
      try {
        const each = this.#resolving.begin(shown, mayAsk, moment);
        if (each === null) continue;
        const { verdict } = each;
        const { policy, tap, challenge } = flight;
        if (challenge !== null && challenge.untilMs < atMs) {
          // It lay for so long: the replay window need not hold what is past.
          this.#failed([flight], 'challenge.expired');
        } else if (!wantsLive(policy, tap.presentation.family, verdict.facts)) {
          this.#decide(each, NOT_WANTED, inForce, moment, decided);
        } else if (!(mayAsk && this.#live?.ask(each, verdict.facts, moment))) {
          this.#decide(each, NOT_ASKED, inForce, moment, decided);
        }
      } catch (cause) {
        this.#faulted(flight, cause);
      }
    }
    this.#options.events.stage('decide', performance.now() - started);
    this.#conclude(decided);
  }

  #statusAnswered(taps: readonly AnsweredTap<StatusSources['live']>[]): void {
    this.#deadlines.sweep();
    const inForce = this.#judge.stateInForce();
    const decided: Decided[] = [];
    for (const { proven, answer, moment } of taps) {
      if (proven.flight.state !== 'asking') continue;
      try {
        this.#decide(proven, answer, inForce, moment, decided);
      } catch (cause) {
        this.#faulted(proven.flight, cause);
      }
    }
    this.#conclude(decided);
  }

  /** What other gateways may have a say in is kept once they had it. */
  #conclude(decided: readonly Decided[]): void {
    const settled = this.#claiming?.ask(decided) ?? decided;
    this.#options.claims?.collect();
    if (settled.length > 0) void this.#keep(settled);
  }

  #decide(
    proven: ProvenFlight,
    live: StatusSources['live'],
    inForce: StateInForce,
    moment: ProofMoment,
    decided: Decided[],
  ): void {
    const one = this.#judge.judge(proven, live, inForce, moment);
    if (typeof one === 'string') {
      this.#failed([proven.flight], one);
      return;
    }
    proven.flight.state = 'recording';
    decided.push(one);
  }

  /** A confined bug of ours costs this one tap a coded answer. */
  #faulted(flight: Flight, cause: unknown): void {
    this.#options.events.fault('decide', cause);
    this.#failed([flight], 'gateway.internal');
  }

  async #keep(decided: readonly Decided[]): Promise<void> {
    const started = performance.now();
    let records: readonly DecisionRecord[];
    try {
      records = await this.#append.keep(decided);
    } catch (cause) {
      this.#options.events.fault('journal', cause);
      // The last first: each leads back to what was before it.
      for (const each of decided.toReversed()) this.#judge.giveBack(each);
      this.#failed(
        decided.map(({ flight }) => flight),
        'tap.journal_unavailable',
      );
      return;
    }
    // From here on the decisions stand: nothing that goes wrong may give their presentations free again.
    const now = performance.now();
    this.#options.events.stage('journal', now - started);
    for (let i = 0; i < decided.length; i += 1) {
      const [one, record] = [decided[i], records[i]];
      if (one && record) this.#answer(one, record, now);
    }
    this.#options.claims?.collect();
  }

  #answer({ flight, verdict, status }: Decided, record: DecisionRecord, now: number): void {
    this.#admit.decided(flight);
    this.#options.events.decided(record, flight.class, now - flight.admittedAt);
    const answer = withDisclosed(record.answer, verdict, flight.tap.wantsShown === true, status);
    answerAll(flight, answer, this.#onReplyFault);
    flight.giveBack = null;
    this.#end(flight);
  }

  #failed(flights: readonly Flight[], code: Code): void {
    for (const flight of flights) {
      if (flight.state === 'over') continue;
      this.#giveUp(flight, code);
      this.#end(flight);
    }
  }

  #expired(flight: Flight): void {
    this.#giveUp(flight, 'tap.deadline_exceeded');
    // What is being recorded stays decided: the same tap sent again gets that decision.
    if (flight.state !== 'recording') this.#end(flight);
  }

  #giveUp(flight: Flight, code: Code): void {
    if (flight.replies.length === 0) return;
    this.#options.events.refused(code, flight.class);
    answerAll(flight, refusalAnswer(flight.tap.id.seq, code, 0), this.#onReplyFault);
  }

  #end(flight: Flight): void {
    flight.state = 'over';
    flight.giveBack?.();
    this.#deadlines.release(flight);
    this.#admit.release(flight);
    if (this.inFlight === 0) for (const emptied of this.#emptied.splice(0)) emptied();
  }

  readonly #onReplyFault = (cause: unknown): void => this.#options.events.fault('reply', cause);
}
