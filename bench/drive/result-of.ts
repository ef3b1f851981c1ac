/** What a run leaves, as one result. */
import { availableParallelism, loadavg } from 'node:os';
import { thisMachine } from '../machine.ts';
import { failOnText, type Objective } from '../objective.ts';
import type { Profile, ProfileOutcome } from '../profiles/profile.ts';
import type { RunResult } from '../report/result.ts';
import { verdictOf } from '../report/verdict.ts';
import type { Run } from './run.ts';

/** Load above what the machine has cores for, before the run, spoils it. */
const BUSY_LOAD = 0.5;

export function loadWarning(): string | null {
  const [load = 0] = loadavg();
  if (load < BUSY_LOAD * availableParallelism()) return null;
  return `the machine was busy before the run began: load ${load.toFixed(1)}`;
}

export function resultOf(
  profile: Pick<Profile, 'name'>,
  run: Run,
  outcome: ProfileOutcome,
  { busy, objective }: { readonly busy: string | null; readonly objective: Objective },
): RunResult {
  const { cpu, cores, memoryGiB, kernel, node, openssl, commit, packages } = thisMachine();
  const { settings, fleets, failOn, target, ...options } = run.options;
  return {
    v: 1,
    profile: profile.name,
    title: outcome.title,
    started_at: new Date(run.startedAtMs).toISOString(),
    seconds: (Date.now() - run.startedAtMs) / 1_000,
    seed: run.options.seed,
    options: {
      ...options,
      cards: run.fleet.city.cards ?? null,
      failOn: failOnText(failOn),
      ...(target && { url: target.url, gatewayId: target.gatewayId, devices: target.devices }),
    },
    machine: { cpu, cores, memory_gib: memoryGiB, kernel, scheduling: run.scheduling },
    versions: { node, openssl, ...packages },
    commit,
    engine: run.gateway.engine,
    settings: { ...settings },
    decisions_sha256: run.decisions.digest('hex'),
    phases: run.phases,
    series: run.seconds.series(run.sampler.samples, run.startedAtMs),
    samples: Object.fromEntries(Object.entries(run.samples).filter(([, values]) => values.length > 0)),
    figures: [
      ...outcome.figures,
      { name: 'cores of the platform, which would be elsewhere', value: platformCores(run), unit: 'cores' },
      {
        name: 'fleet',
        value: run.fleet.madeInMs === null ? 'from disk' : (run.fleet.madeInMs / 1_000).toFixed(1),
        unit: run.fleet.madeInMs === null ? '' : 's to make',
      },
    ],
    ...(outcome.headline && { headline: outcome.headline }),
    ...(outcome.mainPhase !== undefined && { main_phase: outcome.mainPhase }),
    verdict: verdictOf(objective, {
      phases: run.phases,
      unmeasured: run.unmeasured,
      checks: outcome.checks ?? [],
    }),
    ...(outcome.rates && { rates: outcome.rates }),
    ...(outcome.statements && { statements: [...outcome.statements] }),
    ...(outcome.tables && { tables: [...outcome.tables] }),
    warnings: [...(busy === null ? [] : [busy]), ...run.warnings],
  };
}

function platformCores(run: Run): number {
  const seen = run.sampler.samples.flatMap(({ platformCores: each }) => (each === null ? [] : [each]));
  return seen.length === 0 ? 0 : seen.reduce((sum, each) => sum + each, 0) / seen.length;
}
