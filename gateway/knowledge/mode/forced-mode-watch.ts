/** Watches the operator's override, by whatever process it is written, and lets it end in time. */

import { type FSWatcher, readFileSync, type Stats, statSync, watch as watchFolder } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  FORCED_MODE_BYTES_MAX,
  type ForcedMode,
  ForcedModeError,
  type ModeOrder,
  parseModeOrder,
} from './forced-mode.ts';

const PAUSE_MS = 250;
/** Where the system tells of changes: not all do, of a folder that another machine writes to. */
const TOLD_PAUSE_MS = 1_000;

export interface ForcedModeWatchOptions {
  /** Path of mode.json; it need not be there. */
  readonly file: string;
  /** What an operator said last is other than before, or an override has ended (`next` null). */
  readonly onChange: (previous: ForcedMode | null, next: ForcedMode | null) => void;
  /** The file cannot be used, and what was is kept. Told once for each state of the file. */
  readonly onFault: (error: Error) => void;
  /** The machine's clock, by which operators say until when. Milliseconds since 1970 UTC. */
  readonly wallClock: () => number;
  /** Monotonic, milliseconds. Default `performance.now()`. */
  readonly now?: () => number;
  readonly pauseMs?: number;
}

export interface ForcedModeWatch {
  /** The override in force; null: none. Never one that has expired. */
  readonly current: ForcedMode | null;
  /** States of the file that could not be used. */
  readonly faults: number;
  stop(): void;
}

interface Override {
  readonly forced: ForcedMode;
  /** Monotonic time at which it ends whatever became of the time of day. */
  readonly endsAt: number;
}

/** The file is read before this returns, so that the first tap knows of it. */
export function watchForcedMode(options: ForcedModeWatchOptions): ForcedModeWatch {
  const watch = new PolledForcedMode(options);
  watch.start();
  return watch;
}

class PolledForcedMode implements ForcedModeWatch {
  faults = 0;
  readonly #options: ForcedModeWatchOptions;
  readonly #wallClock: () => number;
  readonly #now: () => number;
  #override: Override | null = null;
  /** Of the file as it was last read or refused; null: there was none. */
  #seen: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #watcher: FSWatcher | null = null;
  /** Something happened to the file while it was looked at. */
  #again = false;
  #stopped = false;

  constructor(options: ForcedModeWatchOptions) {
    this.#options = options;
    this.#wallClock = options.wallClock;
    this.#now = options.now ?? (() => performance.now());
  }

  get current(): ForcedMode | null {
    const override = this.#override;
    if (override === null) return null;
    const { untilMs } = override.forced;
    const ended = untilMs !== null && (this.#wallClock() >= untilMs || this.#now() >= override.endsAt);
    // For good: a clock that is set back does not bring it to life again.
    if (ended) this.#put(null);
    return this.#override?.forced ?? null;
  }

  start(): void {
    try {
      this.#take(statSync(this.#options.file), () => readFileSync(this.#options.file));
    } catch (error) {
      this.#missed(error);
    }
    this.#hear();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#watcher?.close();
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** Has the system tell of changes, where it can. */
  #hear(): void {
    const { file } = this.#options;
    try {
      this.#watcher = watchFolder(dirname(file), { persistent: false }, (_, name) => {
        if (name === null || name === basename(file)) this.#changed();
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = null;
      });
    } catch {
      // It is looked at more often then.
    }
  }

  #changed(): void {
    if (this.#timer === null) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    void this.#look();
  }

  #schedule(): void {
    if (this.#stopped) return;
    const { pauseMs = this.#watcher === null ? PAUSE_MS : TOLD_PAUSE_MS } = this.#options;
    this.#timer = setTimeout(() => void this.#look(), Math.max(1, Math.min(pauseMs, this.#leftMs()))).unref();
  }

  /** Until the override ends. */
  #leftMs(): number {
    if (this.#override === null) return Number.POSITIVE_INFINITY;
    const { forced, endsAt } = this.#override;
    const untilMs = forced.untilMs ?? Number.POSITIVE_INFINITY;
    return Math.min(untilMs - this.#wallClock(), endsAt - this.#now());
  }

  async #look(): Promise<void> {
    this.#timer = null;
    this.#again = false;
    let handle: FileHandle | null = null;
    try {
      handle = await open(this.#options.file, 'r');
      const stats = await handle.stat();
      if (signatureOf(stats) !== this.#seen) {
        const content = Buffer.alloc(FORCED_MODE_BYTES_MAX + 1);
        const { bytesRead } = await handle.read(content, 0, content.length, 0);
        if (!this.#stopped) this.#take(stats, () => content.subarray(0, bytesRead));
      }
    } catch (error) {
      if (!this.#stopped) this.#missed(error);
    } finally {
      await handle?.close();
    }
    // Reading it lets it end.
    void this.current;
    if (this.#again && !this.#stopped) void this.#look();
    else this.#schedule();
  }

  #take(stats: Stats, read: () => Uint8Array): void {
    const signature = signatureOf(stats);
    if (stats.size > FORCED_MODE_BYTES_MAX) {
      this.#refuse(signature, new ForcedModeError('mode.json is too large'));
      return;
    }
    try {
      const order = parseModeOrder(read());
      this.#seen = signature;
      this.#put(this.#inForce(order));
    } catch (error) {
      this.#refuse(signature, error as Error);
    }
  }

  /** No file: no override. Any other reason keeps what was. */
  #missed(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      this.#seen = null;
      this.#put(null);
    } else {
      this.#refuse(`unreadable ${code}`, error as Error);
    }
  }

  #refuse(signature: string, error: Error): void {
    if (signature === this.#seen) return;
    this.#seen = signature;
    this.faults += 1;
    this.#options.onFault(error);
  }

  #inForce(order: ModeOrder): Override | null {
    const { mode, untilMs } = order;
    if (mode === 'auto') return null;
    const leftMs = untilMs === null ? Number.POSITIVE_INFINITY : untilMs - this.#wallClock();
    return leftMs <= 0 ? null : { forced: { ...order, mode }, endsAt: this.#now() + leftMs };
  }

  #put(next: Override | null): void {
    const previous = this.#override?.forced ?? null;
    const forced = next?.forced ?? null;
    this.#override = next;
    // A file that could not be read for a while may say what it said before.
    if (!isDeepStrictEqual(previous, forced)) this.#options.onChange(previous, forced);
  }
}

/**
 * Changes whenever the file is written or replaced. Without the time of its last change of status: that also changes when
 * a file that was just opened is replaced by another, and what it said would be taken once more.
 */
function signatureOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`;
}
