/** Who is let in: a session of an operator, or an access token of an API client. */
import type { FastifyRequest } from 'fastify';
import type { Code } from '../../config/codes.ts';
import type { Actor } from '../people/actor.ts';

export interface Gatekeeper {
  /** Whose request it is, or why it is not let in. For requests that change something by a session: from the console alone. */
  identify(request: FastifyRequest): Promise<Actor | Code>;
  /** Whether that session is still signed in and at the same workplace, or the token good. Asking is no use of the session. */
  holds(actor: Actor): boolean;
}
