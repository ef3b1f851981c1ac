/**
 * Between decision and journal, in a cluster: a tap that was judged here, and would use up what can be copied to another gate,
 * or count against its card's budget, is kept once all gateways' store has said that it may. What it says otherwise is judged
 * again. What was taken and comes to rest on no record is given back.
 */
import type { Code } from '../../config/codes.ts';
import { disclosed } from '../../workers/claims.ts';
import type { ReplayFacts } from '../verification.ts';
import type { Claim, Claimed, Claims } from './5-decide/claims.ts';
import { usesUp } from './5-decide/used-up.ts';
import type { Decided } from './6-journal/append.ts';
import type { Flight } from './flights.ts';
import type { Judge } from './judge.ts';

export interface ClaimingOptions {
  readonly claims: Claims;
  readonly judge: Pick<Judge, 'again' | 'giveBack' | 'rememberElsewhere' | 'wasSeenElsewhere'>;
  /** Decided by what the store said. */
  readonly onSettled: (decided: readonly Decided[]) => void;
  readonly onFailed: (flight: Flight, code: Code) => void;
  readonly onFault: (flight: Flight, cause: unknown) => void;
}

/** A tap that waits for the store. */
interface Waiting {
  readonly decided: Decided;
  readonly claim: Claim;
  /** Of an answer that it got before. */
  readonly giveBackBefore: (() => void) | null;
}

/** The list that a mode which was forced rests on where there is none. */
const NO_LIST = 'none';

export class Claiming {
  readonly #options: ClaimingOptions;

  constructor(options: ClaimingOptions) {
    this.#options = options;
  }

  /** Returns those that nobody needs to be asked about; asks for the others, all at once. */
  ask(all: readonly Decided[]): readonly Decided[] {
    const waiting: Waiting[] = [];
    const settled = all.filter((decided) => {
      const claim = claimOf(decided);
      if (claim === null) return true;
      const { flight } = decided;
      const giveBackBefore = flight.giveBack;
      waiting.push({ decided, claim, giveBackBefore });
      flight.state = 'asking';
      flight.giveBack = () => {
        this.#options.judge.giveBack(decided);
        giveBackBefore?.();
      };
      return false;
    });
    if (waiting.length > 0) {
      const claims = waiting.map(({ claim }) => claim);
      this.#options.claims.takeAll(claims, (claimed) => this.#claimed(waiting, claimed));
    }
    return settled;
  }

  #claimed(all: readonly Waiting[], claimed: readonly Claimed[]): void {
    const { onSettled, onFailed, onFault } = this.#options;
    const settled: Decided[] = [];
    for (let i = 0; i < all.length; i += 1) {
      const [waiting, answer] = [all[i] as Waiting, claimed[i] as Claimed];
      const { flight } = waiting.decided;
      // Given up meanwhile: the device was told that it was not judged, so it is not.
      if (flight.state !== 'asking') {
        this.#giveBack(waiting.claim, answer);
        continue;
      }
      flight.giveBack = waiting.giveBackBefore;
      try {
        const next = this.#settle(waiting, answer);
        if (typeof next === 'string') onFailed(flight, next);
        else {
          flight.state = 'recording';
          settled.push(next);
        }
      } catch (cause) {
        onFault(flight, cause);
      }
    }
    if (settled.length > 0) onSettled(settled);
  }

  /** A code: there is no room to remember it. Notes with the tap what is to be given back if it cannot be kept. */
  #settle({ decided, claim, giveBackBefore }: Waiting, claimed: Claimed): Decided | Code {
    const next = this.#judged(decided, claimed);
    if (typeof next === 'string') {
      this.#giveBack(claim, claimed);
      return next;
    }
    const isUsedUp = usesUp(next.replay, next.decision.outcome);
    const isCounted = next.decision.outcome === 'allow';
    this.#giveBack(claim, claimed, !isUsedUp, !isCounted);
    next.flight.giveBack = () => {
      giveBackBefore?.();
      this.#giveBack(claim, claimed, isUsedUp, isCounted);
    };
    return next;
  }

  #judged(decided: Decided, { showing, cardTaps }: Claimed): Decided | Code {
    const { judge } = this.#options;
    const { budget, flight } = decided;
    const scope = scopeOf(showing);
    const isSeen = showing === 'seen' || (showing === 'no_answer' && judge.wasSeenElsewhere(decided));
    const replay: ReplayFacts = {
      ...decided.replay,
      scope,
      seenBefore: decided.replay.seenBefore || isSeen,
    };
    const isUsedElsewhere = budget !== null && cardTaps !== null && cardTaps > (budget.card ?? 0);
    const counted = isUsedElsewhere ? { ...budget, card: cardTaps } : budget;
    const mayTurn = isSeen || isUsedElsewhere;
    const isReferred = scope === 'local' && flight.policy.replay_unshared === 'refer';
    if (!mayTurn && !isReferred) return { ...decided, replay };
    const next = judge.again(decided, { replay, budget: counted });
    // It gave the room back that it had taken.
    if (showing === 'seen') judge.rememberElsewhere(decided);
    return next;
  }

  /** Of what was asked for and may have been taken. */
  #giveBack(claim: Claim, { showing, cardTaps }: Claimed, ofShowing = true, ofCard = true): void {
    const what = {
      showing: ofShowing && showing !== 'seen' && showing !== 'not_wanted',
      // Where nobody said, it may not have been counted.
      card: ofCard && cardTaps !== null,
    };
    if (what.showing || what.card) this.#options.claims.giveBack(claim, what);
  }
}

/** Null: nothing of it concerns other gateways. */
function claimOf({ flight, verdict, replay, status, budget, decision }: Decided): Claim | null {
  const isUsedUp = replay.shared.length > 0 && usesUp(replay, decision.outcome);
  const { facts } = verdict;
  const isCounted = budget !== null && facts !== null && decision.outcome === 'allow';
  if (!isUsedUp && !isCounted) return null;
  return {
    names: isUsedUp ? replay.shared : [],
    untilMs: replay.untilMs,
    tap: flight.tap.id,
    card: isCounted
      ? { listRevision: status.listRevision ?? NO_LIST, credentialId: disclosed(facts.credentialId) }
      : null,
  };
}

function scopeOf(showing: Claimed['showing']): ReplayFacts['scope'] {
  if (showing === 'not_wanted') return 'gateway';
  return showing === 'no_answer' ? 'local' : 'shared';
}
