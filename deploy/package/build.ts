/**
 * `npm run build`: the package's compiled code in `dist/`, in the tree of its sources, with declarations and source maps.
 * To work on the gateway nothing is built; this is for `npm pack` alone. What is started is joined into a few files (`bundle.ts`).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareCity, preparedFile } from '../../config/city-document/prepared-city.ts';
import { bundleStarted } from './bundle.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');
/** What is read beside the code, as it is. */
const BESIDE = [
  'config/city',
  'config/hotel/rules.yaml',
  'config/hotel/report-file.yaml',
  'cli/exit-statuses.json',
  'cli/node-environment.json',
  'cli/node-flags.json',
  'cli/demo/hotel/page',
  'bench/report/page',
  'gateway/transport/admin/page',
  'bench/fleet/k6-script.js',
  'native/addon.d.ts',
];
/** Modules that are started by their address: threads and processes. */
const STARTED = /(new URL\((['"`])[^'"`]*)\.ts(\2, import\.meta\.url\))/g;
const STARTED_BESIDE = /(join\(import\.meta\.dirname, '[^']*)\.ts('\))/g;
const STARTED_BY_NAME = /(script: '[^']*)\.ts(')/g;
const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

await build();

async function build(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  const { status } = spawnSync('tsc', ['--project', 'tsconfig.package.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
  for (const file of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.js')) compiled(join(DIST, file));
  }
  await bundleStarted(DIST.replace(/\/$/, ''));
  for (const file of BESIDE) {
    mkdirSync(dirname(join(DIST, file)), { recursive: true });
    cpSync(join(ROOT, file), join(DIST, file), { recursive: true });
  }
  const city = join(DIST, 'config/city');
  writeFileSync(preparedFile(city), prepareCity(city));
  const { status: built } = spawnSync(
    process.execPath,
    [join(ROOT, 'deploy/console/build.ts'), join(DIST, 'hotel/console')],
    { cwd: ROOT, stdio: 'inherit' },
  );
  if (built !== 0) process.exit(1);
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(DIST, 'package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`);
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** Addresses of modules end as the compiled ones do. Throws when one was written in a way that is not known here. */
function compiled(file: string): void {
  const source = readFileSync(file, 'utf8');
  const text = source
    .replace(STARTED, '$1.js$3')
    .replace(STARTED_BESIDE, '$1.js$2')
    .replace(STARTED_BY_NAME, '$1.js$2');
  const left = text
    .replace(COMMENTS, '')
    .split('\n')
    .filter((line) => /\.ts['"`]/.test(line) && !line.includes('.d.ts'));
  if (left.length > 0)
    throw new Error(`${file} starts a module in a way the package does not know:\n${left.join('\n')}`);
  if (text !== source) writeFileSync(file, text);
}
