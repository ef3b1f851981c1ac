/**
 * What starts a process or a thread of the gateway, joined into a few files in `dist/run/`: most of a start in single
 * modules is finding and reading nearly two thousand of them, on each thread again. The modules stay for whoever imports the
 * package; those that are started by their address only lead on to the joined ones.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';

/** The command line, and the threads that a gateway runs. */
const STARTED = [
  'cli/main.js',
  'gateway/cluster/store-thread/store-thread-entry.js',
  'gateway/compose/city-thread.js',
  'gateway/link/link-thread.js',
  'gateway/receipts/signing-thread-entry.js',
  'gateway/transport/admin/admin-thread.js',
  'hotel/desk-thread.js',
  'workers/serve.js',
  'workers/worker.js',
];
/** Packages that are joined too, with what they need: those of JavaScript alone that a start loads. Others are left where they are. */
const JOINED = new Set([
  '@noble/curves',
  '@noble/hashes',
  '@tufjs/canonical-json',
  '@tufjs/models',
  'cockatiel',
  'commander',
  'jose',
  'lru-cache',
  'prom-client',
  'tuf-js',
  'typebox',
  'yaml',
]);
const PACKAGES = '/node_modules/';
const LICENCE = /^(licen[cs]e|notice)(\.|$)/i;

/** `dist`: the compiled package, absolute. */
export async function bundleStarted(dist: string): Promise<void> {
  const run = join(dist, 'run');
  rmSync(run, { recursive: true, force: true });
  const bundle = await rolldown({
    input: Object.fromEntries(STARTED.map((file) => [nameOf(file), join(dist, file)])),
    platform: 'node',
    external: (id, importer) => isLeft(id, importer),
    plugins: [ownAddresses(dist, run)],
  });
  const { output } = await bundle.write({
    dir: run,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: true },
  });
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
  for (const file of STARTED) leadOn(dist, run, file, chunks);
  writeFileSync(join(run, 'LICENSES.txt'), licences(chunks.flatMap(({ moduleIds }) => moduleIds)));
}

const nameOf = (file: string) => file.replace(/\.js$/, '').replaceAll('/', '.');

/** Whether a module is found and read when it is needed, as before. */
function isLeft(id: string, importer: string | undefined): boolean {
  if (/^[./\0]/.test(id)) return false;
  return !JOINED.has(packageOf(id)) && importer?.includes(PACKAGES) !== true;
}

const packageOf = (id: string) => /^(@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? id;

/** A module's address stays what it was: files beside it are found by it. */
function ownAddresses(dist: string, run: string): Plugin {
  return {
    name: 'own-addresses',
    transform(code, id) {
      if (!id.startsWith(dist) || !code.includes('import.meta')) return null;
      const place = JSON.stringify(relative(run, id));
      const folder = JSON.stringify(`/${relative(run, dirname(id))}`);
      return code
        .replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`)
        .replaceAll('import.meta.dirname', `(import.meta.dirname + ${folder})`);
    },
  };
}

/** The module as it is started becomes one line. */
function leadOn(dist: string, run: string, file: string, chunks: readonly OutputChunk[]): void {
  const chunk = chunks.find(({ isEntry, name }) => isEntry && name === nameOf(file));
  if (chunk === undefined) throw new Error(`${file} was not joined`);
  const to = `'${relative(dirname(join(dist, file)), join(run, chunk.fileName))}'`;
  const exports = chunk.exports.length === 0 ? '' : `export { ${chunk.exports.join(', ')} } from `;
  writeFileSync(join(dist, file), `${exports || 'import '}${to};\n`);
  rmSync(join(dist, `${file}.map`), { force: true });
}

/** Of the packages that were joined, word by word, as they ask for. */
function licences(modules: readonly string[]): string {
  const folders = new Set(modules.filter((id) => id.includes(PACKAGES)).map(packageFolder));
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as Readonly<Record<string, string>>;
      const texts = readdirSync(folder).filter((file) => LICENCE.test(file));
      const said = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return [`${name} ${version} (${license})`, ...said].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

function packageFolder(id: string): string {
  const at = id.lastIndexOf(PACKAGES) + PACKAGES.length;
  return join(id.slice(0, at), packageOf(id.slice(at)));
}
