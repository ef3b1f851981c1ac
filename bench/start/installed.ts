/** What is started: the sources as they run in a clone, and the package as `npm pack` makes it of them. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Installed {
  /** `sources`, `package`, or the folder that was named. */
  readonly name: string;
  /** Of `cli/onecard.js`. */
  readonly launcher: string;
}

const LAUNCHER = 'cli/onecard.js';
const ENGINE = 'native/onecard-engine.node';
const SOURCES = fileURLToPath(new URL('../../', import.meta.url));
/** Where the compiled code of a package is, its root is above that. */
const ROOT = existsSync(join(SOURCES, LAUNCHER)) ? SOURCES : join(SOURCES, '..');
const IS_CLONE = existsSync(join(ROOT, 'tsconfig.package.json'));

/** In a clone both; in a package that is installed itself. */
export function ownInstalled(): readonly Installed[] {
  const own = { name: IS_CLONE ? 'sources' : 'package', launcher: join(ROOT, LAUNCHER) };
  return IS_CLONE ? [own, unpacked()] : [own];
}

export function installedAt(folder: string): Installed {
  return { name: folder, launcher: join(folder, LAUNCHER) };
}

/** As installed: its dependencies are found above it, the engine is one that was built here. Removed when this process ends. */
function unpacked(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  run('npm', ['pack', '--silent', '--pack-destination', folder], ROOT);
  const [tarball] = readdirSync(folder);
  run('tar', ['-xzf', join(folder, tarball ?? '')], folder);
  const root = join(folder, 'package');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  if (existsSync(join(ROOT, ENGINE))) {
    mkdirSync(join(root, 'native'), { recursive: true });
    copyFileSync(join(ROOT, ENGINE), join(root, ENGINE));
  }
  return { name: 'package', launcher: join(root, LAUNCHER) };
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed`, { cause: error });
}
