/** The folder that the console is served from. A clone has none until it is built: by a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HotelError } from '../hotel-error.ts';
import { builtFolder, hasSources } from './console-sources.ts';

const CONSOLE = fileURLToPath(new URL('../console/', import.meta.url));
/** Of a clone alone: no module of the package. */
const BUILD = fileURLToPath(new URL('../../deploy/console/build.ts', import.meta.url));
const PATIENCE_MS = 120_000;
const SAID_MAX_CHARACTERS = 2_000;

/** Says once that it builds. Rejects with HotelError when it cannot be built. */
export async function consoleFolder(signal: AbortSignal, onBuild: () => void): Promise<string> {
  if (!hasSources(CONSOLE)) return CONSOLE;
  const folder = builtFolder(CONSOLE);
  if (existsSync(join(folder, 'index.html'))) return folder;
  onBuild();
  await built(signal);
  return folder;
}

function built(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BUILD], {
      stdio: ['ignore', 'ignore', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-SAID_MAX_CHARACTERS);
    });
    child.once('error', (cause) => reject(new HotelError('unusable', cause.message)));
    child.once('close', (status) => {
      if (status === 0) resolve();
      else reject(new HotelError('unusable', `the console cannot be built: ${said.trim()}`));
    });
  });
}
