/** Tools that hold `deploy/`; `.ci/deploy-tools` installs what is missing here. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PATH = [join(process.env['ONECARD_DEPLOY_TOOLS'] ?? '', 'bin'), process.env['PATH']].join(delimiter);

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

export function isThere(tool: string): boolean {
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, tool)));
}

export function notThere(what: string): string {
  return `${what} is not here (.ci/deploy-tools installs it)`;
}

export function runTool([command = '', ...args]: readonly string[], input = ''): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, PATH },
  });
  return { status, output: `${stdout}${stderr}` };
}
