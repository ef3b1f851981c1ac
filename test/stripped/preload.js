/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by the processes and threads of tests: sources that were stripped of their
 * types before the run are loaded as they were stripped then (`strip.rig.ts`), instead of by each process once more. A
 * file that was changed since, or was not there, is loaded as ever.
 */
import { readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = process.env['ONECARD_TEST_STRIPPED'] ?? '';

function stripped(path) {
  const { mtimeMs, size } = statSync(path);
  try {
    return readFileSync(`${folder}${path}@${mtimeMs}-${size}.js`, 'utf8');
  } catch {
    return null;
  }
}

registerHooks({
  load(url, context, next) {
    const isSource = folder !== '' && url.startsWith('file:') && url.endsWith('.ts');
    const source = isSource ? stripped(fileURLToPath(url)) : null;
    return source === null ? next(url, context) : { format: 'module', source, shortCircuit: true };
  },
});
