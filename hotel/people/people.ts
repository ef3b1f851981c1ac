/** Builds what knows people: accounts, sessions, who is let in. */
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HotelSettings } from '../../config/settings.ts';
import { makePrivateFolder } from '../../gateway/storage/private-files.ts';
import type { DeskContext } from '../context.ts';
import type { Routes } from '../http/server.ts';
import type { Account } from './account.ts';
import { Accounts, FIRST_ACCOUNT } from './accounts.ts';
import { ApiClients } from './api-clients.ts';
import { type Argon2Cost, type Argon2Queue, PASSWORD_COST } from './argon2.ts';
import { AuditFile } from './audit-file.ts';
import { type KeyWrapper, openAuditKey } from './audit-key.ts';
import { auditRoutes } from './audit-routes.ts';
import { clientRoutes } from './client-routes.ts';
import { DeskGatekeeper, type SignedIn } from './gatekeeper.ts';
import { operatorRoutes } from './operator-routes.ts';
import { passkeyRoutes } from './passkey-routes.ts';
import { Passkeys } from './passkeys.ts';
import { passwordKey } from './password-key.ts';
import { dropReset, readReset } from './reset-request.ts';
import { sessionRoutes } from './session-routes.ts';
import { Sessions } from './sessions.ts';
import { SignIn } from './sign-in.ts';
import { tokenRoutes } from './token-routes.ts';

/** Of the audit log, in the desk's own folder. */
export const AUDIT_FOLDER = 'audit';

export interface PeopleOptions {
  readonly hotel: HotelSettings;
  /** The desk's own. */
  readonly folder: string;
  readonly argon2: Argon2Queue;
  /** The key-encryption key: the audit log's own is wrapped under it. */
  readonly keys: KeyWrapper;
  readonly log: DeskContext['log'];
  readonly now: () => number;
  /** On the operator's own terminal, and nowhere else. */
  readonly sayOnce: (text: string) => void;
  /** A session or token is over. */
  readonly onSessionEnd: (session: string) => void;
  /** Default: what PASSWORD_COST says. Tests take less. */
  readonly passwordCost?: Argon2Cost;
}

export interface People {
  readonly auditLog: AuditFile;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly clients: ApiClients;
  readonly passkeys: Passkeys;
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
  /** Takes what `onecard desk operator reset` left. */
  takeReset(): Promise<void>;
  /** Rejects with HotelError `store_unavailable`. */
  audit(actor: string, action: string, subjects: readonly string[], reason?: string): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with HotelError `unusable` when a file is damaged, `unreadable` when the audit log's key is wrapped under another. */
export async function openPeople(options: PeopleOptions): Promise<People> {
  const { hotel, folder, keys, argon2, now, sayOnce, onSessionEnd, passwordCost = PASSWORD_COST } = options;
  makePrivateFolder(folder);
  const { profile } = keys;
  const auditKey = await openAuditKey(folder, keys);
  const macKey = passwordKey(auditKey);
  const accounts = new Accounts({ folder, argon2, cost: passwordCost, profile, macKey, now });
  const auditLog = await openAudit(options, auditKey, accounts.size > 0);
  const sessions = new Sessions(hotel.sessions, profile, onSessionEnd);
  const clients = new ApiClients(folder, profile, hotel.sessions.token_ms, now, onSessionEnd);
  const gatekeeper = new DeskGatekeeper(hotel, { accounts, sessions, clients, now });
  const people: Omit<People, 'routes'> = {
    ...{ accounts, sessions, clients, gatekeeper, now, auditLog },
    signIn: new SignIn(accounts, now),
    passkeys: new Passkeys(accounts, now),
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
      auditLog.append({ atMs: now(), actor, action, subjects, reason: reason ?? null }),
    async takeReset() {
      const reset = readReset(folder);
      if (reset === null) return;
      const account = reset === 'damaged' ? null : accounts.get(reset.account);
      if (reset !== 'damaged' && account !== null) {
        await people.audit('command', 'operator.reset', [account.account]);
        accounts.takeReset(account, reset.passwordHash);
        sessions.endOf(account.account);
      } else options.log('warn', {}, 'a request to reset an operator is not of this desk: it is dropped');
      dropReset(folder);
    },
    close: () => auditLog.close(),
  };
  if (accounts.size === 0) {
    await people.audit('start', 'operator.made', [FIRST_ACCOUNT], 'manager');
    const password = await accounts.makeFirst();
    sayOnce(
      `hotel desk: sign in as ${FIRST_ACCOUNT} with the password ${password} - it is said this once, and is changed then`,
    );
  }
  await people.takeReset();
  const routes = [
    sessionRoutes(people),
    passkeyRoutes(people),
    operatorRoutes(people),
    clientRoutes(people),
    tokenRoutes(clients),
    auditRoutes(auditLog),
  ];
  return { ...people, routes };
}

function openAudit(
  { folder, keys, now, log }: PeopleOptions,
  key: Buffer,
  mustExist: boolean,
): Promise<AuditFile> {
  return AuditFile.open({
    folder: join(folder, AUDIT_FOLDER),
    key,
    profile: keys.profile,
    ...{ now, mustExist },
    onEnd: ({ seq, hash }) => log('info', { seq, hash }, 'the audit log of the desk ends here'),
    onDamage: (what) =>
      log(
        'error',
        { what },
        'the audit log of the desk is not what was written: it is left as it is, and goes on anew; ' +
          'onecard desk audit verify tells where',
      ),
  });
}
