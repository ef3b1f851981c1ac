/** Every profile, small: it runs, its answers are right, and what it leaves is a result. No figure is looked at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Progress } from '../../bench/drive/progress.ts';
import { type BenchOptions, DEFAULT_OPTIONS } from '../../bench/options.ts';
import { PROFILES } from '../../bench/profiles/table.ts';
import { resultPage } from '../../bench/report/html.ts';
import { parseResult } from '../../bench/report/result.ts';
import { resultTable } from '../../bench/report/table.ts';

const fleets = mkdtempSync(join(tmpdir(), 'onecard-fleets-'));
afterAll(() => rmSync(fleets, { recursive: true }));

/** One fleet for all; chips that need no key to be drawn. Deadlines that a busy machine keeps. */
const SMALL: BenchOptions = {
  ...DEFAULT_OPTIONS,
  ...{ rate: 120, seconds: 1, cards: 120, connections: 3, chips: 'sm2', fleets, seed: 'smoke' },
  settings: { limits: { deadline_gate_ms: 5_000, deadline_desk_ms: 5_000 } },
};
/** What a profile needs otherwise. */
const OTHERWISE: Readonly<Record<string, Partial<BenchOptions>>> = {
  // Nothing holds it, so that the search ends soon.
  capacity: { sloP99Ms: 0.001 },
  replay: { seconds: 2.5 },
  // Of the list, not of the fleet.
  lists: { cards: 5_000 },
  register: { cards: 1_000 },
  engine: { seconds: 0.01 },
  crypto: { seconds: 0.01 },
  sm: { sloP99Ms: 0.001 },
};
const LONGEST_MS = 60_000;
/** They pack the product, wait a minute, or search two capacities: minutes of all the tests, for a figure nobody looks at here. */
const LONG: readonly string[] = ['start', 'idle', 'sm'];
const LONG_MS = 400_000;
const IS_FULL = process.env['ONECARD_FULL'] === '1';

/** `cluster` needs servers: test/cluster/bench.cluster.ts. */
const here = PROFILES.filter(({ name }) => name !== 'cluster' && (IS_FULL || !LONG.includes(name))).map(
  (profile) => [profile.name, profile] as const,
);

describe.each(here)('bench %s', (name, profile) => {
  test('runs, answers right, and leaves a result', {
    timeout: LONG.includes(name) ? LONG_MS : LONGEST_MS,
  }, async () => {
    const options = { ...SMALL, ...OTHERWISE[name] };
    const { result, wrong, lost } = await profile.run({ options, progress: new Progress(null) });
    expect(wrong).toBe(0);
    expect(lost).toBe(0);
    expect(parseResult(JSON.parse(JSON.stringify(result))).profile).toBe(name);
    expect(result.figures.length + result.phases.length).toBeGreaterThan(0);
    expect(result.decisions_sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const phase of result.phases) expect(phase.answered, phase.name).toBe(phase.intended);
    expect(resultPage(result)).toContain(result.title);
    expect(resultTable(result)).toContain(result.decisions_sha256);
    looksRight[name]?.(result.phases.at(-1)?.codes ?? {});
  });
});

type Codes = Readonly<Record<string, number>>;

const looksRight: Readonly<Record<string, (codes: Codes) => void>> = {
  cold: (codes) => expect(codes['allow.good']).toBeGreaterThan(0),
  outage: (codes) => expect(codes['allow.good']).toBeGreaterThan(0),
  replay: (codes) => expect(codes['deny.replayed']).toBeGreaterThan(0),
};
