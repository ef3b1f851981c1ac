/**
 * Ends connections whose enrolment ended while they were connected: the device was revoked, or enrolled anew, by whatever
 * process.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Code } from '../../config/codes.ts';
import type { DeviceRegistry } from './registry.ts';
import { type Enrolled, standingOf } from './standing.ts';

export interface RevocationWatch {
  /** Looks now: something has changed. */
  look(): void;
  stop(): void;
}

export interface RevocationOptions {
  readonly registry: Pick<DeviceRegistry, 'change' | 'find'>;
  /** The enrolments that have connections now. */
  readonly connected: () => Iterable<Enrolled>;
  /** Ends the connections of this enrolment alone. */
  readonly disconnect: (enrolled: Enrolled, code: Code) => void;
  /** Told once a look when a device cannot be read; the watch goes on. */
  readonly onFault: (error: Error) => void;
  /** Pause between two looks, default one second. */
  readonly pauseMs?: number;
}

/** Between two looks. SECURITY.md says it. */
export const PAUSE_MS = 1_000;
/** So often all are looked up after a change: whoever was let in by what held before it may still be on the way in. */
const LOOKS_AFTER_CHANGE = 30;
/** Devices looked up in one turn of the event loop: well under a millisecond, so that no tap waits for it. */
const DEVICES_PER_TURN = 64;

export function watchRevocations(options: RevocationOptions): RevocationWatch {
  const { pauseMs = PAUSE_MS, onFault } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let again = false;
  /** The change that was found last; null: all are to be looked up again. */
  let seen: number | null = null;
  let looksLeft = 0;
  const look = async () => {
    looking = true;
    again = false;
    let fault: Error | null = null;
    // Whoever connects is looked up then: those who are here are looked up again only when something has changed.
    const change = changeOf(options.registry);
    if (change === null || change !== seen) looksLeft = LOOKS_AFTER_CHANGE;
    seen = change;
    const all = looksLeft > 0 ? [...options.connected()] : [];
    looksLeft -= 1;
    for await (const some of inTurns(all)) {
      if (stopped) return;
      for (const enrolled of some) {
        try {
          const code = standingOf(options.registry, enrolled);
          if (code !== null) options.disconnect(enrolled, code);
        } catch (cause) {
          // One device that cannot be read hides no other.
          fault ??= cause as Error;
        }
      }
    }
    if (fault !== null) {
      seen = null;
      onFault(fault);
    }
    looking = false;
    schedule(again ? 0 : pauseMs);
  };
  const schedule = (ms: number) => {
    if (timer !== null) clearTimeout(timer);
    if (!stopped) timer = setTimeout(look, ms).unref();
  };
  schedule(pauseMs);
  return {
    look() {
      if (looking) again = true;
      else schedule(0);
    },
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

async function* inTurns<T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < all.length; from += DEVICES_PER_TURN) {
    yield all.slice(from, from + DEVICES_PER_TURN);
    await turn();
  }
}

/** Null: it cannot be said, and what is wrong shows where the devices are read. */
function changeOf(registry: RevocationOptions['registry']): number | null {
  try {
    return registry.change;
  } catch {
    return null;
  }
}
