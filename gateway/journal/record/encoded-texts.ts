/**
 * Cache of encoded texts: five that follow one another in every record and repeat together (family, scene, policy and
 * revisions, or how something was proven). They are encoded once, then copied as one run. Most are the same string object
 * each time, so that comparing them costs nothing.
 */
import { writeTextOrNil } from './record-fields.ts';
import type { RecordMemory } from './record-memory.ts';

/** Scenes by families, or issuers by ways of proof: some dozens. With more, all are forgotten and learnt again. */
const RUNS_MAX = 256;
/** Runs longer than this are no names of ours, and not worth keeping. */
const RUN_BYTES_MAX = 512;

type Text = string | null;

interface Run {
  readonly a: Text;
  readonly b: Text;
  readonly c: Text;
  readonly d: Text;
  readonly e: Text;
  readonly written: Uint8Array;
  /** Another of the same key. */
  readonly next: Run | undefined;
}

export class EncodedTexts {
  readonly #runs = new Map<string, Run>();
  #size = 0;

  /** Writes the five at a position and returns the position behind them. `key`: the one that tells most runs apart. */
  write(memory: RecordMemory, at: number, key: string, a: Text, b: Text, c: Text, d: Text, e: Text): number {
    const { bytes } = memory;
    let run = this.#runs.get(key);
    while (run && (run.a !== a || run.b !== b || run.c !== c || run.d !== d || run.e !== e)) run = run.next;
    if (run) {
      const end = at + run.written.length;
      if (end <= bytes.length) bytes.set(run.written, at);
      return end;
    }
    let end = writeTextOrNil(memory, at, a);
    end = writeTextOrNil(memory, end, b);
    end = writeTextOrNil(memory, end, c);
    end = writeTextOrNil(memory, end, d);
    end = writeTextOrNil(memory, end, e);
    if (end <= bytes.length && end - at <= RUN_BYTES_MAX) {
      const written = Uint8Array.from(bytes.subarray(at, end));
      this.#keep(key, { a, b, c, d, e, written, next: this.#runs.get(key) });
    }
    return end;
  }

  #keep(key: string, run: Run): void {
    if (this.#size >= RUNS_MAX) {
      this.#runs.clear();
      this.#size = 0;
      return;
    }
    this.#runs.set(key, run);
    this.#size += 1;
  }
}
