/** Reads what a board of operators shows: at most once a second, whoever asks how often. */
import type { CardList } from '../../lists/card-list.ts';
import type { ModeState } from '../knowledge/mode/mode.ts';
import { DEVICE_CLASSES, type DeviceClass } from '../verification.ts';
import type { BoardReading, GateNames } from './desk-core.ts';

export interface BoardParts {
  readonly now: () => number;
  readonly mode: () => ModeState;
  readonly lists: () => readonly Pick<CardList, 'head' | 'size'>[];
  /** Names of the enrolled gates, in order. */
  readonly gates: () => readonly string[];
  readonly connected: () => Iterable<{ readonly deviceId: string }>;
  readonly connections: () => number;
  readonly sums: () => {
    readonly decided: BoardReading['decided'];
    readonly latency: readonly {
      readonly class: string;
      readonly buckets: readonly (readonly [le: number, count: number])[];
      readonly count: number;
      readonly sum: number;
    }[];
  };
  readonly depth: (deviceClass: DeviceClass) => number;
  readonly outboxWaiting: () => number;
}

const AT_MOST_EVERY_MS = 1_000;
/** A timer of a second may come a little early. */
const EARLY_MS = 100;
const NAMES_MAX = 200;

/** The same reading within a second. */
export function boardReader(parts: BoardParts): () => BoardReading {
  let last: { readonly at: number; readonly reading: BoardReading } | null = null;
  return () => {
    const at = performance.now();
    if (last === null || at - last.at >= AT_MOST_EVERY_MS - EARLY_MS) last = { at, reading: read(parts) };
    return last.reading;
  };
}

function read(parts: BoardParts): BoardReading {
  const { mode, sinceMs } = parts.mode();
  const atMs = parts.now();
  const up = new Set(Array.from(parts.connected(), ({ deviceId }) => deviceId));
  const { decided, latency } = parts.sums();
  return {
    ...{ atMs, mode, modeSinceMs: sinceMs, connections: parts.connections() },
    lists: parts.lists().map(({ head, size }) => ({
      name: head.name,
      ageMs: Math.max(0, atMs - head.issuedAtMs),
      cards: size,
    })),
    gates: {
      up: named(parts.gates().filter((gate) => up.has(gate))),
      down: named(parts.gates().filter((gate) => !up.has(gate))),
    },
    decided,
    latency: latency.map(({ sum, ...each }) => ({ ...each, sumSeconds: sum })),
    queued: DEVICE_CLASSES.reduce((queued, deviceClass) => queued + parts.depth(deviceClass), 0),
    outboxWaiting: parts.outboxWaiting(),
  };
}

function named(gates: readonly string[]): GateNames {
  return { count: gates.length, names: gates.slice(0, NAMES_MAX) };
}
