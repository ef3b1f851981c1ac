/**
 * `onecard serve` starts the thread of the platform link before it reads its own modules, which takes both as long. Whether
 * there is a platform is guessed from the file of settings as it is: the settings are read, and checked, later.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { startLinkThread } from '../gateway/link/link-thread-life.ts';

/** A larger file is left to whoever checks it. */
const FILE_BYTES_MAX = 1_048_576;
const PLATFORM_VARIABLES = 'ONECARD_PLATFORM__';

/** The thread, which keeps no process alive; null where none seems to be needed. `args`: behind `onecard`. */
export function linkAhead(args: readonly string[], environment: NodeJS.ProcessEnv): Worker | null {
  if (args[0] !== 'serve') return null;
  const { config, check, help } = parseArgs({
    args: args.slice(1),
    options: {
      config: { type: 'string' },
      check: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
  }).values;
  if (check || help) return null;
  const file = typeof config === 'string' ? config : environment['ONECARD_CONFIG'];
  const named = Object.keys(environment).some((name) => name.startsWith(PLATFORM_VARIABLES));
  if (!named && !(file !== undefined && namesPlatform(file))) return null;
  const worker = startLinkThread();
  worker.unref();
  return worker;
}

/** What is no plain file may be read once only. */
function namesPlatform(file: string): boolean {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > FILE_BYTES_MAX) return false;
    const settings: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof settings === 'object' && settings !== null && Object.hasOwn(settings, 'platform');
  } catch {
    // The settings say later what is wrong with it.
    return false;
  }
}
