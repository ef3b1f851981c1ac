/** The thread of the platform link is started and ended here, and nothing else is loaded for it: it may be the first thing that a process does. */
import { Worker } from 'node:worker_threads';
import type { ToLink } from './messages.ts';

/** Three semi-spaces. What it sends on to the platform dies young: with V8's default of 48 they only take longer to fill. */
const YOUNG_GENERATION_MB = 6;
const ENTRY = new URL('./link-thread.ts', import.meta.url);
/** `threadId` of a thread that has ended. */
const ENDED = -1;
/** One that does not end by itself when asked is ended. */
const STOP_MS = 5_000;

/** A thread that loads its modules, and waits to be told what it is about. Nobody ends it but who started it, until then. */
export function startLinkThread(entry: URL = ENTRY): Worker {
  const worker = new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } });
  // One that died has a successor once it is needed.
  worker.on('error', () => {});
  return worker;
}

export function hasEnded(worker: Worker): boolean {
  return worker.threadId === ENDED;
}

/** Asks a thread to finish, and waits for it. Node warns of one that is ended while it reads its modules. */
export async function endLinkThread(worker: Worker): Promise<void> {
  if (hasEnded(worker)) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const timer = setTimeout(() => void worker.terminate(), STOP_MS);
  worker.postMessage({ kind: 'stop' } satisfies ToLink);
  await ended;
  clearTimeout(timer);
}
