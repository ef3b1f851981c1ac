/** Answers by the second of the run, and with them what the sampler saw: the series of a report. */
import type { Series } from '../report/result.ts';
import type { Outcomes } from './protocol.ts';
import type { Sample } from './sampler.ts';

const MS_PER_S = 1_000;

interface Second {
  intended: number;
  answered: number;
  refused: number;
  lost: number;
  wrong: number;
  generatorCores: number | null;
  readonly latenciesMs: number[];
}

export class Seconds {
  readonly #seconds: Second[] = [];

  /** `at_s`: seconds of the run. */
  answer(at_s: number, latencyMs: number, fate: 'judged' | 'wrong' | 'refused'): void {
    const second = this.#at(Math.floor(at_s));
    if (fate === 'refused') second.refused += 1;
    else {
      second.answered += 1;
      second.latenciesMs.push(latencyMs);
      if (fate === 'wrong') second.wrong += 1;
    }
  }

  /** `at_s`: when it was meant to be sent. */
  lost(at_s: number): void {
    this.#at(Math.floor(at_s)).lost += 1;
  }

  /** What was meant to be sent from `from_s` on, and what that took. */
  sent(from_s: number, timesMs: Float64Array, outcomes: readonly Outcomes[]): void {
    for (const ms of timesMs) this.#at(Math.floor(from_s + ms / MS_PER_S)).intended += 1;
    for (const { cores } of outcomes) {
      for (const [n, each] of cores.entries()) {
        const second = this.#at(Math.floor(from_s) + n);
        second.generatorCores = (second.generatorCores ?? 0) + each;
      }
    }
  }

  #at(n: number): Second {
    while (this.#seconds.length <= n) {
      this.#seconds.push({
        ...{ intended: 0, answered: 0, refused: 0, lost: 0, wrong: 0 },
        generatorCores: null,
        latenciesMs: [],
      });
    }
    return this.#seconds[Math.max(0, n)] as Second;
  }

  /** p50 and p99 in milliseconds and judged taps of a second; null where there was no answer. */
  summary(n: number): { readonly p50: number; readonly p99: number; readonly judged: number } | null {
    const { latenciesMs } = this.#at(n);
    if (latenciesMs.length === 0) return null;
    const sorted = Float64Array.from(latenciesMs).sort();
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
    return { p50: at(0.5), p99: at(0.99), judged: sorted.length };
  }

  series(samples: readonly Sample[], startedAtMs: number): Series {
    const sampleOf = new Map(samples.map((s) => [Math.floor((s.atMs - startedAtMs) / MS_PER_S), s]));
    const indexes = this.#seconds.map((_, n) => n);
    const summaries = indexes.map((n) => this.summary(n));
    return {
      time_s: indexes,
      intended_per_s: this.#seconds.map(({ intended }) => intended),
      answered_per_s: this.#seconds.map(({ answered }) => answered),
      refused_per_s: this.#seconds.map(({ refused }) => refused),
      lost_per_s: this.#seconds.map(({ lost }) => lost),
      wrong_per_s: this.#seconds.map(({ wrong }) => wrong),
      p50_ms: summaries.map((s) => s?.p50 ?? null),
      p99_ms: summaries.map((s) => s?.p99 ?? null),
      gateway_cores: indexes.map((n) => sampleOf.get(n)?.gatewayCores ?? null),
      generator_cores: this.#seconds.map(({ generatorCores }) => generatorCores),
      gateway_resident_mib: indexes.map((n) => sampleOf.get(n)?.residentMiB ?? null),
      mode: indexes.map((n) => sampleOf.get(n)?.mode ?? null),
    };
  }
}
