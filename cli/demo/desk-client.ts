/** The desk's side of REST, as far as the demonstration needs it. */
import type { JWK } from 'jose';
import { createDeviceToken } from '../../client/device-token.ts';
import type { Visit } from './visitors.ts';

export interface DeskAnswer {
  /** Null: it was not judged. */
  readonly outcome: string | null;
  readonly code: string;
}

/** The desk's token. `ended`: one that is no good any more, in place of which there is to be another. */
export type DeskSessions = (ended?: string) => Promise<string>;

/** What a session is answered that this gateway does not have, or not any more. */
const ENDED: readonly unknown[] = ['auth.invalid', 'auth.expired', 'auth.enrolment_ended'];

/** `http`: base address of the gateway; `session`: the desk's token, fresh where the last has expired. */
export class DeskClient {
  readonly #http: string;
  readonly #session: DeskSessions;

  constructor(http: string, session: DeskSessions) {
    this.#http = http;
    this.#session = session;
  }

  async judge(visit: Visit): Promise<DeskAnswer> {
    const challenge = visit.isChallenged ? await this.challenge(visit.scene) : null;
    const { credential, context } = visit.show(challenge, Date.now());
    const { family, scene } = visit;
    const { outcome, code } = await this.verify({ family, scene, credential, context });
    return { outcome: outcome ?? null, code };
  }

  /** What the gateway said to a presentation, as it came. */
  async verify(shown: {
    readonly family: string;
    readonly scene: string;
    readonly credential: unknown;
    readonly context: unknown;
  }): Promise<{ readonly outcome?: string; readonly code: string }> {
    return (await this.#post('/v1/verifications', shown)) as { outcome?: string; code: string };
  }

  async challenge(scene: string): Promise<Uint8Array> {
    const { challenge } = (await this.#post('/v1/challenges', { scene })) as { readonly challenge: string };
    return new Uint8Array(Buffer.from(challenge, 'base64url'));
  }

  async #post(path: string, body: object): Promise<unknown> {
    const session = await this.#session();
    const answer = await this.#posted(path, body, session);
    const { code } = answer as { readonly code?: unknown };
    // The gateway was started again, or behind one address it is another one.
    return ENDED.includes(code) ? this.#posted(path, body, await this.#session(session)) : answer;
  }

  async #posted(path: string, body: object, session: string): Promise<unknown> {
    const reply = await fetch(this.#http + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${session}` },
      body: JSON.stringify(body),
    });
    return reply.json();
  }
}

/** A session lives longer than this (limits.session_lifetime_ms). */
const SESSION_MS = 300_000;

/** Session tokens of a desk, each used until it is about to expire. `http`: known once the gateway listens. */
export function deskSessions(
  device: { readonly deviceId: string; readonly gatewayId: string; readonly privateKey: JWK },
  http: () => string,
): DeskSessions {
  let opened: { readonly token: Promise<string>; readonly atMs: number } | null = null;
  return async (ended) => {
    const before = opened;
    const isEnded = ended !== undefined && before !== null && (await before.token) === ended;
    // Somebody else may have opened one meanwhile.
    const isOver = opened === null || performance.now() - opened.atMs > SESSION_MS;
    if (opened === null || isOver || (isEnded && opened === before)) {
      opened = { token: openSession(device, http()), atMs: performance.now() };
    }
    return opened.token;
  };
}

async function openSession(device: Parameters<typeof deskSessions>[0], http: string): Promise<string> {
  const token = await createDeviceToken({ ...device, nowMs: Date.now() });
  const reply = await fetch(`${http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { token: session } = (await reply.json()) as { token: string };
  return session;
}
