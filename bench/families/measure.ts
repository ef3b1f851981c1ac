/** How many presentations of a family one thread proves, in batches and one by one. */
import type { ProveItem } from '../../workers/contract.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { Prover } from '../../workers/prove.ts';
import type { Shown } from './shown.ts';

const REMEMBERED_BYTES = 67_108_864;
const MS_PER_S = 1_000;
const US_PER_MS = 1_000;
/** Rounds that are not measured: code is compiled in them. */
const WARM_UP_ROUNDS = 2;

export interface Figures {
  /** Presentations a second of cards that the thread has not seen, whose issuers it has. */
  readonly firstPerS: number;
  /** The same cards shown again. */
  readonly againPerS: number;
}

export interface Measured {
  readonly family: string;
  readonly bytes: number;
  readonly isBound: boolean;
  readonly batch32: Figures;
  /** Microseconds each, one by one: first, and again. */
  readonly alone: { readonly firstUs: number; readonly againUs: number };
}

/** `seconds`: of measured time for each figure, about. Throws where a presentation is not proven. */
export function measure(shown: Shown, seconds: number): Measured {
  const batch32 = medianRates(shown, 32, seconds);
  const alone = medianRates(shown, 1, seconds);
  return {
    family: shown.family,
    bytes: shown.bytes,
    isBound: shown.isBound,
    batch32,
    alone: {
      firstUs: (MS_PER_S * US_PER_MS) / alone.firstPerS,
      againUs: (MS_PER_S * US_PER_MS) / alone.againPerS,
    },
  };
}

/** Every round begins with an empty memory, so that a card is new in it. */
function medianRates(shown: Shown, batch: number, seconds: number): Figures {
  const rounds: Figures[] = [];
  let spentMs = 0;
  for (let round = 0; round < WARM_UP_ROUNDS || spentMs < seconds * MS_PER_S; round += 1) {
    const prover = new Prover(chooseEngine('auto').engine, REMEMBERED_BYTES);
    const revision = prover.loadTrust(shown.trust);
    proveAll(prover, revision, shown.before, batch);
    const firstMs = proveAll(prover, revision, shown.first, batch);
    const againMs = proveAll(prover, revision, shown.again, batch);
    prover.keepOnly('');
    if (round < WARM_UP_ROUNDS) continue;
    spentMs += firstMs;
    const rate = (ms: number) => (shown.first.length * MS_PER_S) / ms;
    rounds.push({ firstPerS: rate(firstMs), againPerS: rate(againMs) });
  }
  return {
    firstPerS: median(rounds.map(({ firstPerS }) => firstPerS)),
    againPerS: median(rounds.map(({ againPerS }) => againPerS)),
  };
}

/** Milliseconds it took. */
function proveAll(prover: Prover, revision: string, items: readonly ProveItem[], batch: number): number {
  const startedMs = performance.now();
  for (let at = 0; at < items.length; at += batch) {
    for (const { ok, code } of prover.prove(items.slice(at, at + batch), revision, false)) {
      if (!ok) throw new Error(`a good presentation was refused: ${code}`);
    }
  }
  return performance.now() - startedMs;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
