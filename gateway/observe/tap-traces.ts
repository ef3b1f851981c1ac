/**
 * Spans of taps, made from what passes between the stages anyway: whoever builds the pipeline puts this around its
 * proving threads and its events where traces are wanted, and nothing where they are not. A span says which code, mode and
 * scene, and when each stage began and ended; of whom, it does not know.
 */
import type { PackedItem } from '../../workers/contract.ts';
import type { Span } from '../outbound/otlp-exporter.ts';
import type { PipelineEvents, PipelineOptions } from '../tap/pipeline.ts';

type Proving = Pick<PipelineOptions['pool'], 'size' | 'room' | 'run'>;

export interface TapTracesOptions {
  /** Of so many taps one is traced. */
  readonly oneIn: number;
  /** Milliseconds since 1970 UTC. */
  readonly wallClockMs: () => number;
  readonly onSpan: (span: Span) => void;
}

/** Monotonic, milliseconds. */
interface Proven {
  readonly beganAt: number;
  readonly endedAt: number;
  readonly batchItems: number;
}

export class TapTraces {
  readonly #options: TapTracesOptions;
  /** By the digest of the presentation, the very object that stands in the record. */
  readonly #proven = new WeakMap<Uint8Array, Proven>();
  /** Told immediately before the decisions that it is of. */
  #journalMs = 0;

  constructor(options: TapTracesOptions) {
    this.#options = options;
  }

  /** The same threads; taps that are to be traced are noted on the way. */
  around(pool: Proving): Proving {
    return {
      get size() {
        return pool.size;
      },
      get room() {
        return pool.room;
      },
      run: (items) => this.#run(pool, items),
    };
  }

  /** The same events, with spans made of them. */
  beside(events: PipelineEvents): PipelineEvents {
    return {
      ...events,
      stage: (stage, elapsedMs) => {
        if (stage === 'journal') this.#journalMs = elapsedMs;
        events.stage(stage, elapsedMs);
      },
      decided: (record, deviceClass, elapsedMs) => {
        events.decided(record, deviceClass, elapsedMs);
        const proven = this.#proven.get(record.digest);
        if (proven === undefined) return;
        const { family, scene, mode, answer } = record;
        const about = { family, scene, mode, outcome: answer.outcome, code: answer.code, class: deviceClass };
        this.#options.onSpan(this.#span(about, proven, elapsedMs));
      },
    };
  }

  #run(pool: Proving, items: readonly PackedItem[]): ReturnType<Proving['run']> {
    const beganAt = performance.now();
    const running = pool.run(items);
    if (running === null) return null;
    return running.then((outcome) => {
      if (outcome.kind === 'verdicts') {
        const proven = { beganAt, endedAt: performance.now(), batchItems: items.length };
        for (const { presentationDigest } of outcome.verdicts) {
          if (Math.random() * this.#options.oneIn < 1) this.#proven.set(presentationDigest, proven);
        }
      }
      return outcome;
    });
  }

  #span(about: Readonly<Record<string, string>>, proven: Proven, elapsedMs: number): Span {
    const now = performance.now();
    const endMs = this.#options.wallClockMs();
    const at = (monotonic: number) => endMs - (now - monotonic);
    const [startedAt, journalAt] = [now - elapsedMs, now - this.#journalMs];
    const named = Object.entries(about).map(([name, value]) => [`onecard.${name}`, value]);
    return {
      name: 'tap',
      startMs: endMs - elapsedMs,
      endMs,
      attributes: {
        ...Object.fromEntries(named),
        'onecard.batch_items': proven.batchItems,
        'onecard.queue_ms': proven.beganAt - startedAt,
        'onecard.prove_ms': proven.endedAt - proven.beganAt,
        'onecard.decide_ms': journalAt - proven.endedAt,
        'onecard.journal_ms': this.#journalMs,
      },
      events: [
        { name: 'prove begins', atMs: at(proven.beganAt) },
        { name: 'proven', atMs: at(proven.endedAt) },
        { name: 'journal begins', atMs: at(journalAt) },
        { name: 'durable', atMs: endMs },
      ],
    };
  }
}
