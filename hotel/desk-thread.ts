/** Entry of the desk's thread. It speaks `gateway/desk/messages.ts` with the main thread. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { DeskData, FromDesk, ToDesk } from '../gateway/desk/messages.ts';
import { nameThread } from '../workers/thread-name.ts';
import { CoreClient } from './core/core-client.ts';
import { ModeNews } from './core/mode-news.ts';
import { type Desk, openDesk } from './desk.ts';

/** Behind the threads of a tap, where cores are short; before the address for operators. */
const NICENESS = 5;

const port = parentPort;
if (!port) throw new Error('the desk is served by a thread');
const post = (message: FromDesk) => port.postMessage(message);

nameThread('desk');
try {
  setPriority(NICENESS);
} catch {
  // Another system than Linux: it goes before no other thread there either.
}
const core = new CoreClient((asked) => post(asked));
const modes = new ModeNews();
let desk: Desk | null = null;
port.on('message', (message: ToDesk) => {
  if (message.kind === 'stop') void stop();
  else if (message.kind === 'mode') modes.changed(message.mode, message.forced);
  else core.take(message);
});
try {
  desk = await openDesk(workerData as DeskData, { core, modes, tell: post });
  post({ kind: 'listening', port: await desk.listen() });
} catch (cause) {
  post({ kind: 'unusable', why: (cause as Error).message });
  await stop();
}

async function stop(): Promise<void> {
  await desk?.close();
  port?.close();
}
