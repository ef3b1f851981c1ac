/** Which role may do what: every route that is registered is asked by nobody, and by every role. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES, type Role, SCOPES_OF, type Scope } from '../../hotel/people/actor.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, enter, signIn } from './desk-session.rig.ts';

/** Open to everybody, or by something else than a session or token: `METHOD path` as in the description. */
const PUBLIC = [
  'POST /session',
  'POST /session/passkey-options',
  'POST /session/passkey',
  'POST /oauth/token',
  'GET /phone/requests/{id}',
  'POST /phone/requests/{id}',
  'POST /phone/responses/{id}',
  'POST /reader/pair',
];
/** By a session of whatever role. */
const OF_ANY_ROLE = /^\w+ \/session(\/|$)/;
/** They stay open: an answer is enough. */
const STREAMS = /\/stream$/;

interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly scope: Scope | null;
}

let desk: ComposedDesk;
let operations: readonly Operation[];
const sessions = new Map<Role, DeskSession>();

beforeAll(async () => {
  desk = await startDesk();
  operations = await operationsOf(desk);
  for (const role of ROLES) sessions.set(role, await signIn(desk, role));
});
afterAll(() => desk?.stop());

interface Security {
  readonly session?: readonly [];
  readonly client?: readonly [Scope];
}

const scopeIn = (security: readonly Security[]) =>
  security.flatMap(({ client }) => client ?? []).at(0) ?? null;

/** With the scope that each says it wants. */
async function operationsOf({ url }: ComposedDesk): Promise<readonly Operation[]> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Readonly<Record<string, Readonly<Record<string, { readonly security: readonly Security[] }>>>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const verb = method.toUpperCase() as Operation['method'];
      return { name: `${verb} ${path}`, method: verb, path, scope: scopeIn(described.security) };
    }),
  );
}

const addressOf = ({ path }: Operation) => path.replace(/\{[^}]+\}/g, 'none');

test('without a session nothing is answered but what is open on purpose', async () => {
  expect(operations.length).toBeGreaterThan(20);
  const open: string[] = [];
  for (const operation of operations) {
    const content =
      operation.method === 'POST' ? { headers: { 'Content-Type': 'application/json' }, body: '{}' } : {};
    const answer = await fetch(`${desk.url}${addressOf(operation)}`, {
      method: operation.method,
      ...content,
    });
    await answer.body?.cancel();
    if (answer.status !== 401) open.push(operation.name);
  }
  expect(open.filter((name) => !PUBLIC.includes(name))).toEqual([]);
});

describe.each(ROLES)('a session of role %s', (role) => {
  test('gets what its scopes hold, and 403 for all else', async () => {
    const session = sessions.get(role);
    if (session === undefined) throw new Error('not signed in');
    const wrong: string[] = [];
    for (const operation of operations) {
      const { name, method, scope } = operation;
      if (PUBLIC.includes(name) || OF_ANY_ROLE.test(name) || STREAMS.test(name)) continue;
      if (scope === null) wrong.push(`${name} is for everybody`);
      // A body that no route takes: whoever is let in changes nothing.
      const answer = await session.ask(addressOf(operation), {
        method,
        ...(method === 'POST' && { body: { nothing_takes_this: true } }),
      });
      await answer.body?.cancel();
      const mayUse = scope !== null && SCOPES_OF[role].includes(scope);
      if ((answer.status === 403) === mayUse) wrong.push(`${name} ${scope} ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('accounts', () => {
  const of = (role: Role) => {
    const session = sessions.get(role);
    if (session === undefined) throw new Error('not signed in');
    return session;
  };
  const codeOf = async (answer: Response) =>
    [answer.status, ((await answer.json()) as { code?: string }).code] as const;

  test('the last manager cannot be disabled, nor become something else', async () => {
    const manager = of('manager');
    const last = [409, 'desk.last_manager'];
    expect(await codeOf(await manager.ask('/v1/operators/manager/disable', { body: {} }))).toEqual(last);
    const asked = { body: { role: 'clerk' } };
    expect(await codeOf(await manager.ask('/v1/operators/manager/role', asked))).toEqual(last);
  });

  test('an operator makes clerks, and no managers; gives nobody a password who can do more', async () => {
    const operator = of('operator');
    const made = await operator.ask('/v1/operators', { body: { account: 'night', role: 'clerk' } });
    expect(made.status).toBe(201);
    for (const role of ['manager', 'auditor']) {
      const answer = await operator.ask('/v1/operators', { body: { account: 'x', role } });
      expect(await codeOf(answer)).toEqual([403, 'desk.forbidden']);
    }
    expect((await operator.ask('/v1/operators/manager/reset', { body: {} })).status).toBe(403);
    const up = await operator.ask(`/v1/operators/${operator.account}/role`, { body: { role: 'manager' } });
    expect(up.status).toBe(403);
  });

  test('the same request sent again makes one account, and says the same password', async () => {
    const manager = of('manager');
    const ask = { body: { account: 'twice', role: 'clerk' }, headers: { 'Idempotency-Key': 'k-1' } };
    const [first, second] = [
      await manager.ask('/v1/operators', ask),
      await manager.ask('/v1/operators', ask),
    ];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await first.json()).toEqual(await second.json());
    expect((await manager.ask('/v1/operators', { ...ask, headers: {} })).status).toBe(409);
  });

  test('a session ends when its account is disabled, reset, or of another role', async () => {
    const manager = of('manager');
    for (const [verb, body] of [
      ['disable', {}],
      ['reset', {}],
      ['role', { role: 'auditor' }],
    ] as const) {
      const clerk = await signIn(desk, 'clerk');
      await manager.json(`/v1/operators/${clerk.account}/${verb}`, { body });
      expect((await clerk.ask('/session')).status).toBe(401);
    }
    const clerk = await signIn(desk, 'clerk');
    await manager.json(`/v1/operators/${clerk.account}/disable`, { body: {} });
    await expect(enter(desk, clerk.account, clerk.password)).rejects.toThrow('desk.sign_in_failed');
    await manager.json(`/v1/operators/${clerk.account}/enable`, { body: {} });
    expect((await enter(desk, clerk.account, clerk.password)).view.role).toBe('clerk');
  });
});
