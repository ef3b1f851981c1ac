/** Keeps the mode in a plain field, so that a tap reads it and nothing is worked out on its way. */
import type { ForcedMode } from './forced-mode.ts';
import type { Mode, ModeInputs, ModeKeeper, ModeState } from './mode.ts';
import { type ModeMemory, nextMode } from './mode-machine.ts';

const RECOMPUTE_MS = 100;
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
  /** Pause between two looks. */
  readonly recomputeMs?: number;
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
  const refresh = () => {
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
  const timer = setInterval(refresh, options.recomputeMs ?? RECOMPUTE_MS);
  return {
    get state() {
      return memory.state;
    },
    changes,
    refresh,
    stop: () => clearInterval(timer),
  };
}
