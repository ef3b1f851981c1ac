/** Keeps the mode in a plain field, so that a tap reads it and nothing is worked out on its way. */
import type { ForcedMode } from './forced-mode.ts';
import type { Mode, ModeInputs, ModeKeeper, ModeState } from './mode.ts';
import { type ModeMemory, nextMode } from './mode-machine.ts';

/** While a better mode has to hold before it counts. */
const HOLDING_MS = 100;
/** Otherwise: no longer, for a clock that is put right moves every edge of time. */
const REST_MS = 1_000;
const HISTORY_MAX = 100;

export interface ModeChange {
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  readonly from: Mode;
  readonly to: Mode;
  readonly forced: boolean;
  /** What the operator gave as reason; null unless forced. */
  readonly reason: string | null;
}

export interface ModeKeeperOptions {
  /** Read at each look; cheap. */
  readonly inputs: () => ModeInputs;
  /** The operator's override in force; null: none. */
  readonly forced: () => ForcedMode | null;
  /** Monotonic, milliseconds. Default `performance.now()`. */
  readonly now?: () => number;
  /** Mode, or whether it is forced, has changed. */
  readonly onChange: (previous: ModeState, next: ModeState) => void;
}

export interface RunningModeKeeper extends ModeKeeper {
  /** The last 100 changes, oldest first. */
  readonly changes: readonly ModeChange[];
  /** Looks at once: to be called when a list, trust, the probe or the override has changed. */
  refresh(): void;
  stop(): void;
}

/** The first state is worked out before this returns. */
export function createModeKeeper(options: ModeKeeperOptions): RunningModeKeeper {
  const { inputs, forced, onChange, now = () => performance.now() } = options;
  const changes: ModeChange[] = [];
  let memory: ModeMemory = nextMode(null, inputs(), forced()?.mode ?? null, now());
  const refreshed = () => {
    const override = forced();
    const previous = memory.state;
    memory = nextMode(memory, inputs(), override?.mode ?? null, now());
    const next = memory.state;
    if (next.mode === previous.mode && next.forced === previous.forced) return;
    if (changes.length === HISTORY_MAX) changes.shift();
    const reason = override?.reason ?? null;
    changes.push({ atMs: next.sinceMs, from: previous.mode, to: next.mode, forced: next.forced, reason });
    onChange(previous, next);
  };
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const refresh = () => {
    refreshed();
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(refresh, memory.better === null ? untilEdgeMs(inputs()) : HOLDING_MS);
  };
  refresh();
  return {
    get state() {
      return memory.state;
    },
    changes,
    refresh,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Until the next time that changes the mode by itself, within the bounds of a look. */
function untilEdgeMs({ list, trustUsableUntilMs, nowMs }: ModeInputs): number {
  const edges = [list?.freshUntilMs, list?.staleUntilMs, trustUsableUntilMs];
  const leftMs = edges.map((edge) => (edge === undefined ? REST_MS : edge - nowMs)).filter((ms) => ms > 0);
  return Math.min(REST_MS, ...leftMs);
}
