/**
 * Before a run: strips the sources of their types once, by Node's own way of it, for the hundreds of processes and threads
 * that tests start; and lets Node keep what it compiles. A start costs half as much then.
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
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'node_modules', '.cache', 'onecard-tests');
const SOURCES = '{bench,cli,client,config,gateway,lists,native,platform,reports,verify,workers,test}/**/*.ts';

export default function strip(): void {
  const folder = join(FOLDER, 'stripped');
  const wanted = new Set<string>();
  for (const name of globSync(SOURCES, {
    cwd: ROOT,
    exclude: (each) => each === 'target' || each === 'node_modules',
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
