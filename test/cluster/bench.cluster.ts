/** The benchmarks of many gateways, small: they run, their answers are right, and they say so. No figure is looked at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { runCity } from '../../bench/city/city.ts';
import { cityTable } from '../../bench/city/city-table.ts';
import { Progress } from '../../bench/drive/progress.ts';
import { DEFAULT_OPTIONS } from '../../bench/options.ts';
import { cluster } from '../../bench/profiles/cluster.ts';
import { parseResult } from '../../bench/report/result.ts';
import { clusterMissing } from './servers.rig.ts';

const missing = clusterMissing();

test.skipIf(missing)(
  'bench city: every answer right, every upload confirmed, every delta everywhere',
  async () => {
    const options = {
      gateways: 12,
      rates: [150],
      seconds: 1,
      deltasPerS: 2,
      seed: 'smoke',
      nats: null,
      store: null,
    };
    const report = await runCity(options, new Progress(null));
    const [load] = report.loads;
    expect(load?.faults).toEqual([]);
    expect(report.passed).toBe(true);
    expect(load?.questions.answered).toBe(load?.questions.intended);
    expect(load?.confirmed.count).toBeGreaterThan(0);
    expect(load?.delta_at_gateway.count).toBe(24);
    expect(report.real).toMatchObject({ gateways: 12, bus_connections: 13, store_connections: 13 });
    for (const { name, measured } of load?.compared ?? []) expect(measured, name).not.toBeNull();
    expect(cityTable(report)).toContain('150/s: model and measurement');
  },
);

/** Four pairs and two searches for capacity take a minute. */
const whole = process.env['ONECARD_FULL'] === '1';

test.skipIf(missing ?? !whole)(
  'bench cluster: the same taps alone and in a cluster, each judged rightly',
  async () => {
    const fleets = mkdtempSync(`${tmpdir()}/onecard-fleets-`);
    onTestFinished(() => rmSync(fleets, { recursive: true }));
    const options = {
      ...DEFAULT_OPTIONS,
      ...{
        rate: 120,
        seconds: 0.5,
        cards: 120,
        connections: 3,
        chips: 'sm2' as const,
        family: 'transit-qr',
        fleets,
      },
      // Nothing holds it, so that the search for capacity ends soon.
      ...{ seed: 'smoke', sloP99Ms: 0.001 },
      settings: { limits: { deadline_gate_ms: 5_000, deadline_desk_ms: 5_000 } },
    };
    const { result, wrong, lost } = await cluster.run({ options, progress: new Progress(null) });
    expect([wrong, lost]).toEqual([0, 0]);
    expect(parseResult(JSON.parse(JSON.stringify(result))).profile).toBe('cluster');
    for (const phase of result.phases) expect(phase.answered, phase.name).toBe(phase.intended);
    const checks = new Map(result.verdict?.checks.map(({ name, seen }) => [name, seen]));
    expect([...checks.keys()]).toContain('capacity in a cluster');
    // The store was really asked.
    expect(Number.parseInt(checks.get('shared replay, asked') ?? '', 10)).toBeGreaterThan(0);
  },
);
