/**
 * Online codes: nothing of one can be proven, so the platform that drew it is asked what it means, and only its answer makes a
 * proof of it. Without an answer the code is never guessed at: it is denied or referred, as the scene says.
 */
import type { Code } from '../../../config/codes.ts';
import type { Asked } from '../../../config/policy-schema.ts';
import type { Policy } from '../../../config/scenes.ts';
import { profileOf } from '../../../crypto/accepted.ts';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { disclosed } from '../../../workers/claims.ts';
import type { NamedFacts, NamedVerdict } from '../../../workers/contract.ts';
import type { Pseudonyms } from '../../journal/pseudonym.ts';
import type { NoAnswer } from '../../live/live-answer.ts';
import type { CodeResolver, Refusal, ResolverAnswer, ResolverQuestion } from '../../live/resolver.ts';
import type { ProvenFlight } from '../3-prove/prove.ts';
import type { ProofMoment } from '../6-journal/append.ts';
import type { Flight } from '../flights.ts';
import { type AnsweredTap, AskingStep } from './asking-step.ts';
import { RESOLVED } from './groups.ts';
import { NOT_WANTED, type StatusSources } from './status.ts';

export interface ResolvingOptions {
  /** Names of the families that are resolved. */
  readonly families: ReadonlySet<string>;
  /** Null: there is nobody to ask. */
  readonly resolver: CodeResolver | null;
  readonly gatewayId: string;
  readonly pseudonyms: Pick<Pseudonyms, 'keys' | 'credential' | 'subject'>;
  /** Those of before the algorithms were changed; null: there are none. */
  readonly formerPseudonyms: Pick<Pseudonyms, 'credential' | 'subject'> | null;
  /** Milliseconds since 1970 UTC. */
  readonly wallClockMs: () => number;
  /** Taps whose code was asked for; the answer is a proof, or none. */
  readonly onAnswered: (taps: readonly AnsweredTap<StatusSources['live']>[]) => void;
}

type Answer = ResolverAnswer | NoAnswer;
type ResolvedCode = Extract<ResolverAnswer, { kind: 'ok' }>;

const REFUSED: Readonly<Record<Refusal, Code>> = {
  expired: 'token.expired',
  unknown: 'token.unknown',
  used: 'token.used',
  refused: 'token.refused',
};
const NOT_RESOLVED = { deny: 'deny.not_resolved', refer: 'refer.not_resolved' } as const;
/** JR/T and medical resolvers: 01 query. */
const BUSINESS_TYPE = '01';
const REQUEST_ID_BYTES = 16;

export class Resolving {
  readonly #options: ResolvingOptions;
  readonly #step: AskingStep<Answer> | null;

  constructor(options: ResolvingOptions) {
    const { resolver, onAnswered } = options;
    this.#options = options;
    this.#step =
      resolver &&
      new AskingStep<Answer>({ ask: (...asked) => this.#ask(resolver, ...asked) }, (taps) =>
        onAnswered(taps.map((tap) => this.#answered(tap))),
      );
  }

  /**
   * What is to be decided at once: of other families, what was proven; of these, where it cannot be asked for. Null: it
   * was asked for, and comes back with its answer.
   */
  begin(proven: ProvenFlight, mayAsk: boolean, moment: ProofMoment): ProvenFlight | null {
    const { flight, verdict } = proven;
    const { family } = flight.tap.presentation;
    const { facts } = verdict;
    // What the scene does not take is not asked for.
    if (!this.#options.families.has(family) || facts === null || !flight.policy.families.includes(family)) {
      return proven;
    }
    if (mayAsk && this.#step?.ask(proven, facts, moment)) return null;
    return { flight, verdict: notResolved(verdict, flight.policy) };
  }

  #ask(
    resolver: CodeResolver,
    { flight }: ProvenFlight,
    { credentialId, replayName }: NamedFacts,
    deadlineAt: number,
    reply: (answer: Answer) => void,
  ): void {
    const { gatewayId, pseudonyms } = this.#options;
    const digest = algorithmFor('question-name', profileOf(pseudonyms.keys.algorithm));
    const question: ResolverQuestion = {
      code: credentialId,
      name: replayName,
      businessType: flight.policy.token_business ?? BUSINESS_TYPE,
      org: gatewayId,
      device: flight.tap.device.deviceId,
      scene: flight.scene,
      requestId: requestIdOf(digest, gatewayId, flight, replayName),
      class: flight.class === 'gate' ? 'gate' : 'desk',
      deadlineAt,
    };
    resolver.ask(question, reply);
  }

  #answered({ proven, moment, answer }: AnsweredTap<Answer>): AnsweredTap<StatusSources['live']> {
    const { flight, verdict } = proven;
    const { facts } = verdict;
    if (answer.kind !== 'ok' || facts === null) {
      const denied =
        answer.kind in REFUSED
          ? without(verdict, REFUSED[answer.kind as Refusal], 'resolver')
          : notResolved(verdict, flight.policy);
      return { proven: { flight, verdict: denied }, moment, answer: NOT_WANTED };
    }
    const asOfMs = this.#options.wallClockMs();
    // The replay window, which lets it pass once here, holds it until its end and no longer.
    if (answer.validUntilMs <= asOfMs) {
      const over = { flight, verdict: without(verdict, 'token.expired', 'resolver') };
      return { proven: over, moment, answer: NOT_WANTED };
    }
    const resolved = { flight, verdict: { ...verdict, facts: this.#factsOf(facts, answer, flight.policy) } };
    // Whoever drew the code has just said that it is good.
    return { proven: resolved, moment, answer: { kind: 'answered', state: 'good', entitlements: 0, asOfMs } };
  }

  #factsOf(facts: NamedFacts, answer: ResolvedCode, { asked }: Policy): NamedFacts {
    const { pseudonyms, formerPseudonyms } = this.#options;
    const { issuer, region, subject, idType, validUntilMs } = answer;
    return {
      ...facts,
      issuer,
      region,
      mode: RESOLVED,
      credentialId: subject,
      credentialName: pseudonyms.credential(disclosed(subject)),
      subjectName: pseudonyms.subject(disclosed(subject)),
      ...(facts.former &&
        formerPseudonyms && {
          former: {
            credential: formerPseudonyms.credential(disclosed(subject)),
            subject: formerPseudonyms.subject(disclosed(subject)),
            replay: facts.former.replay,
          },
        }),
      replayableUntilMs: validUntilMs,
      validUntilMs,
      claims: { idType, ...groupClaims(answer, asked) },
    };
  }
}

/** Of the groups that the platform told, those that the scene asks for: it is to learn no others. */
function groupClaims({ groups }: ResolvedCode, asked: Asked | undefined): Readonly<Record<string, boolean>> {
  if (groups === null || asked === undefined) return {};
  return Object.fromEntries(asked.groups.map(({ group }) => [`group_${group}`, groups.includes(group)]));
}

function notResolved(verdict: NamedVerdict, { token_offline: then = 'deny' }: Policy): NamedVerdict {
  return without(verdict, NOT_RESOLVED[then], 'resolver');
}

function without(verdict: NamedVerdict, code: Code, failed: string): NamedVerdict {
  return { ...verdict, ok: false, code, failed, facts: null };
}

/**
 * The same for the same code at the same device and scene, so that an answer which came too late is given again when the code
 * is shown again. That it passes once there is held by the replay window. Tells nothing of the code: its name has a key.
 */
function requestIdOf(
  algorithm: DigestAlgorithm,
  gatewayId: string,
  { tap, scene }: Flight,
  name: Uint8Array,
): string {
  const asking = JSON.stringify([
    gatewayId,
    tap.device.deviceId,
    scene,
    Buffer.from(name).toString('base64'),
  ]);
  return digestOf(algorithm, asking).subarray(0, REQUEST_ID_BYTES).toString('base64url');
}
