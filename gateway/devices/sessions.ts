/** Session tokens for HTTP: random, kept only as digests, in memory only, bounded, and short-lived. */
import { randomBytes } from 'node:crypto';
import type { DigestAlgorithm } from '../../crypto/algorithms.ts';
import { digestOf } from '../../crypto/digest.ts';

export const SESSION_PREFIX = 'oc_s_';
const SECRET_BYTES = 32;
/** Prefix and 32 bytes in base64url. */
const SESSION_PATTERN = new RegExp(`^${SESSION_PREFIX}[A-Za-z0-9_-]{43}$`);

export interface Session {
  readonly deviceId: string;
  /** The one it was opened under: a later one under the same name has sessions of its own. */
  readonly enrolment: string;
  /** By a clock that is never set, milliseconds. */
  readonly endsAt: number;
}

/** No session was opened: there are too many in all, or too many of this enrolment, until its oldest is over. */
export type NoSession = { readonly full: 'all' } | { readonly full: 'device'; readonly endsAt: number };

export interface SessionsOptions {
  readonly maxEntries: number;
  readonly maxPerEnrolment: number;
  readonly digest: DigestAlgorithm;
}

export class Sessions {
  readonly #options: SessionsOptions;
  /**
   * By digest of the token: looking one up tells nothing of another by its timing, and memory holds no token. In order
   * of opening, which is the order of expiry, because all live equally long.
   */
  readonly #sessions = new Map<string, Session>();
  /** The same by enrolment: what one device has opened, whatever other devices do. */
  readonly #byEnrolment = new Map<string, Map<string, Session>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The token of a new session, or why there is none. */
  open(session: Session, at: number): string | NoSession {
    for (const [digest, { endsAt }] of this.#sessions) {
      if (endsAt > at) break;
      this.#remove(digest);
    }
    if (this.#sessions.size >= this.#options.maxEntries) return { full: 'all' };
    const own = this.#byEnrolment.get(session.enrolment) ?? new Map<string, Session>();
    if (own.size >= this.#options.maxPerEnrolment) {
      const [oldest = session] = own.values();
      return { full: 'device', endsAt: oldest.endsAt };
    }
    const token = SESSION_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
    const digest = this.#digestOf(token);
    this.#sessions.set(digest, session);
    own.set(digest, session);
    this.#byEnrolment.set(session.enrolment, own);
    return token;
  }

  /** The session of a token, `expired` when it is over, null when there is none. */
  find(token: string, at: number): Session | 'expired' | null {
    if (!SESSION_PATTERN.test(token)) return null;
    const session = this.#sessions.get(this.#digestOf(token));
    if (!session) return null;
    if (session.endsAt > at) return session;
    this.end(token);
    return 'expired';
  }

  end(token: string): void {
    this.#remove(this.#digestOf(token));
  }

  #digestOf(token: string): string {
    return digestOf(this.#options.digest, Buffer.from(token, 'ascii')).toString('base64');
  }

  #remove(digest: string): void {
    const session = this.#sessions.get(digest);
    if (session === undefined) return;
    this.#sessions.delete(digest);
    const own = this.#byEnrolment.get(session.enrolment);
    own?.delete(digest);
    if (own?.size === 0) this.#byEnrolment.delete(session.enrolment);
  }
}
