/** Whether the system lets this process have as many connections as the settings promise. */
import { readFileSync } from 'node:fs';
import type { Limits } from '../../config/settings.ts';
import type { Log } from '../observe/log.ts';
import { GatewayStartError } from './start-error.ts';

/** Data files, threads and their pipes, connections to the platform, with room to spare. */
const OTHER_FILES = 256;

/** Open files this process may have; null where the system does not say (it is Linux that does, proc(5)). */
export function openFilesMax(): number | null {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return null;
  }
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? [];
  return soft === undefined || soft === 'unlimited' ? null : Number(soft);
}

/**
 * Below this a start fails half-way, in ways that say little: threads that do not start, a data file's library that
 * crashes (both were seen). A gateway with one thread opens some 36 files before its first connection.
 */
const OPEN_FILES_MIN = 128;

/** Throws GatewayStartError where there are too few to start at all, and warns where connections will lack some. */
export function checkFileLimit(
  { connections, hellos, http_connections }: Pick<Limits, 'connections' | 'hellos' | 'http_connections'>,
  log: Log,
  max = openFilesMax(),
): void {
  const needed = connections + hellos + http_connections + OTHER_FILES;
  if (max === null || max >= needed) return;
  const remedy = 'raise the limit (ulimit -n, LimitNOFILE of systemd)';
  if (max < OPEN_FILES_MIN) {
    throw new GatewayStartError(
      `the system lets this process open ${max} files, and a gateway needs ${OPEN_FILES_MIN} to start: ${remedy}`,
    );
  }
  log.warn(
    { open_files_max: max, open_files_needed: needed, connections, hellos, http_connections },
    `the system lets this process open ${max} files, and limits.connections, hellos and http_connections need ${needed}: ${remedy} or lower these`,
  );
}
