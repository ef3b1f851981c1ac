/** The commands of a page, as somebody would copy them: fenced blocks of `sh` under their headings. */
import { readFileSync } from 'node:fs';
import type { Cluster } from './cluster.rig.ts';
import { command } from './tools.rig.ts';

export interface Step {
  /** Of the nearest heading above it, and which of its blocks it is, from 1. */
  readonly name: string;
  readonly commands: string;
}

export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let heading = '';
  for (const [, title, commands] of readFileSync(page, 'utf8').matchAll(
    /^#+ (.+)$|^```sh\n([\s\S]*?)^```$/gm,
  )) {
    if (title !== undefined) heading = title;
    else {
      const before = steps.filter(({ name }) => name.startsWith(`${heading} `)).length;
      steps.push({ name: `${heading} ${before + 1}`, commands: commands ?? '' });
    }
  }
  return steps;
}

export interface RunOptions {
  readonly folder: string;
  /** Before all others on the path: what stands for programs that reach beyond this machine. */
  readonly standIns: string;
  readonly env?: Readonly<Record<string, string>>;
}

const STEP_MS_MAX = 600_000;

/** What it wrote. Rejects with all of it when a command failed. */
export async function runStep(
  cluster: Cluster,
  { name, commands }: Step,
  { folder, standIns, env = {} }: RunOptions,
): Promise<string> {
  const withTools = cluster.withTools({ cwd: folder, timeoutMs: STEP_MS_MAX });
  const path = `${standIns}:${withTools.env?.['PATH'] ?? ''}`;
  const ended = await command(['bash', '--norc', '-euo', 'pipefail', '-c', commands], {
    ...withTools,
    env: { ...withTools.env, ...env, PATH: path },
  });
  if (ended.status !== 0) {
    throw new Error(`"${name}" ended with ${ended.status}:\n${commands}\n${ended.stdout}${ended.stderr}`);
  }
  return ended.stdout;
}
