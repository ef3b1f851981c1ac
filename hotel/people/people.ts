/** Builds what knows people: accounts, sessions, who is let in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HotelSettings } from '../../config/settings.ts';
import { makePrivateFolder } from '../../gateway/storage/private-files.ts';
import type { Routes } from '../http/server.ts';
import type { Account } from './account.ts';
import { Accounts, FIRST_ACCOUNT } from './accounts.ts';
import { type Argon2Cost, type Argon2Queue, PASSWORD_COST } from './argon2.ts';
import type { AuditLog } from './audit.ts';
import { DeskGatekeeper, type SignedIn } from './gatekeeper.ts';
import { operatorRoutes } from './operator-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { Sessions } from './sessions.ts';
import { SignIn } from './sign-in.ts';

export interface PeopleOptions {
  readonly hotel: HotelSettings;
  /** The desk's own. */
  readonly folder: string;
  readonly argon2: Argon2Queue;
  readonly audit: AuditLog;
  readonly now: () => number;
  /** On the operator's own terminal, and nowhere else. */
  readonly sayOnce: (text: string) => void;
  /** A session or token is over. */
  readonly onSessionEnd: (session: string) => void;
  /** Default: what PASSWORD_COST says. Tests take less. */
  readonly passwordCost?: Argon2Cost;
}

export interface People {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly gatekeeper: DeskGatekeeper;
  readonly routes: readonly Routes[];
  readonly now: () => number;
  /** A new session, whatever the browser had before. `how`: what the audit log is told; null: nothing. */
  open(
    request: FastifyRequest,
    reply: FastifyReply,
    account: Account,
    how: 'password' | 'passkey' | null,
  ): Promise<SignedIn>;
  /** Rejects with HotelError `store_unavailable`. */
  audit(actor: string, action: string, subjects: readonly string[], reason?: string): Promise<void>;
}

/** Rejects with HotelError `unusable` when a file is damaged. */
export async function openPeople(options: PeopleOptions): Promise<People> {
  const { hotel, folder, argon2, now, sayOnce, onSessionEnd, passwordCost = PASSWORD_COST } = options;
  makePrivateFolder(folder);
  const accounts = new Accounts({ folder, argon2, cost: passwordCost, now });
  const sessions = new Sessions(hotel.sessions, onSessionEnd);
  const gatekeeper = new DeskGatekeeper(hotel, accounts, sessions, now);
  const people: Omit<People, 'routes'> = {
    ...{ accounts, sessions, gatekeeper, now },
    signIn: new SignIn(accounts, now),
    async open(request, reply, account, how) {
      const before = gatekeeper.tokenOf(request);
      const desk = before === null ? null : (sessions.find(before, now(), false)?.desk ?? null);
      if (before !== null) sessions.end(before);
      const [only, second] = hotel.desks;
      const at = desk ?? (second === undefined ? (only ?? null) : null);
      if (how !== null) await people.audit(account.account, 'session.opened', [], how);
      const opened = sessions.open(account.account, at, now());
      gatekeeper.setCookie(reply, opened.token);
      return { ...opened, account };
    },
    audit: (actor, action, subjects, reason) =>
      options.audit.append({ atMs: now(), actor, action, subjects, reason: reason ?? null }),
  };
  if (accounts.size === 0) {
    const password = await accounts.makeFirst();
    await people.audit('start', 'operator.made', [FIRST_ACCOUNT]);
    sayOnce(
      `hotel desk: sign in as ${FIRST_ACCOUNT} with the password ${password} - it is said this once, and is changed then`,
    );
  }
  return { ...people, routes: [sessionRoutes(people), operatorRoutes(people)] };
}
