/** What whoever is signed in is told of the session. */
import { Type } from 'typebox';
import { ROLES, SCOPES, SCOPES_OF } from './actor.ts';
import type { SignedIn } from './gatekeeper.ts';
import type { Sessions } from './sessions.ts';

const closed = { additionalProperties: false };
const AtMs = Type.Integer({ description: 'Milliseconds since 1970 UTC.' });

export const SessionView = Type.Object(
  {
    account: Type.String(),
    role: Type.Enum([...ROLES]),
    scopes: Type.Array(Type.Enum([...SCOPES])),
    desk: Type.Union([Type.String(), Type.Null()], { description: 'Workplace; null: choose one.' }),
    csrf: Type.String({ description: 'Sent as X-CSRF-Token with every request that is no GET.' }),
    must_change_password: Type.Boolean({ description: 'Nothing else is possible before.' }),
    passkeys: Type.Integer({ minimum: 0, description: 'How many the account has.' }),
    idle_until_ms: AtMs,
    absolute_until_ms: AtMs,
  },
  { ...closed, title: 'Session' },
);

export function sessionView({ token, session, account }: SignedIn, sessions: Sessions) {
  return {
    account: account.account,
    role: account.role,
    scopes: account.mustChangePassword ? [] : [...SCOPES_OF[account.role]],
    desk: session.desk,
    csrf: sessions.csrfOf(token),
    must_change_password: account.mustChangePassword,
    passkeys: account.passkeys.length,
    idle_until_ms: sessions.idleUntilMs(session),
    absolute_until_ms: sessions.absoluteUntilMs(session),
  };
}
