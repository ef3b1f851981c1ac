/** `/v1/operators`: accounts of whoever works with the desk. */
import { Type } from 'typebox';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { ACCOUNT_PATTERN, type Account } from './account.ts';
import { type Actor, ROLES, type Role } from './actor.ts';
import type { People } from './people.ts';

const closed = { additionalProperties: false };
const RoleSchema = Type.Enum([...ROLES]);
const AtMs = Type.Integer({ description: 'Milliseconds since 1970 UTC.' });

const view = {
  account: Type.String(),
  role: RoleSchema,
  disabled: Type.Boolean(),
  must_change_password: Type.Boolean(),
  passkeys: Type.Integer({ minimum: 0 }),
  created_at_ms: AtMs,
  created_by: Type.String(),
};
const Operator = Type.Object(view, { ...closed, title: 'Operator' });
const WithPassword = Type.Object(
  {
    ...view,
    one_time_password: Type.String({
      description: 'Said this once. It opens nothing but its own change, and runs out.',
    }),
    one_time_until_ms: AtMs,
  },
  { ...closed, title: 'OperatorWithPassword' },
);
const schema = <Rest extends object>(summary: string, rest: Rest) => ({
  tags: ['operators'],
  summary,
  ...rest,
});
const config = { scope: 'accounts:write' } as const;
const params = Type.Object({ account: Type.String({ pattern: ACCOUNT_PATTERN }) }, closed);
const nothing = Type.Object({}, closed);

export function operatorRoutes(people: Omit<People, 'routes'>): Routes {
  const { accounts, sessions, audit } = people;

  function changing(actor: Actor, name: string): Account {
    const account = accounts.get(name);
    if (account === null) throw new ProblemResponse('desk.not_found');
    demandOver(actor, account.role);
    return account;
  }

  /** Whoever is no manager makes no managers and no auditors, and has no power over them. */
  function demandOver(actor: Actor, role: Role): void {
    const isManager = actor.kind === 'operator' && accounts.get(actor.id)?.role === 'manager';
    if (!isManager && (role === 'manager' || role === 'auditor')) throw new ProblemResponse('desk.forbidden');
  }

  function demandAnotherManager({ account, role }: Account): void {
    if (role !== 'manager') return;
    const others = accounts.all().filter((each) => each.role === 'manager' && !each.disabled);
    if (!others.some((each) => each.account !== account)) throw new ProblemResponse('desk.last_manager');
  }

  /** Sessions end: they are of what the account was. */
  async function change(actor: Actor, account: Account, action: string, reason?: string): Promise<void> {
    await audit(actor.id, action, [account.account], reason);
    accounts.put(account);
    sessions.endOf(account.account);
  }

  async function reset(actor: Actor, name: string) {
    const account = changing(actor, name);
    await audit(actor.id, 'operator.reset', [name]);
    const password = await accounts.reset(account);
    sessions.endOf(name);
    return saidOnce(accounts.get(name) ?? account, password);
  }

  return (app, { hotel, idempotency }) => {
    app.get(
      '/v1/operators',
      {
        config,
        schema: schema('All accounts of operators', {
          response: { 200: Type.Object({ operators: Type.Array(Operator) }, closed), ...PROBLEMS },
        }),
      },
      () => ({ operators: accounts.all().map(operatorView) }),
    );
    app.post(
      '/v1/operators',
      {
        config,
        schema: schema('Make an account, with a one-time password', {
          headers: IdempotencyHeaders,
          body: Type.Object(
            { account: Type.String({ pattern: ACCOUNT_PATTERN, maxLength: 32 }), role: RoleSchema },
            closed,
          ),
          response: { 201: WithPassword, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const { account, role } = request.body;
          demandOver(actor, role);
          if (accounts.get(account) !== null) throw new ProblemResponse('desk.exists');
          if (accounts.size >= hotel.limits.operators) throw new ProblemResponse('desk.too_many_kept');
          await audit(actor.id, 'operator.made', [account], role);
          const { made, password } = await accounts.make(account, role, actor.id);
          return { status: 201, body: saidOnce(made, password) };
        }),
    );
    app.post(
      '/v1/operators/:account/reset',
      {
        config,
        schema: schema('Give an account a new one-time password; its passkeys and sessions end', {
          ...{ params, headers: IdempotencyHeaders, body: nothing },
          response: { 200: WithPassword, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const body = await reset(actorOf(request), request.params.account);
          return { status: 200, body };
        }),
    );
    for (const [verb, disabled] of [
      ['disable', true],
      ['enable', false],
    ] as const) {
      app.post(
        `/v1/operators/:account/${verb}`,
        {
          config,
          schema: schema(`${disabled ? 'Disable' : 'Enable'} an account`, {
            ...{ params, headers: IdempotencyHeaders, body: nothing },
            response: { 200: Operator, ...PROBLEMS },
          }),
        },
        (request, reply) =>
          idempotency.remembered(request, reply, async () => {
            const actor = actorOf(request);
            const account = changing(actor, request.params.account);
            if (disabled) demandAnotherManager(account);
            await change(actor, { ...account, disabled }, `operator.${verb}d`);
            return { status: 200, body: operatorView({ ...account, disabled }) };
          }),
      );
    }
    app.post(
      '/v1/operators/:account/role',
      {
        config,
        schema: schema('Give an account another role; its sessions end', {
          ...{ params, headers: IdempotencyHeaders, body: Type.Object({ role: RoleSchema }, closed) },
          response: { 200: Operator, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const account = changing(actor, request.params.account);
          const { role } = request.body;
          demandOver(actor, role);
          if (role !== 'manager') demandAnotherManager(account);
          await change(actor, { ...account, role }, 'operator.role_changed', `${account.role} to ${role}`);
          return { status: 200, body: operatorView({ ...account, role }) };
        }),
    );
  };
}

function operatorView({
  account,
  role,
  disabled,
  mustChangePassword,
  passkeys,
  createdAtMs,
  createdBy,
}: Account) {
  return {
    ...{ account, role, disabled },
    must_change_password: mustChangePassword,
    passkeys: passkeys.length,
    created_at_ms: createdAtMs,
    created_by: createdBy,
  };
}

function saidOnce(account: Account, password: string) {
  return {
    ...operatorView(account),
    one_time_password: password,
    one_time_until_ms: account.oneTimeUntilMs ?? 0,
  };
}
