/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by the processes and threads of tests: sources that were stripped of their
 * types before the run are loaded as they were stripped then (`strip.rig.ts`), instead of by each process once more, and
 * packages from the one file they were put into. A file that was changed since, or was not there, is loaded as ever.
 */
import { readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = process.env['ONECARD_TEST_STRIPPED'] ?? '';
const bundled = new Map(Object.entries(JSON.parse(process.env['ONECARD_TEST_BUNDLED'] ?? '{}')));

function stripped(path) {
  const { mtimeMs, size } = statSync(path);
  try {
    return readFileSync(`${folder}${path}@${mtimeMs}-${size}.js`, 'utf8');
  } catch {
    return null;
  }
}

/** Where a source names another by its whole path, as all of ours do, there is nothing to look for. */
function beside(specifier, parent) {
  const isSource = folder !== '' && specifier.startsWith('.') && specifier.endsWith('.ts');
  return isSource && parent?.startsWith('file:') ? new URL(specifier, parent).href : null;
}

registerHooks({
  resolve(specifier, context, next) {
    const url = bundled.get(specifier) ?? beside(specifier, context.parentURL);
    return url === null ? next(specifier, context) : { url, shortCircuit: true };
  },
  load(url, context, next) {
    const isSource = folder !== '' && url.startsWith('file:') && url.endsWith('.ts');
    const source = isSource ? stripped(fileURLToPath(url)) : null;
    return source === null ? next(url, context) : { format: 'module', source, shortCircuit: true };
  },
});
