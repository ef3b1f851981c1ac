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
  readonly registry: Pick<DeviceRegistry, 'find'>;
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
/** Devices looked up in one turn of the event loop: well under a millisecond, so that no tap waits for it. */
const DEVICES_PER_TURN = 64;

export function watchRevocations(options: RevocationOptions): RevocationWatch {
  const { pauseMs = PAUSE_MS, onFault } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let again = false;
  const look = async () => {
    looking = true;
    again = false;
    let fault: Error | null = null;
    for await (const some of inTurns([...options.connected()])) {
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
    if (fault !== null) onFault(fault);
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
