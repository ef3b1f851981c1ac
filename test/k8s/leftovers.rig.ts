/** What a run that was killed left behind: containers, networks and folders are named by the process that made them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const FOLDER_PREFIX = `onecard-k8s-${process.pid}-`;
export const CONTAINER_PREFIX = FOLDER_PREFIX;
/** Links have 15 characters at most. */
export const NETWORK_PREFIX = `ok${process.pid.toString(36)}`;

export function removeLeftovers(): void {
  for (const container of lines('runc', 'list', '-q')) {
    if (isLeft(/^onecard-k8s-(\d+)-/.exec(container)?.[1], 10))
      spawnSync('runc', ['delete', '--force', container]);
  }
  for (const line of lines('ip', 'netns', 'list')) {
    const [namespace = ''] = line.split(' ');
    if (isLeft(/^ok([0-9a-z]+)-\d+$/.exec(namespace)?.[1], 36)) spawnSync('ip', ['netns', 'del', namespace]);
  }
  for (const line of lines('ip', '-o', 'link', 'show', 'type', 'bridge')) {
    const [, bridge = '', pid] = /^\d+: (ok([0-9a-z]+)):/.exec(line) ?? [];
    if (isLeft(pid, 36)) spawnSync('ip', ['link', 'del', bridge]);
  }
  for (const folder of readdirSync(tmpdir())) {
    if (isLeft(/^onecard-k8s-(\d+)-/.exec(folder)?.[1], 10)) {
      rmSync(join(tmpdir(), folder), { recursive: true, force: true });
    }
  }
}

function isLeft(pid: string | undefined, radix: number): boolean {
  return pid !== undefined && !existsSync(`/proc/${Number.parseInt(pid, radix)}`);
}

function lines(program: string, ...args: readonly string[]): string[] {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return (stdout ?? '').split('\n').filter((line) => line !== '');
}
