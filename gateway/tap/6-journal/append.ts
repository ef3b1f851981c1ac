/**
 * Stage 6. Appends decisions to the journal: they are durable before they are answered. A record holds all that the decision came from, and
 * names persons and cards by pseudonym only.
 */
import type { NamedFacts, NamedVerdict } from '../../../workers/contract.ts';
import type { NameAlgorithm } from '../../../workers/names/keyed-digest.ts';
import type { Journal } from '../../journal/journal.ts';
import { type DecisionRecord, versionNamedWith, type WrittenVersion } from '../../journal/record/record.ts';
import type {
  BudgetFacts,
  DecisionAnswer,
  Facts,
  Mode,
  ReplayFacts,
  StatusFacts,
  VerdictFacts,
} from '../../verification.ts';
import type { Decision } from '../5-decide/decide.ts';
import type { Flight } from '../flights.ts';
import { createAnswerFacts } from './answer-facts.ts';
import { createShown } from './shown.ts';

/** What the taps of one batch of proofs have in common. */
export interface ProofMoment {
  readonly trustRevision: string;
  /** Whether that trust was past its expiry, within its signed grace. */
  readonly trustGrace: boolean;
  /** The clock their validity was judged by, milliseconds since 1970 UTC. */
  readonly atMs: number;
}

/** A decided tap, not yet durable. */
export interface Decided {
  readonly flight: Flight;
  readonly verdict: NamedVerdict;
  readonly proof: VerdictFacts;
  readonly status: StatusFacts;
  /** What the scene asked beside the credential. */
  readonly asked: Pick<Facts, 'groups' | 'lists' | 'passage'>;
  readonly replay: ReplayFacts;
  readonly mode: Mode;
  readonly modeForced: boolean;
  readonly budget: BudgetFacts | null;
  readonly decision: Decision;
  readonly moment: ProofMoment;
}

export function verdictFacts(verdict: NamedVerdict): VerdictFacts {
  const { ok, code, failed, facts } = verdict;
  return {
    ok,
    code,
    failed,
    issuer: facts?.issuer ?? null,
    region: facts?.region ?? null,
    mode: facts?.mode ?? null,
    credential: facts?.credentialName ?? null,
    subject: facts?.subjectName ?? null,
    claims: facts === null ? {} : publicClaims(facts),
    ...(facts?.former && {
      former: { credential: facts.former.credential, subject: facts.former.subject },
    }),
  };
}

function publicClaims({ claims, holderBound }: NamedFacts): VerdictFacts['claims'] {
  return holderBound ? claims : { ...claims, holderBound };
}

export class Append {
  readonly #journal: Journal;
  readonly #gatewayId: string;
  readonly #version: WrittenVersion;
  readonly #facts = createAnswerFacts();
  readonly #shown = createShown();

  /** `names`: what the names in its records are made with. */
  constructor(journal: Journal, gatewayId: string, names: NameAlgorithm) {
    this.#journal = journal;
    this.#gatewayId = gatewayId;
    this.#version = versionNamedWith(names);
  }

  /** Resolves to the records once they are durable; rejects when the journal could not keep them. */
  async keep(decided: readonly Decided[]): Promise<readonly DecisionRecord[]> {
    const first = this.#journal.nextPosition;
    // A journal made anew, or restored, counts from where others have counted: hence its epoch.
    const idPrefix = `${this.#gatewayId}:${this.#journal.epoch}:`;
    const records = decided.map((each, i) => this.#record(each, idPrefix, first + i));
    await this.#journal.append(records);
    return records;
  }

  #record(decided: Decided, idPrefix: string, position: number): DecisionRecord {
    const { flight, verdict, proof, status, asked, replay, mode, modeForced, budget, decision } = decided;
    const { trustRevision, trustGrace, atMs } = decided.moment;
    const { family } = flight.tap.presentation;
    const given: DecisionAnswer = {
      kind: 'decision',
      seq: flight.tap.id.seq,
      decisionId: `${idPrefix}${position}`,
      outcome: decision.outcome,
      code: decision.code,
      atMs,
      mode,
      scene: flight.scene,
      facts: this.#facts(
        family,
        verdict.facts,
        proof.claims,
        status.entitlements,
        this.#shown(flight.policy, asked.groups, decision),
      ),
    };
    const answer = trustGrace ? { ...given, trustGrace } : given;
    return {
      v: this.#version,
      position,
      tap: flight.tap.id,
      digest: verdict.presentationDigest,
      family,
      scene: flight.scene,
      policy: flight.policy.policy,
      policyRevision: flight.policyRevision,
      trustRevision,
      trustGrace,
      mode,
      modeForced,
      atMs,
      proof,
      status,
      groups: asked.groups,
      lists: asked.lists,
      passage: asked.passage,
      replay,
      budget,
      answer,
    };
  }
}
