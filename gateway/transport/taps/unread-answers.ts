/**
 * Answers that clients have not taken yet: the memory they hold is bounded in all, and nobody holds any for long. Kept per
 * connection are at most `limits.send_buffer_bytes`, which is looked after where they are written.
 */
import type { Limits } from '../../../config/settings.ts';

/** How often it is looked whether somebody takes nothing. */
const LOOK_MS = 500;

export type UnreadLimits = Pick<Limits, 'unread_bytes' | 'unread_ms'>;

/** What one client has not taken. */
export interface Unread {
  /** So many bytes are left. Fewer than before count as a sign of life. */
  left(bytes: number): void;
  /** It has taken everything, or is gone. May be called again. */
  over(): void;
}

interface Entry {
  bytes: number;
  sinceMs: number;
  readonly cut: () => void;
}

export class UnreadAnswers {
  readonly #limits: UnreadLimits;
  readonly #monotonic: () => number;
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: UnreadLimits, monotonic = () => performance.now()) {
    this.#limits = limits;
    this.#monotonic = monotonic;
  }

  /** Bytes held for all clients together. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A client has not taken so many bytes. `cut` ends its connection, and is called once: when it has taken nothing for
   * `unread_ms`, or has the most unread while all together are over `unread_bytes`; it may be called before this returns.
   */
  begin(bytes: number, cut: () => void): Unread {
    const entry: Entry = { bytes: 0, sinceMs: this.#monotonic(), cut };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    this.#set(entry, bytes);
    return {
      left: (now) => {
        if (now < entry.bytes) entry.sinceMs = this.#monotonic();
        this.#set(entry, now);
      },
      over: () => this.#remove(entry),
    };
  }

  #set(entry: Entry, bytes: number): void {
    if (!this.#entries.has(entry)) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    while (this.#bytes > this.#limits.unread_bytes) this.#cut(this.#largest());
  }

  /** Looked for only when all together are too much. */
  #largest(): Entry {
    return [...this.#entries].reduce((largest, each) => (each.bytes > largest.bytes ? each : largest));
  }

  #look(): void {
    const since = this.#monotonic() - this.#limits.unread_ms;
    for (const entry of [...this.#entries]) if (entry.sinceMs <= since) this.#cut(entry);
  }

  #cut(entry: Entry): void {
    this.#remove(entry);
    entry.cut();
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#bytes -= entry.bytes;
    if (this.#entries.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
