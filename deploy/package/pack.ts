/**
 * `npm run package`: the package and, beside it, those that have the engine built, one for each platform:
 *
 *     node deploy/package/pack.ts [--out DIR] [--engine PLATFORM …] [--for-registry]
 *
 * --engine     linux-x64-gnu, linux-arm64-gnu, linux-x64-musl, linux-arm64-musl, darwin-arm64, darwin-x64, win32-x64, or all that
 *              can be built here; default: this platform, as it was built by npm ci. What was asked for by name and cannot be
 *              built ends this with status 1.
 * --for-registry  names the packages with engines in DIR as optional dependencies of the package, so that npm brings the one that
 *              fits. Only for a registry where the scope @onecard is yours: elsewhere it may be anybody's.
 *
 * Without the one for its platform the engine is built by `cargo` where that is, and else JavaScript verifies.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { enginePackageName, platformName } from '../../native/index.ts';
import { ENGINE_TARGETS } from '../../native/targets.ts';
import { builtEngine, layEnginePackage } from './engine.ts';
import { npmPack } from './npm-pack.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ALL = 'all';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.' },
    engine: { type: 'string', multiple: true, default: [platformName()] },
    'for-registry': { type: 'boolean', default: false },
  },
});
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const isAll = values.engine.includes(ALL);
const engines = isAll ? ENGINE_TARGETS.map(({ name }) => name) : values.engine;
const left = engines.filter((name) => !packEngine(name));
npmPack(ROOT, out);
if (values['for-registry']) nameEngines();
const isDefault = process.argv.every((argument) => !argument.startsWith('--engine'));
if (left.length > 0 && !isAll && !isDefault) process.exitCode = 1;

/** False, having said why, where it cannot be built here. */
function packEngine(name: string): boolean {
  const built = builtEngine(ROOT, name);
  if (typeof built === 'string') {
    console.error(`${enginePackageName(name)} was not made: ${built}`);
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), 'onecard-engine-'));
  layEnginePackage(ROOT, built, folder);
  npmPack(folder, out);
  rmSync(folder, { recursive: true });
  return true;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** Packs the package once more, with the engines that are in the folder as optional dependencies, of just this version. */
function nameEngines(): void {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const files = readdirSync(out);
  const there = ENGINE_TARGETS.map((target) => enginePackageName(target.name)).filter((engine) =>
    files.includes(`${engine.slice(1).replace('/', '-')}-${version}.tgz`),
  );
  const folder = mkdtempSync(join(tmpdir(), 'onecard-package-'));
  const tarball = join(out, `${name}-${version}.tgz`);
  const { status } = spawnSync('tar', ['-xzf', tarball, '-C', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${tarball} cannot be unpacked`);
  const file = join(folder, 'package/package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const optionalDependencies = Object.fromEntries(there.map((engine) => [engine, version]));
  writeFileSync(file, `${JSON.stringify({ ...manifest, optionalDependencies }, null, 2)}\n`);
  // Compiled already.
  npmPack(join(folder, 'package'), out, '--ignore-scripts');
  rmSync(folder, { recursive: true });
}
