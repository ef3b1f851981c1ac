/**
 * Before a run: strips the sources of their types once, by Node's own way of it, for the hundreds of processes and threads
 * that tests start; puts the packages of most modules into a few files; and lets Node keep what it compiles. A start costs
 * a third as much then.
 */
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'node_modules', '.cache', 'onecard-tests');
/** Of every folder, so that a new one is not forgotten. */
const SOURCES = '[!.]*/**/*.ts';
/** Folders that hold no sources of ours, or many files besides. */
const WITHOUT = new Set(['node_modules', 'target', 'dist', 'bench-results', 'data']);
/** By module of a package: name of the one file that stands for it. Typebox has 680 files, each of which takes a look-up. */
const BUNDLED = {
  typebox: 'typebox',
  'typebox/compile': 'typebox-compile',
  'typebox/value': 'typebox-value',
  jose: 'jose',
};

export default async function strip(): Promise<void> {
  await bundle();
  const folder = join(FOLDER, 'stripped');
  const wanted = new Set<string>();
  for (const name of globSync(SOURCES, {
    cwd: ROOT,
    exclude: (each) => WITHOUT.has(basename(each)),
  })) {
    if (name.endsWith('.test.ts') || name.endsWith('.d.ts')) continue;
    const file = join(ROOT, name);
    const { mtimeMs, size } = statSync(file);
    const kept = `${folder}${file}@${mtimeMs}-${size}.js`;
    wanted.add(kept);
    if (existsSync(kept)) continue;
    mkdirSync(dirname(kept), { recursive: true });
    // Another run may do the same now.
    const fresh = `${kept}.${process.pid}`;
    writeFileSync(fresh, strippedOf(readFileSync(file, 'utf8')));
    renameSync(fresh, kept);
  }
  for (const name of globSync('**/*.js', { cwd: folder })) {
    if (!wanted.has(join(folder, name))) rmSync(join(folder, name), { force: true });
  }
  process.env['ONECARD_TEST_STRIPPED'] = folder;
  process.env['NODE_COMPILE_CACHE'] = join(FOLDER, 'compiled');
  const preload = `--import ${new URL('./preload.js', import.meta.url).href}`;
  const given = process.env['NODE_OPTIONS'] ?? '';
  if (!given.includes(preload)) process.env['NODE_OPTIONS'] = `${given} ${preload}`.trim();
}

/** By their versions, so that other ones are bundled anew. */
async function bundle(): Promise<void> {
  const versions = ['typebox', 'jose', 'rolldown'].map((name) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
    return `${name}-${version}`;
  });
  const folder = join(FOLDER, 'bundled', versions.join('_'));
  if (!existsSync(folder)) {
    const input = Object.fromEntries(Object.entries(BUNDLED).map(([module, name]) => [name, module]));
    const bundled = await rolldown({ cwd: ROOT, input, platform: 'node', treeshake: false });
    // Another run may do the same now.
    const fresh = `${folder}.${process.pid}`;
    await bundled.write({ dir: fresh, format: 'esm' });
    await bundled.close();
    try {
      renameSync(fresh, folder);
    } catch {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  process.env['ONECARD_TEST_BUNDLED'] = JSON.stringify(
    Object.fromEntries(
      Object.entries(BUNDLED).map(([module, name]) => [
        module,
        pathToFileURL(join(folder, `${name}.js`)).href,
      ]),
    ),
  );
}

/** Node warns of it, which belongs in no report of tests. */
function strippedOf(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
