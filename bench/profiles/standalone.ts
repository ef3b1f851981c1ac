/** Profiles that drive no gateway: a script of its own measures, and its figures become a result. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { loadWarning } from '../drive/result-of.ts';
import { thisMachine } from '../machine.ts';
import { failOnText, NONE, objectiveOf } from '../objective.ts';
import { type BenchOptions, OptionsError } from '../options.ts';
import type { RunResult } from '../report/result.ts';
import { verdictOf } from '../report/verdict.ts';
import type { Profile } from './profile.ts';

export interface StandaloneProfile {
  readonly name: string;
  readonly about: string;
  readonly title: string;
  /** In `bench/`. */
  readonly script: string;
  readonly args: (options: BenchOptions) => readonly string[];
  readonly read: (report: Readonly<Record<string, unknown>>) => StandaloneFigures;
}

export interface StandaloneFigures {
  readonly figures: RunResult['figures'];
  readonly wrong: number;
  /** What the same seed always gives, for the hash. */
  readonly verdicts: string;
}

export function standaloneProfile(profile: StandaloneProfile): Profile {
  const { name, about, title, script, args, read } = profile;
  return {
    name,
    about,
    async run({ options, progress }) {
      if (options.target !== null) throw new OptionsError(`--url: bench ${name} measures no gateway`);
      const objective = objectiveOf(name, { wrong: NONE }, ['wrong'], options.failOn);
      const busy = loadWarning();
      const startedAtMs = Date.now();
      progress.step(title);
      progress.done();
      const report = await reportOf(script, args(options), progress.isSilent);
      const { figures, wrong, verdicts } = read(report);
      const { cpu, cores, memoryGiB, kernel, node, openssl, commit, packages } = thisMachine();
      const { settings, fleets, failOn, target, ...given } = options;
      const result: RunResult = {
        v: 1,
        profile: name,
        title,
        started_at: new Date(startedAtMs).toISOString(),
        seconds: (Date.now() - startedAtMs) / 1_000,
        seed: options.seed,
        options: { ...given, failOn: failOnText(failOn) },
        machine: { cpu, cores, memory_gib: memoryGiB, kernel },
        versions: { node, openssl, ...packages },
        commit,
        engine: chooseEngine().engine.name,
        settings: { ...settings },
        decisions_sha256: createHash('sha256').update(verdicts).digest('hex'),
        phases: [],
        series: NO_SERIES,
        samples: {},
        figures,
        verdict: verdictOf(objective, { phases: [], unmeasured: { wrong } }),
        warnings: busy === null ? [] : [busy],
      };
      return { result, wrong, lost: 0 };
    },
  };
}

const NO_SERIES: RunResult['series'] = {
  time_s: [],
  intended_per_s: [],
  answered_per_s: [],
  refused_per_s: [],
  p50_ms: [],
  p99_ms: [],
  gateway_cores: [],
  generator_cores: [],
  gateway_resident_mib: [],
  mode: [],
};

/** The script ends with status 1 when an answer was wrong; its report says so too. */
async function reportOf(
  script: string,
  args: readonly string[],
  silent: boolean,
): Promise<Record<string, unknown>> {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args, '--json'], {
    stdio: ['ignore', 'pipe', silent ? 'ignore' : 'inherit'],
  });
  const said = await text(child.stdout);
  if (said.trim() === '') throw new Error(`${script} left no report`);
  return JSON.parse(said) as Record<string, unknown>;
}
