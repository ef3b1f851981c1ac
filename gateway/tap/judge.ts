/**
 * Stages 4 and 5 for one proven tap: takes what a decision depends on from where it is kept, and decides. Synchronous,
 * so that of two taps with one presentation, of one card at the end of its budget, or of one person at two entries, exactly
 * one passes.
 */
import type { Policy } from '../../config/scenes.ts';
import type { NamedFacts, StatusReference } from '../../workers/contract.ts';
import type { ModeState } from '../knowledge/mode/mode.ts';
import type { TokenStatus } from '../knowledge/token-status/token-status-lists.ts';
import type { BudgetFacts, Facts, Mode, ReplayFacts, StatusFacts, VerdictFacts } from '../verification.ts';
import type { ProvenFlight } from './3-prove/prove.ts';
import { entitlementsOf, groupsOf, listsOf, NO_GROUPS, NO_LISTS } from './4-status/groups.ts';
import {
  type ListInForce,
  membership,
  type NamedListInForce,
  type StatusSources,
  statusOf,
} from './4-status/status.ts';
import { decide } from './5-decide/decide.ts';
import type { Passages } from './5-decide/passages.ts';
import { rememberedNames } from './5-decide/remembered-names.ts';
import type { ReplayWindow } from './5-decide/replay-window.ts';
import type { RiskBudget } from './5-decide/risk-budget.ts';
import { elsewhereKey } from './5-decide/used-elsewhere.ts';
import { usesUp } from './5-decide/used-up.ts';
import { type Decided, type ProofMoment, verdictFacts } from './6-journal/append.ts';
import type { Flight } from './flights.ts';

/** What may be used now; reads memory only. */
export type TokenStatusOf = (reference: StatusReference) => TokenStatus;

export interface JudgeOptions {
  readonly replay: ReplayWindow;
  readonly budget: RiskBudget;
  readonly passages: Passages;
  readonly cardList: () => ListInForce | null;
  readonly namedList: (name: string) => NamedListInForce | null;
  /** Default: there are no status lists of tokens. */
  readonly tokenStatus?: TokenStatusOf;
  readonly mode: () => ModeState;
  /** Where the policy gives none. */
  readonly replayWindowMs: number;
  /** What ended before this may be forgotten. Milliseconds since 1970 UTC; never ahead of the clock taps are judged by. */
  readonly forgetMs: () => number;
}

/** What all taps that are decided together see: one revision of the list, one mode. */
export interface StateInForce {
  readonly cards: ListInForce | null;
  readonly mode: ModeState;
  readonly forgetMs: number;
}

const NO_ROOM = { full: 'tap.replay_memory_full', device_full: 'tap.too_many_remembered' } as const;
export type NoRoom = (typeof NO_ROOM)[keyof typeof NO_ROOM];

const NOTHING_ASKED: Pick<Facts, 'groups' | 'lists'> = { groups: NO_GROUPS, lists: NO_LISTS };

const NO_NAMES: ReplayFacts['shared'] = [];

export class Judge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** What is in force now; taps judged by it must be judged before anything else is. */
  stateInForce(): StateInForce {
    const { cardList, mode, forgetMs } = this.#options;
    const inForce = { cards: cardList(), mode: mode(), forgetMs: forgetMs() };
    if (inForce.mode.mode === 'stale') this.#options.budget.countFor(inForce.cards);
    return inForce;
  }

  /** A code: there is no room to remember the presentation, so it is not judged. */
  judge(
    { flight, verdict }: ProvenFlight,
    live: StatusSources['live'],
    { cards, mode: { mode, forced: modeForced }, forgetMs }: StateInForce,
    moment: ProofMoment,
  ): Decided | NoRoom {
    const { policy } = flight;
    const { facts } = verdict;
    const { atMs } = moment;
    const reference = facts?.statusReference;
    const token = reference === undefined ? null : (this.#options.tokenStatus?.(reference) ?? null);
    const status = statusOf(facts, { cards, live, token }, atMs);
    const proof = verdictFacts(verdict);
    const { family } = flight.tap.presentation;
    const { groups, lists } = this.#asked(facts, policy, family, proof, status, atMs);
    const passage = this.#passage(policy, proof, atMs);
    const { deviceId } = flight.tap.device;
    const budget = this.#budgetUsed(proof, status, mode, deviceId);
    const replay = this.#lookForReplay(facts, flight, atMs, forgetMs);
    const asked = { groups, lists, passage };
    const known = { flight, verdict, proof, status, asked, replay, mode, modeForced, budget, moment };
    return this.#decided(known, forgetMs);
  }

  /**
   * Decides anew what others have said more of: whether it was used, and how often the card was. What the first judgement
   * took is given back before.
   */
  again(decided: Decided, { replay, budget }: Pick<Decided, 'replay' | 'budget'>): Decided | NoRoom {
    this.giveBack(decided);
    return this.#decided({ ...decided, replay, budget }, this.#options.forgetMs());
  }

  /** The store said that another gateway's tap had it. Where there is no room, that is known while the store answers. */
  rememberElsewhere({ flight, replay }: Pick<Decided, 'flight' | 'replay'>): void {
    if (replay.key === null) return;
    const key = elsewhereKey(replay.key);
    if (this.#options.replay.hasSeen(key, this.#options.forgetMs())) return;
    this.#options.replay.remember(key, replay.untilMs, flight.tap.device.deviceId);
  }

  /** Whether the store said so once. */
  wasSeenElsewhere({ replay }: Pick<Decided, 'replay'>): boolean {
    return (
      replay.key !== null && this.#options.replay.hasSeen(elsewhereKey(replay.key), this.#options.forgetMs())
    );
  }

  #decided(known: Omit<Decided, 'decision'>, forgetMs: number): Decided | NoRoom {
    const { flight, verdict, proof, status, asked, replay, mode, modeForced, budget, moment } = known;
    const { policy, tap } = flight;
    const { atMs } = moment;
    const { deviceId } = tap.device;
    const decision = decide({
      family: tap.presentation.family,
      policy,
      proof,
      seenBefore: replay.seenBefore,
      replayableMs: replay.untilMs - atMs,
      replayScope: replay.scope,
      status,
      groups: asked.groups,
      lists: asked.lists,
      passage: asked.passage,
      atMs,
      mode,
      budget,
    });
    if (replay.key !== null && usesUp(replay, decision.outcome)) {
      const room = this.#options.replay.remember(replay.key, replay.untilMs, deviceId);
      if (room !== 'remembered') return NO_ROOM[room];
    }
    if (decision.outcome === 'allow') this.#passed(policy, proof, budget, deviceId, atMs, forgetMs);
    return { flight, verdict, proof, status, asked, replay, mode, modeForced, budget, decision, moment };
  }

  /** Undoes what judging took, when the decision could not be kept: the same tap may be tried again. */
  giveBack({ flight, proof, status, asked, replay, budget, decision, moment }: Decided): void {
    if (replay.key !== null && usesUp(replay, decision.outcome)) this.#options.replay.release(replay.key);
    if (decision.outcome !== 'allow') return;
    const { direction } = flight.policy;
    const { credential, subject } = rememberedNames(proof);
    if (direction !== undefined && subject !== null && asked.passage !== null) {
      this.#options.passages.undo(direction, subject, moment.atMs, asked.passage);
    }
    if (budget === null || credential === null) return;
    this.#options.budget.giveBack(credential, flight.tap.device.deviceId, status.listRevision);
  }

  #passage({ direction }: Policy, proof: VerdictFacts, atMs: number): Facts['passage'] {
    const { subject } = rememberedNames(proof);
    if (direction === undefined || subject === null) return null;
    return this.#options.passages.find(direction, subject, atMs);
  }

  /** What is allowed counts against budgets, and moves whoever passes. */
  #passed(
    { direction }: Policy,
    proof: VerdictFacts,
    budget: BudgetFacts | null,
    deviceId: string,
    atMs: number,
    forgetMs: number,
  ): void {
    const { credential, subject } = rememberedNames(proof);
    const { passages, budget: budgets } = this.#options;
    if (budget !== null && credential !== null) budgets.take(credential, deviceId);
    if (direction !== undefined && subject !== null) passages.move(direction, subject, atMs, forgetMs);
  }

  /** What the scene asks beside the credential; nothing where nothing is proven. */
  #asked(
    facts: NamedFacts | null,
    { asked }: Policy,
    family: string,
    { mode, claims }: VerdictFacts,
    status: StatusFacts,
    atMs: number,
  ): Pick<Facts, 'groups' | 'lists'> {
    if (asked === undefined || facts === null) return NOTHING_ASKED;
    const { namedList } = this.#options;
    const lists = listsOf(asked, (name) => membership(facts, namedList(name), atMs));
    const groups = groupsOf(asked, { family, claims, entitlements: entitlementsOf(status, mode), lists });
    return { groups, lists };
  }

  /** Budgets are for what rests on a stale list. */
  #budgetUsed(
    proof: VerdictFacts,
    { source }: StatusFacts,
    mode: Mode,
    deviceId: string,
  ): BudgetFacts | null {
    const { credential } = rememberedNames(proof);
    if (mode !== 'stale' || source === 'live' || credential === null) return null;
    return this.#options.budget.used(credential, deviceId);
  }

  #lookForReplay(
    facts: NamedFacts | null,
    { policy, challenge }: Flight,
    atMs: number,
    forgetMs: number,
  ): ReplayFacts {
    if (!facts) return notTaken(0);
    // Every showing is like the first: none can be told as the second.
    if (!facts.holderBound) return notTaken(atMs);
    const key = facts.replayName;
    const windowMs = policy.replay_window_ms ?? this.#options.replayWindowMs;
    const ownEndMs = facts.replayableUntilMs ?? atMs + windowMs;
    // Where a scene without challenges takes the family too, the same bytes can be shown there for longer.
    const untilMs =
      challenge === null
        ? ownEndMs
        : challenge.isItsEnd
          ? challenge.untilMs
          : Math.max(ownEndMs, challenge.untilMs);
    const { replay } = this.#options;
    const former = facts.former?.replay;
    const seenBefore =
      replay.hasSeen(key, forgetMs, atMs) || (former !== undefined && replay.hasSeen(former, forgetMs, atMs));
    return { key, untilMs, seenBefore, scope: 'gateway', shared: facts.sharedNames ?? NO_NAMES };
  }
}

function notTaken(untilMs: number): ReplayFacts {
  return { key: null, untilMs, seenBefore: false, scope: 'gateway', shared: NO_NAMES };
}
