/**
 * Lays out what the image has beside its base, in a clone where `npm ci` and `npm run build` have run:
 *
 *     node deploy/image/assemble.ts --out /image [--base-packages /var/lib/dpkg]
 *
 * The package as `npm pack` has it, the production packages of package-lock.json, the pinned Node, and the bill of materials.
 * Of built code only what this system can load is taken along.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { enginePackageName, platformName } from '../../native/index.ts';
import { builtEngine, layEnginePackage } from '../package/engine.ts';
import { isOfImage } from './image-files.ts';
import { billOfMaterials } from './sbom.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Owns the data folder; the Dockerfile and deploy/k8s name it too. */
const USER = 10_001;
const APP = '/opt/onecard';
const NODE = '/usr/local/bin/node';

const { values } = parseArgs({
  options: { out: { type: 'string' }, 'base-packages': { type: 'string' } },
});
if (values.out === undefined) throw new Error('--out says where the files of the image go');
assemble(values.out, values['base-packages'] ?? null);

interface Manifest {
  readonly bin: { readonly onecard: string };
}

function assemble(out: string, basePackages: string | null): void {
  const app = join(out, APP);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  for (const file of packedFiles()) copy(file, join(app, file));
  layEngine(app);
  for (const folder of productionPackages()) copy(folder, join(app, folder));
  symlinkSync(manifest.bin.onecard, join(app, 'onecard.js'));
  copy('node_modules/node/bin/node', join(out, NODE));
  strip(join(out, NODE));
  // For `kubectl exec … -- onecard`: the base has no shell and no env.
  const command = join(out, '/usr/local/bin/onecard');
  writeFileSync(command, `#!${NODE}\nimport('${APP}/onecard.js');\n`);
  chmodSync(command, 0o755);
  const bill = join(out, '/usr/share/sbom/onecard-gateway.cdx.json');
  mkdirSync(dirname(bill), { recursive: true });
  writeFileSync(bill, `${JSON.stringify(billOfMaterials(ROOT, basePackages), null, 1)}\n`);
  writeAccounts(out);
}

/** As its package, so that a start tells where it is from. */
function layEngine(app: string): void {
  const name = platformName();
  const built = builtEngine(ROOT, name);
  if (typeof built === 'string') throw new Error(built);
  layEnginePackage(ROOT, built, join(app, 'node_modules', enginePackageName(name)));
}

/** As `npm pack` lists them, less what only a build of the engine needs. */
function packedFiles(): string[] {
  const { status, stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
  });
  if (status !== 0) throw new Error('npm pack could not list the files of the package');
  const [pack] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  return pack.files.map(({ path }) => path).filter((path) => !path.startsWith('native/') && isOfImage(path));
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(packages)
    .filter(([folder, { dev, devOptional }]) => folder !== '' && !dev && !devOptional)
    .map(([folder]) => folder)
    .filter((folder) => existsSync(join(ROOT, folder)));
}

/** Packages within a package come by themselves, where they are of production. */
function copy(path: string, target: string): void {
  const from = join(ROOT, path);
  const inner = join(from, 'node_modules');
  mkdirSync(dirname(target), { recursive: true });
  cpSync(from, target, {
    recursive: true,
    dereference: true,
    filter: (file) => file !== inner && isOfImage(relative(ROOT, file)),
  });
}

/** Symbols of Node for debuggers: an eighth of it. */
function strip(file: string): void {
  const { status } = spawnSync('strip', [file], { stdio: 'inherit' });
  if (status !== 0) throw new Error('strip, of binutils, is needed');
  chmodSync(file, 0o755);
}

/** Folders that a volume may be laid over; without one they belong to the gateway all the same. */
function writeAccounts(out: string): void {
  for (const folder of ['/var/lib/onecard', '/etc/onecard'])
    mkdirSync(join(out, folder), { recursive: true });
  spawnSync('chown', [`${USER}:${USER}`, join(out, '/var/lib/onecard')]);
  chmodSync(join(out, '/var/lib/onecard'), 0o700);
}
