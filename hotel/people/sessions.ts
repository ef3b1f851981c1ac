/** Sessions of operators, in memory: whoever holds the token is in. Of tokens the digest alone is kept. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf, macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';

export interface SessionTimes {
  readonly idle_ms: number;
  readonly absolute_ms: number;
  readonly per_operator: number;
  readonly in_all: number;
}

export interface Session {
  /** Names the session, and opens nothing. */
  readonly id: string;
  readonly account: string;
  readonly openedAtMs: number;
  readonly lastUsedAtMs: number;
  readonly desk: string | null;
}

const TOKEN_BYTES = 32;
const ID_BYTES = 16;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export class Sessions {
  readonly #times: SessionTimes;
  readonly #onEnd: (session: string) => void;
  readonly #profile: CryptoProfile;
  readonly #csrfKey = randomBytes(TOKEN_BYTES);
  /** By digest of the token, least lately used first. */
  readonly #sessions = new Map<string, Session>();

  /** `onEnd`: told the id of each session that ended before its time. */
  constructor(times: SessionTimes, profile: CryptoProfile, onEnd: (session: string) => void) {
    this.#times = times;
    this.#profile = profile;
    this.#onEnd = onEnd;
  }

  /** Always a token drawn now: none that a browser had before becomes one. */
  open(
    account: string,
    desk: string | null,
    nowMs: number,
  ): { readonly token: string; readonly session: Session } {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const session: Session = {
      id: randomBytes(ID_BYTES).toString('hex'),
      ...{ account, desk, openedAtMs: nowMs, lastUsedAtMs: nowMs },
    };
    this.#dropPast(nowMs);
    const own = [...this.#sessions].filter(([, each]) => each.account === account);
    for (const [digest] of own.slice(0, Math.max(0, own.length + 1 - this.#times.per_operator)))
      this.#end(digest);
    while (this.#sessions.size >= this.#times.in_all) {
      const [oldest] = this.#sessions.keys();
      if (oldest === undefined) break;
      this.#end(oldest);
    }
    this.#sessions.set(this.#digestOf(token), session);
    return { token, session };
  }

  /** Null: there is none, or its time is over. `isUse`: it is idle from now on, not from before. */
  find(token: string, nowMs: number, isUse: boolean): Session | null {
    if (!TOKEN.test(token)) return null;
    const digest = this.#digestOf(token);
    const session = this.#sessions.get(digest);
    if (session === undefined) return null;
    if (!this.#isOpen(session, nowMs)) {
      this.#end(digest);
      return null;
    }
    if (!isUse) return session;
    return this.#replace(digest, { ...session, lastUsedAtMs: nowMs });
  }

  byId(id: string, nowMs: number): Session | null {
    for (const session of this.#sessions.values()) {
      if (session.id === id) return this.#isOpen(session, nowMs) ? session : null;
    }
    return null;
  }

  atDesk(token: string, desk: string): void {
    const digest = this.#digestOf(token);
    const session = this.#sessions.get(digest);
    if (session !== undefined) this.#replace(digest, { ...session, desk });
  }

  end(token: string): void {
    this.#end(this.#digestOf(token));
  }

  endOf(account: string): void {
    for (const [digest, session] of this.#sessions) if (session.account === account) this.#end(digest);
  }

  /** Bound to the session: who cannot read its answers does not know it. */
  csrfOf(token: string): string {
    const mac = algorithmFor('session-csrf', this.#profile);
    return macOf(mac, this.#csrfKey, Buffer.from(token)).toString('base64url');
  }

  isCsrfOf(token: string, said: string): boolean {
    const [expected, given] = [Buffer.from(this.csrfOf(token)), Buffer.from(said)];
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  idleUntilMs({ lastUsedAtMs }: Session): number {
    return lastUsedAtMs + this.#times.idle_ms;
  }

  absoluteUntilMs({ openedAtMs }: Session): number {
    return openedAtMs + this.#times.absolute_ms;
  }

  #digestOf(token: string): string {
    return digestOf(algorithmFor('token-digest', this.#profile), Buffer.from(token)).toString('base64url');
  }

  #isOpen(session: Session, nowMs: number): boolean {
    return nowMs < this.idleUntilMs(session) && nowMs < this.absoluteUntilMs(session);
  }

  #replace(digest: string, session: Session): Session {
    this.#sessions.delete(digest);
    this.#sessions.set(digest, session);
    return session;
  }

  #dropPast(nowMs: number): void {
    for (const [digest, session] of this.#sessions) if (!this.#isOpen(session, nowMs)) this.#end(digest);
  }

  #end(digest: string): void {
    const session = this.#sessions.get(digest);
    if (session === undefined) return;
    this.#sessions.delete(digest);
    this.#onEnd(session.id);
  }
}
