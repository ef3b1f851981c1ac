/** Entry of the thread that holds the link to the platform. It speaks messages.ts with the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { nameThread } from '../../workers/thread-name.ts';
import { type LinkData, LinkSession } from './link-session.ts';
import type { FromLink, ToLink } from './messages.ts';

/** How often it says that it lives. */
const ALIVE_MS = 500;

const port = parentPort;
if (!port) throw new Error('the platform link runs as a thread');
const post = (message: FromLink) => port.postMessage(message);

/** Then nothing is left that could keep the thread alive. */
async function end(session: LinkSession | null): Promise<void> {
  await session?.stop();
  port?.close();
}

nameThread('link');
post({ kind: 'alive' });
setInterval(() => post({ kind: 'alive' }), ALIVE_MS).unref();
let session: LinkSession | null = null;
try {
  const started = new LinkSession(workerData as LinkData, post);
  session = started;
  port.on('message', (message: ToLink) => {
    if (message.kind === 'stop') void end(started);
    else started.receive(message);
  });
  await started.start();
} catch (error) {
  post({ kind: 'fatal', message: (error as Error).message });
  await end(session);
}
