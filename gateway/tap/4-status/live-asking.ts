/** The question for a card's status of the moment. */
import type { LiveAnswer, LiveStatus } from '../../live/live-answer.ts';
import type { Asking } from './asking-step.ts';

export function askingLive(live: LiveStatus): Asking<LiveAnswer> {
  return {
    ask({ flight }, { issuer, credentialId }, deadlineAt, reply) {
      const asking = flight.class === 'gate' ? 'gate' : 'desk';
      live.ask({ issuer, credentialId, class: asking, deadlineAt }, reply);
    },
  };
}
