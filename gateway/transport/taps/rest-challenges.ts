/** `POST /v1/challenges`: a challenge for the next credential that the device shows at a scene. */
import { Compile } from 'typebox/compile';
import type { ChallengeIssuer } from '../../verification.ts';
import type { Exchange } from '../exchange.ts';
import { type RestRequests, writeValue } from './rest-requests.ts';
import { ChallengeRequest } from './rest-schemas.ts';

const challengeRequest = Compile(ChallengeRequest);
/** A scene and a number. */
const LIMITS = { bytes: 512, depth: 1, entries: 8 } as const;

export function issueChallenge(
  requests: RestRequests,
  challenges: ChallengeIssuer,
  exchange: Exchange,
): void | Promise<void> {
  return requests.read(
    exchange,
    () => LIMITS,
    ({ device, value, answerForm }) => {
      if (!challengeRequest.Check(value)) return exchange.refuse('request.wrong_type');
      const { scene = null, bytes } = value;
      const issued = challenges.issue(device, { scene, bytes });
      if ('code' in issued) exchange.refuse(issued.code, issued.retryAfterMs);
      else
        writeValue(exchange, answerForm, { challenge: issued.challenge, expires_in_ms: issued.expiresInMs });
    },
  );
}
