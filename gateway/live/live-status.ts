/** Asks the platform for the status of cards. */
import { disclosed } from '../../workers/claims.ts';
import {
  BatchedAsking,
  type BatchedEvents,
  type BatchedOptions,
  type ClosablePlatform,
} from './batched-asking.ts';
import type { LiveAnswer, LiveQuestion } from './live-answer.ts';
import type { QuestionFormat } from './sealed-exchange.ts';
import { answerBytesMax, parseStatusAnswers } from './status-answers.ts';

/** What metrics are made of. Nothing in it names a card. */
export type LiveStatusEvents = BatchedEvents<LiveAnswer['kind']>;
export interface LiveStatusOptions
  extends Omit<BatchedOptions<LiveQuestion, LiveAnswer>, 'format' | 'keyOf' | 'events'> {
  readonly events: LiveStatusEvents;
}
export type ClosableLiveStatus = ClosablePlatform<LiveQuestion, LiveAnswer>;

const FORMAT: QuestionFormat<LiveQuestion, LiveAnswer> = {
  path: '/v1/status',
  plain: (asked) => ({
    queries: asked.map(({ issuer, credentialId }) => [issuer, disclosed(credentialId)]),
  }),
  answerBytesMax,
  parse: parseStatusAnswers,
};

export function createLiveStatus(options: LiveStatusOptions): ClosableLiveStatus {
  const keyOf = ({ issuer, credentialId }: LiveQuestion) =>
    `${issuer.length} ${issuer}${disclosed(credentialId)}`;
  return new BatchedAsking({ ...options, format: FORMAT, keyOf });
}
