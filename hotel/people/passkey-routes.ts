/** `/session/passkey…`: signing in with a passkey, and those of the own account. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { HotelSettings } from '../../config/settings.ts';
import { PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Routes } from '../http/server.ts';
import type { Passkey } from './account.ts';
import type { SignedIn } from './gatekeeper.ts';
import { passkeyId, type RelyingParty } from './passkeys.ts';
import type { People } from './people.ts';
import { originOf, relyingNameIn } from './same-site.ts';
import { SessionView, sessionView } from './session-view.ts';

const closed = { additionalProperties: false };
const PASSKEYS_MAX = 16;
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const bytes = text(65_536);
/** Public key credentials as browsers write them (WebAuthn Level 3, clauses 5.1.6 and 5.1.7); what is beside these is not looked at. */
const credential = (response: Parameters<typeof Type.Object>[0]) =>
  Type.Object({
    id: text(1_400),
    rawId: text(1_400),
    type: Type.Literal('public-key'),
    clientExtensionResults: Type.Object({}),
    response: Type.Object(response),
  });
const Registration = credential({
  clientDataJSON: bytes,
  attestationObject: bytes,
  transports: Type.Optional(Type.Array(text(32), { maxItems: 8 })),
});
const Authentication = credential({
  clientDataJSON: bytes,
  authenticatorData: bytes,
  signature: bytes,
  userHandle: Type.Optional(text(128)),
});
/** As browsers read them (clauses 5.1.8 and 5.1.9). */
const Options = Type.Object({ challenge: Type.String() }, { additionalProperties: true });
const PasskeyView = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    name: Type.String(),
    created_at_ms: Type.Integer({ description: 'Milliseconds since 1970 UTC.' }),
  },
  { ...closed, title: 'Passkey' },
);
const List = Type.Object({ passkeys: Type.Array(PasskeyView) }, closed);
const schema = <Rest extends object>(summary: string, rest: Rest) => ({
  tags: ['session'],
  summary,
  ...rest,
});
const bySession = { security: [{ session: [] }] };
const everybody = { config: { scope: null } };

export function passkeyRoutes(people: Omit<People, 'routes'>): Routes {
  const { accounts, passkeys, gatekeeper, sessions, audit } = people;

  function signedIn(request: FastifyRequest): SignedIn {
    const found = gatekeeper.signedIn(request);
    if (typeof found === 'string') throw new ProblemResponse(found);
    if (found.account.mustChangePassword) throw new ProblemResponse('desk.password_to_change');
    return found;
  }
  const ofSession = {
    ...everybody,
    onRequest: async (request: FastifyRequest) => {
      signedIn(request);
    },
  };
  const fromConsole = {
    ...everybody,
    onRequest: async (request: FastifyRequest) => {
      if (!gatekeeper.isFromConsole(request)) throw new ProblemResponse('desk.cross_site');
    },
  };

  return (app, { hotel }) => {
    app.post(
      '/session/passkey-options',
      {
        ...fromConsole,
        schema: schema('Options for navigator.credentials.get()', {
          body: Type.Object({}, closed),
          response: { 200: Options, ...PROBLEMS },
        }),
      },
      async (request) => ({ ...(await passkeys.optionsToSignIn(partyOf(request, hotel))) }),
    );
    app.post(
      '/session/passkey',
      {
        ...fromConsole,
        schema: schema('Sign in with a passkey', {
          body: Type.Object({ response: Authentication }, closed),
          response: { 200: SessionView, ...PROBLEMS },
        }),
      },
      async (request, reply) => {
        const response = request.body.response as unknown as AuthenticationResponseJSON;
        const account = await passkeys.signIn(partyOf(request, hotel), response);
        if (account === null) throw new ProblemResponse('desk.sign_in_failed');
        return sessionView(await people.open(request, reply, account, 'passkey'), sessions);
      },
    );
    app.post(
      '/session/passkeys/options',
      {
        ...ofSession,
        schema: schema('Options for navigator.credentials.create()', {
          ...bySession,
          body: Type.Object({}, closed),
          response: { 200: Options, ...PROBLEMS },
        }),
      },
      async (request) => {
        const { account, session } = signedIn(request);
        return { ...(await passkeys.optionsToAdd(partyOf(request, hotel), account, session.id)) };
      },
    );
    app.post(
      '/session/passkeys',
      {
        ...ofSession,
        schema: schema('Add a passkey to the own account', {
          ...bySession,
          body: Type.Object({ name: text(64), response: Registration }, closed),
          response: { 201: PasskeyView, ...PROBLEMS },
        }),
      },
      async (request, reply) => {
        const { account, session } = signedIn(request);
        const { name, response } = request.body;
        if (account.passkeys.length >= PASSKEYS_MAX) throw new ProblemResponse('desk.too_many_kept');
        const shown = response as unknown as RegistrationResponseJSON;
        const passkey = await passkeys.read(partyOf(request, hotel), shown, session.id, name);
        if (passkey === null) throw new ProblemResponse('desk.passkey_refused');
        await audit(account.account, 'passkey.added', [account.account, passkeyId(passkey)]);
        const now = accounts.get(account.account) ?? account;
        accounts.put({ ...now, passkeys: [...now.passkeys, passkey] });
        return reply.status(201).send(passkeyView(passkey));
      },
    );
    app.get(
      '/session/passkeys',
      {
        ...ofSession,
        schema: schema('Passkeys of the own account', { ...bySession, response: { 200: List, ...PROBLEMS } }),
      },
      (request) => ({ passkeys: signedIn(request).account.passkeys.map(passkeyView) }),
    );
    app.post(
      '/session/passkeys/:id/remove',
      {
        ...ofSession,
        schema: schema('Remove a passkey of the own account', {
          ...bySession,
          params: Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, closed),
          body: Type.Object({}, closed),
          response: { 200: List, ...PROBLEMS },
        }),
      },
      async (request) => {
        const { account } = signedIn(request);
        const { id } = request.params;
        const left = account.passkeys.filter((each) => passkeyId(each) !== id);
        if (left.length === account.passkeys.length) throw new ProblemResponse('desk.not_found');
        await audit(account.account, 'passkey.removed', [account.account, id]);
        accounts.put({ ...(accounts.get(account.account) ?? account), passkeys: left });
        return { passkeys: left.map(passkeyView) };
      },
    );
  };
}

/** Throws ProblemResponse `desk.passkey_needs_name` where browsers reach the desk by a number: passkeys are bound to names. */
function partyOf(request: FastifyRequest, hotel: HotelSettings): RelyingParty {
  const origin = originOf(request, hotel);
  const name = relyingNameIn(origin);
  if (name === null) throw new ProblemResponse('desk.passkey_needs_name');
  return { origin, name, title: hotel.title ?? 'Onecard' };
}

function passkeyView(passkey: Passkey) {
  return { id: passkeyId(passkey), name: passkey.name, created_at_ms: passkey.createdAtMs };
}
