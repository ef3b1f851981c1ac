/** What the log says of the connection to the bus: each time it is cut or back, and what is wrong when that changes. */
import type { BusState } from '../cluster/bus/connect.ts';
import type { Log } from '../observe/log.ts';

/** Called with each state. The gateway goes on with what it has while it is cut. `station`: null: it stands at none. */
export function tellOfBus(log: Log, station: string | null): (state: BusState) => void {
  const where = station === null ? {} : { station };
  let told: BusState | null = null;
  return (state) => {
    const { reachable, sinceMs, fault, version } = state;
    const [was, before] = [told?.reachable ?? false, told?.fault ?? null];
    if (reachable && !was) {
      const cutMs = told === null ? 0 : sinceMs - told.sinceMs;
      log.info({ ...where, version, cut_ms: cutMs }, 'the bus is reached');
    } else if (!reachable && was) {
      log.warn({ ...where, since_ms: sinceMs, fault }, 'the bus is cut; the gateway works on alone');
    } else if (!reachable && fault !== before && fault !== null) {
      log.warn({ ...where, since_ms: sinceMs, fault }, 'the bus is not reached; the gateway works alone');
    }
    told = state;
  };
}

export function carriesText(carries: boolean): string {
  return carries
    ? 'trust and lists come by the bus; the platform is not asked for them'
    : 'trust and lists do not come by the bus now; the platform is asked for them';
}
