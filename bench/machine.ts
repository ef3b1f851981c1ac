/** What a figure was measured on. Every report carries it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { serverLibraryName } from '../gateway/transport/server-library.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly openssl: string;
  readonly commit: string;
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = ['piscina', 'msgpackr', 'lmdb', 'lru-cache', '@noble/curves'];
const BYTES_PER_GIB = 1_073_741_824;

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / BYTES_PER_GIB),
    kernel: release(),
    node: process.version,
    openssl: process.versions.openssl ?? 'none',
    commit: commit(),
    packages: {
      'uWebSockets.js': serverLibraryName(),
      ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    },
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: import.meta.dirname,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    return (
      git('rev-parse', '--short', 'HEAD').trim() +
      (git('status', '--porcelain') === '' ? '' : ' with changes')
    );
  } catch {
    return 'no git';
  }
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
