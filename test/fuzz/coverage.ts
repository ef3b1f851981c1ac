/**
 * Counts in this process which statements and branches run, of TypeScript that is loaded after `instrument`. Types are stripped,
 * counters are put in, and nothing is written anywhere.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';

const VARIABLE = '__onecard_fuzz__';

interface FileCounters {
  readonly s: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/** Files whose address has one of `parts` in it. */
export function instrument(parts: readonly string[]): void {
  const instrumenter = createInstrumenter({
    esModules: true,
    compact: true,
    coverageVariable: VARIABLE,
    preserveComments: false,
  });
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.ts') || !parts.some((part) => url.includes(part)))
        return nextLoad(url, context);
      const path = fileURLToPath(url);
      const source = stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip' });
      return { format: 'module', shortCircuit: true, source: instrumenter.instrumentSync(source, path) };
    },
  });
}

/**
 * Whether, since it was called last, a statement or branch ran that never had, or ran far more often than ever in one run
 * (each power of two counts as new).
 */
export function newReach(): () => boolean {
  const seen = new Map<unknown, Float64Array>();
  return () => {
    const files = (globalThis as unknown as Record<string, Record<string, FileCounters> | undefined>)[
      VARIABLE
    ];
    let isNew = false;
    for (const counters of Object.values(files ?? {})) {
      for (const counts of [counters.s as Record<string, number>, ...Object.values(counters.b)]) {
        if (advance(counts as Record<string, number>, seen)) isNew = true;
      }
    }
    return isNew;
  };
}

/** Takes the counts of one run and sets them back to zero. */
function advance(counts: Record<string, number>, seen: Map<unknown, Float64Array>): boolean {
  const keys = Object.keys(counts);
  let most = seen.get(counts);
  if (most === undefined) {
    most = new Float64Array(keys.length);
    seen.set(counts, most);
  }
  let isNew = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const count = counts[key] as number;
    if (count === 0) continue;
    counts[key] = 0;
    if (count < 2 * (most[i] as number) || count === most[i]) continue;
    most[i] = count;
    isNew = true;
  }
  return isNew;
}
