/** The thread of the platform link before it has anything to do. */
import type { Worker } from 'node:worker_threads';
import type { Settings } from '../../config/settings.ts';
import { endLinkThread, startLinkThread } from '../link/link-thread-life.ts';
import type { LinkThreadOptions } from './link-thread-options.ts';
import type { ClosingStack } from './run.ts';

/**
 * Has the thread of the link load its modules while the main thread reads what it needs: without it the one waits for the
 * other. Null: there is no platform.
 */
export async function startLinkAhead(
  { platform }: Settings,
  { linkEntry: entry, linkAhead: started }: LinkThreadOptions,
  closing: ClosingStack,
): Promise<Worker | null> {
  if (started && (!platform || entry)) await endLinkThread(started);
  if (!platform) return null;
  const worker = started && !entry ? started : startLinkThread(entry);
  // It keeps the process alive from now on.
  worker.ref();
  closing.add(() => endLinkThread(worker));
  return worker;
}
