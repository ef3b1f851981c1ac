/** Entry of the thread that serves operators. It speaks messages.ts with the main thread. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Code } from '../../../config/codes.ts';
import { nameThread } from '../../../workers/thread-name.ts';
import { AdminServer } from './admin-server.ts';
import type { AdminData, Asked, FromAdmin, Page, ToAdmin } from './messages.ts';

/** Behind every other thread of the gateway, where cores are short. On Linux niceness is of a thread, setpriority(2). */
const NICENESS = 10;
/** Then those who ask are told that the main thread does not answer. */
const ANSWER_MS = 5_000;

const port = parentPort;
if (!port) throw new Error('operators are served by a thread');
const post = (message: FromAdmin) => port.postMessage(message);

interface Waiting {
  readonly resolve: (page: Page) => void;
  readonly timer: NodeJS.Timeout;
}

const waiting = new Map<Asked, Waiting>();
const refused = new Map<Code, number>();

function ask(asked: Asked): Promise<Page> {
  post({ kind: 'asked', asked, refused: [...refused] });
  refused.clear();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(asked);
      reject(new Error('the main thread does not answer'));
    }, ANSWER_MS);
    waiting.set(asked, { resolve, timer });
  });
}

function answered(asked: Asked, page: Page): void {
  const waits = waiting.get(asked);
  waiting.delete(asked);
  if (waits === undefined) return;
  clearTimeout(waits.timer);
  waits.resolve(page);
}

nameThread('admin');
try {
  setPriority(NICENESS);
} catch {
  // Another system than Linux: it goes before no other thread there either.
}
const { host, port: listenPort, ...data } = workerData as AdminData;
try {
  const server = new AdminServer({
    ...data,
    ask,
    refused: (code) => refused.set(code, (refused.get(code) ?? 0) + 1),
  });
  port.on('message', (message: ToAdmin) => {
    if (message.kind === 'page') answered(message.asked, message.page);
    else if (message.kind === 'renewed') server.renew(message.secrets);
    else void server.close().then(() => port.close());
  });
  post({ kind: 'listening', port: await server.listen(host, listenPort) });
} catch (cause) {
  post({ kind: 'unusable', why: (cause as Error).message });
  port.close();
}
