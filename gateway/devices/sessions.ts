/** Session tokens for HTTP: random, kept only as digests, in memory only, bounded, and short-lived. */
import { hash, randomBytes } from 'node:crypto';

export const SESSION_PREFIX = 'oc_s_';
const SECRET_BYTES = 32;
/** Prefix and 32 bytes in base64url. */
const SESSION_PATTERN = new RegExp(`^${SESSION_PREFIX}[A-Za-z0-9_-]{43}$`);

export interface Session {
  readonly deviceId: string;
  /** Tells the enrolment it was opened under from a later one under the same name. */
  readonly enrolledAtMs: number;
  /** By a clock that is never set, milliseconds. */
  readonly endsAt: number;
}

export class Sessions {
  readonly #maxEntries: number;
  /**
   * By digest of the token: looking one up tells nothing of another by its timing, and memory holds no token. In order
   * of opening, which is the order of expiry, because all live equally long.
   */
  readonly #sessions = new Map<string, Session>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The token of a new session; null when there is no room. */
  open(session: Session, at: number): string | null {
    for (const [digest, { endsAt }] of this.#sessions) {
      if (endsAt > at) break;
      this.#sessions.delete(digest);
    }
    if (this.#sessions.size >= this.#maxEntries) return null;
    const token = SESSION_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
    this.#sessions.set(digestOf(token), session);
    return token;
  }

  /** The session of a token, `expired` when it is over, null when there is none. */
  find(token: string, at: number): Session | 'expired' | null {
    if (!SESSION_PATTERN.test(token)) return null;
    const session = this.#sessions.get(digestOf(token));
    if (!session) return null;
    if (session.endsAt > at) return session;
    this.end(token);
    return 'expired';
  }

  end(token: string): void {
    this.#sessions.delete(digestOf(token));
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
