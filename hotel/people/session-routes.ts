/** `/session`: signing in with a password, who is signed in, and at which workplace. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Routes } from '../http/server.ts';
import type { SignedIn } from './gatekeeper.ts';
import { PASSWORD_LENGTH_MAX, passwordFault } from './password-rules.ts';
import type { People } from './people.ts';
import { SessionView, sessionView } from './session-view.ts';

const closed = { additionalProperties: false };
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** In bytes of UTF-16: a character outside the basic plane is two. */
const Password = text(2 * PASSWORD_LENGTH_MAX);

const everybody = { config: { scope: null } };
const bySession = { security: [{ session: [] }] };
const schema = <Rest extends object>(summary: string, rest: Rest) => ({
  tags: ['session'],
  summary,
  ...rest,
});

export function sessionRoutes(people: Omit<People, 'routes'>): Routes {
  const { accounts, sessions, signIn, gatekeeper, audit } = people;

  function signedIn(request: FastifyRequest): SignedIn {
    const found = gatekeeper.signedIn(request);
    if (typeof found === 'string') throw new ProblemResponse(found);
    return found;
  }

  /** Of whatever role, also one whose password must be changed: asked before anything else is looked at. */
  const ofSession = {
    ...everybody,
    onRequest: async (request: FastifyRequest) => {
      signedIn(request);
    },
  };

  return (app, { hotel }) => {
    app.post(
      '/session',
      {
        ...everybody,
        schema: schema('Sign in with a password', {
          operationId: 'signIn',
          body: Type.Object({ account: text(64), password: Password }, closed),
          response: { 200: SessionView, ...PROBLEMS },
        }),
      },
      async (request, reply) => {
        if (!gatekeeper.isFromConsole(request)) throw new ProblemResponse('desk.cross_site');
        const { account: name, password } = request.body;
        await people.takeReset();
        const answer = await signIn.byPassword(name.trim().toLowerCase(), password, request.ip);
        if (answer.kind === 'wrong') throw new ProblemResponse('desk.sign_in_failed');
        if (answer.kind === 'later') throw new ProblemResponse('desk.sign_in_later', answer);
        return sessionView(await people.open(request, reply, answer.account, 'password'), sessions);
      },
    );
    app.get(
      '/session',
      {
        ...everybody,
        schema: schema('Who is signed in', { ...bySession, response: { 200: SessionView, ...PROBLEMS } }),
      },
      (request) => sessionView(signedIn(request), sessions),
    );
    app.delete(
      '/session',
      {
        ...ofSession,
        schema: schema('Sign out', { ...bySession, response: { 204: Type.Null(), ...PROBLEMS } }),
      },
      async (request, reply) => {
        const { token, account } = signedIn(request);
        sessions.end(token);
        gatekeeper.clearCookie(reply);
        await audit(account.account, 'session.closed', []);
        return reply.status(204).send(null);
      },
    );
    app.post(
      '/session/password',
      {
        ...ofSession,
        schema: schema('Change the own password; all other sessions of the account end', {
          operationId: 'changePassword',
          ...bySession,
          body: Type.Object({ old: Password, new: Password }, closed),
          response: { 200: SessionView, ...PROBLEMS },
        }),
      },
      (request, reply) => changePassword(request, reply, request.body, hotel),
    );
    app.post(
      '/session/desk',
      {
        ...ofSession,
        schema: schema('Say at which workplace the session is', {
          ...bySession,
          body: Type.Object({ desk: text(32) }, closed),
          response: { 200: SessionView, ...PROBLEMS },
        }),
      },
      (request) => {
        const { token } = signedIn(request);
        const { desk } = request.body;
        if (!hotel.desks.includes(desk)) {
          throw new ProblemResponse('desk.invalid', {
            errors: [{ pointer: '/desk', detail: 'there is no such workplace' }],
          });
        }
        sessions.atDesk(token, desk);
        return sessionView(signedIn(request), sessions);
      },
    );
  };

  async function changePassword(
    request: FastifyRequest,
    reply: FastifyReply,
    { old, new: fresh }: { readonly old: string; readonly new: string },
    { hotel_id: hotelId, title = '' }: { readonly hotel_id: string; readonly title?: string },
  ) {
    const { account } = signedIn(request);
    const answer = await signIn.byPassword(account.account, old, request.ip);
    if (answer.kind === 'later') throw new ProblemResponse('desk.sign_in_later', answer);
    if (answer.kind === 'wrong') throw invalid('/old', 'this is not the password of now');
    const fault = passwordFault(fresh, [
      account.account,
      hotelId,
      title.toLowerCase(),
      'password',
      'onecard',
    ]);
    if (fault !== null) throw invalid('/new', fault);
    if (fresh === old) throw invalid('/new', 'the same as before');
    await accounts.setPassword(account, fresh);
    sessions.endOf(account.account);
    await audit(account.account, 'password.changed', [account.account]);
    const now = accounts.get(account.account) ?? account;
    return sessionView(await people.open(request, reply, now, null), sessions);
  }
}

function invalid(pointer: string, detail: string): ProblemResponse {
  return new ProblemResponse('desk.invalid', { errors: [{ pointer, detail }] });
}
