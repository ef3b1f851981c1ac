/**
 * `npm run build:console [-- FOLDER]`: the console of the hotel desk, as browsers load it, each file beside itself in brotli.
 * Default folder: the one that a desk in a clone serves.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';
import { builtFolder } from '../../hotel/http/console-sources.ts';

const SOURCES = fileURLToPath(new URL('../../hotel/console/', import.meta.url));
const WORTH_BYTES = 512;
const OLD_MS = 600_000;
const TARGETS = ['es2023', 'chrome123', 'firefox121', 'safari17.5'];

const folder = process.argv[2] ?? builtFolder(SOURCES);
const making = `${folder}.${process.pid}`;
await build({
  root: SOURCES,
  configFile: false,
  base: '/',
  logLevel: 'warn',
  publicDir: false,
  build: {
    outDir: making,
    emptyOutDir: true,
    target: TARGETS,
    // It would put code and data into the page, which its policy does not let run.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: {
    format: 'es',
    // A worker is served under a policy of its own: by its folder.
    rolldownOptions: { output: { entryFileNames: 'workers/[name]-[hash].js' } },
  },
});
let bytes = 0;
for (const name of readdirSync(making, { recursive: true, encoding: 'utf8' })) {
  const file = join(making, name);
  if (!statSync(file).isFile()) continue;
  const content = readFileSync(file);
  bytes += content.length;
  if (content.length < WORTH_BYTES) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
}
// Several desks may build at once: the first one's is as good as the last one's.
try {
  if (process.argv[2] !== undefined) rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
} catch {
  rmSync(making, { recursive: true, force: true });
}
if (process.argv[2] === undefined) dropOld(folder);
process.stdout.write(`${folder}: ${Math.ceil(bytes / 1_024)} KiB\n`);

/** What was built from sources that are no more. One that is young may still be read by a desk that has just built it. */
function dropOld(current: string): void {
  for (const name of readdirSync(dirname(current))) {
    const old = join(dirname(current), name);
    const ageMs = Date.now() - (statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (name !== basename(current) && ageMs > OLD_MS) rmSync(old, { recursive: true, force: true });
  }
}
