/** Ends the connections of devices that were revoked, by whatever process, while they were connected. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Code } from '../../config/codes.ts';
import type { DeviceRegistry } from './registry.ts';

export interface RevocationWatch {
  stop(): void;
}

export interface RevocationOptions {
  readonly registry: Pick<DeviceRegistry, 'find'>;
  /** Names of the devices connected now. */
  readonly connected: () => Iterable<string>;
  readonly disconnect: (deviceId: string, code: Code) => void;
  /** Told once a look when a device cannot be read; the watch goes on. */
  readonly onFault: (error: Error) => void;
  /** Pause between two looks, default one second. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 1_000;
/** Devices looked up in one turn of the event loop: well under a millisecond, so that no tap waits for it. */
const DEVICES_PER_TURN = 64;

export function watchRevocations(options: RevocationOptions): RevocationWatch {
  const { pauseMs = PAUSE_MS, onFault } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  const look = async () => {
    let fault: Error | null = null;
    for await (const deviceIds of inTurns([...options.connected()])) {
      if (stopped) return;
      for (const deviceId of deviceIds) {
        try {
          const code = refusalOf(options.registry, deviceId);
          if (code !== null) options.disconnect(deviceId, code);
        } catch (cause) {
          // One device that cannot be read hides no other.
          fault ??= cause as Error;
        }
      }
    }
    if (fault !== null) onFault(fault);
    schedule();
  };
  const schedule = () => {
    if (!stopped) timer = setTimeout(look, pauseMs).unref();
  };
  schedule();
  return {
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Why a device may not stay connected; null when it may. */
function refusalOf(registry: Pick<DeviceRegistry, 'find'>, deviceId: string): Code | null {
  const device = registry.find(deviceId);
  if (device === null) return 'auth.unknown_device';
  return device.revokedAtMs === null ? null : 'auth.device_revoked';
}

async function* inTurns(all: readonly string[]): AsyncGenerator<readonly string[]> {
  for (let from = 0; from < all.length; from += DEVICES_PER_TURN) {
    yield all.slice(from, from + DEVICES_PER_TURN);
    await turn();
  }
}
