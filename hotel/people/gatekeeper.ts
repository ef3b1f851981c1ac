/** Lets in operators by the cookie of their session, and API clients by their access token. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Code } from '../../config/codes.ts';
import type { HotelSettings } from '../../config/settings.ts';
import type { Gatekeeper } from '../http/gatekeeper.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import { type Actor, SCOPES_OF } from './actor.ts';
import type { ApiClients } from './api-clients.ts';
import { isFromConsole, isOverTls } from './same-site.ts';
import type { Session, Sessions } from './sessions.ts';

/** Says that nobody did anything: what a page asks for by itself keeps no session open. */
export const BACKGROUND_HEADER = 'x-onecard-background';

export interface SignedIn {
  readonly token: string;
  readonly session: Session;
  readonly account: Account;
}

export interface Known {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly clients: ApiClients;
  readonly now: () => number;
}

export class DeskGatekeeper implements Gatekeeper {
  readonly #hotel: HotelSettings;
  readonly #accounts: Accounts;
  readonly #sessions: Sessions;
  readonly #clients: ApiClients;
  readonly #now: () => number;
  readonly #isSecure: boolean;

  constructor(hotel: HotelSettings, { accounts, sessions, clients, now }: Known) {
    this.#hotel = hotel;
    this.#accounts = accounts;
    this.#sessions = sessions;
    this.#clients = clients;
    this.#now = now;
    this.#isSecure = isOverTls(hotel);
  }

  async identify(request: FastifyRequest): Promise<Actor | Code> {
    const { authorization } = request.headers;
    // No browser sends it by itself: what another page makes it send carries the cookie alone.
    if (authorization !== undefined) return this.#byToken(authorization);
    const found = this.signedIn(request);
    if (typeof found === 'string') return found;
    return found.account.mustChangePassword ? 'desk.password_to_change' : actorOfSession(found);
  }

  holds({ kind, id, desk, session: sessionId }: Actor): boolean {
    if (kind === 'client') return this.#clients.isGood(sessionId);
    const session = this.#sessions.byId(sessionId, this.#now());
    return session !== null && session.desk === desk && this.#isGood(this.#accounts.get(id));
  }

  /** Also those who must change their password first. */
  signedIn(request: FastifyRequest): SignedIn | Code {
    const token = this.tokenOf(request);
    const session = token === null ? null : this.#sessions.find(token, this.#now(), isUse(request));
    if (token === null || session === null) return 'desk.unauthenticated';
    const account = this.#accounts.get(session.account);
    if (!this.#isGood(account)) return 'desk.unauthenticated';
    if (request.method === 'GET' || request.method === 'HEAD') return { token, session, account };
    const { 'x-csrf-token': csrf } = request.headers;
    if (!this.isFromConsole(request) || typeof csrf !== 'string' || !this.#sessions.isCsrfOf(token, csrf)) {
      return 'desk.cross_site';
    }
    return { token, session, account };
  }

  isFromConsole(request: FastifyRequest): boolean {
    return isFromConsole(request, this.#hotel);
  }

  tokenOf(request: FastifyRequest): string | null {
    return request.cookies[this.#cookie] ?? null;
  }

  /** Of the browser's own session, so that it ends with it at the latest; in no page's reach, and sent by no other site's. */
  setCookie(reply: FastifyReply, token: string): void {
    reply.setCookie(this.#cookie, token, this.#attributes);
  }

  clearCookie(reply: FastifyReply): void {
    reply.clearCookie(this.#cookie, this.#attributes);
  }

  get #cookie(): string {
    return this.#isSecure ? '__Host-onecard' : 'onecard';
  }

  get #attributes() {
    return { path: '/', secure: this.#isSecure, httpOnly: true, sameSite: 'strict' } as const;
  }

  #byToken(authorization: string): Actor | Code {
    const [, token = ''] = /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(authorization) ?? [];
    const found = token === '' ? null : this.#clients.find(token);
    if (found === null) return 'desk.unauthenticated';
    const { id: session, clientId: id, scopes } = found;
    return { kind: 'client', id, scopes: new Set(scopes), desk: null, session };
  }

  #isGood(account: Account | null): account is Account {
    return account !== null && !account.disabled;
  }
}

function actorOfSession({ session, account }: SignedIn): Actor {
  return {
    kind: 'operator',
    id: account.account,
    scopes: new Set(SCOPES_OF[account.role]),
    desk: session.desk,
    session: session.id,
  };
}

/** A stream is opened again by the browser alone. */
function isUse({ headers }: FastifyRequest): boolean {
  return headers[BACKGROUND_HEADER] === undefined && headers.accept !== 'text/event-stream';
}
