/** Questions of a desk about the holder of a credential that was just shown: the platform first, then what is signed for offline. */
import { randomBytes } from 'node:crypto';
import type { CardList } from '../../lists/card-list.ts';
import { personalText } from '../../workers/claims.ts';
import type { MatchQuestion, MatchReply, PinQuestion, PinReply } from '../live/holder-questions.ts';
import type { Asked, NoAnswer, Platform } from '../live/live-answer.ts';
import type { ShownCredential } from '../verification.ts';
import type { DeskCore, MatchAnswer, MatchDigests, PinAnswer } from './desk-core.ts';
import type { PinList } from './pin-list.ts';
import { matchByList, NOBODY_MATCHED } from './reserved-list.ts';
import type { ShownCredentials } from './shown-credentials.ts';

export interface HolderAnswersOptions {
  readonly shown: Pick<ShownCredentials, 'at'>;
  /** Null: there is nobody to ask. */
  readonly matcher: Platform<MatchQuestion, MatchReply> | null;
  readonly pins: Platform<PinQuestion, PinReply> | null;
  readonly reserved: () => Pick<CardList, 'head' | 'lookup'> | null;
  readonly pinList: Pick<PinList, 'hashOf'>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const ID_BYTES = 16;
/** Whoever asks has a deadline of its own, which is shorter. */
const NO_DEADLINE = { class: 'desk', deadlineAt: Number.POSITIVE_INFINITY } as const;
const PIN_UNKNOWN: PinAnswer = { kind: 'pin', said: 'unknown', retryAfterMs: 0 };

export function holderAnswers(options: HolderAnswersOptions): Pick<DeskCore, 'match' | 'pin' | 'pinHash'> {
  const { shown, matcher, pins, reserved, pinList, now } = options;
  return {
    async match(ref, digests) {
      const credential = shown.at(ref);
      if (credential === null) return NOBODY_MATCHED;
      const live = await matchedLive(matcher, credential, digests, now);
      return live ?? matchByList(reserved(), credential, digests, now()) ?? NOBODY_MATCHED;
    },
    async pin(ref, pin) {
      const credential = shown.at(ref);
      if (credential === null || pins === null) return PIN_UNKNOWN;
      const { issuer, credentialId } = credential;
      const id = randomBytes(ID_BYTES).toString('hex');
      const answer = await asked(pins, { ...NO_DEADLINE, issuer, credentialId, pin: personalText(pin), id });
      return pinAnswer(answer);
    },
    async pinHash(ref) {
      const credential = shown.at(ref);
      return credential === null ? { kind: 'unknown' } : pinList.hashOf(credential, now());
    },
  };
}

/** Null: nobody was asked, or whoever was does not know the card. */
async function matchedLive(
  matcher: HolderAnswersOptions['matcher'],
  { issuer, credentialId }: ShownCredential,
  { name, documentNumber }: MatchDigests,
  now: () => number,
): Promise<MatchAnswer | null> {
  if (matcher === null) return null;
  const answer = await asked(matcher, { ...NO_DEADLINE, issuer, credentialId, name, documentNumber });
  if (answer.kind !== 'known') return null;
  return {
    kind: 'match',
    name: answer.name,
    documentNumber: answer.documentNumber,
    source: 'live',
    ageMs: Math.max(0, now() - answer.asOfMs),
  };
}

function pinAnswer(answer: PinReply | NoAnswer): PinAnswer {
  switch (answer.kind) {
    case 'later':
      return { kind: 'pin', said: 'later', retryAfterMs: answer.retryAfterMs };
    case 'yes':
    case 'no':
    case 'none_set':
      return { kind: 'pin', said: answer.kind, retryAfterMs: 0 };
    default:
      return PIN_UNKNOWN;
  }
}

function asked<Question extends Asked, Answer>(
  platform: Platform<Question, Answer>,
  question: Question,
): Promise<Answer | NoAnswer> {
  return new Promise((resolve) => platform.ask(question, resolve));
}
