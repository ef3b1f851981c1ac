/**
 * What a proving thread does from its start to its end: waits for batches on a port and answers them, without the
 * event loop. Ends when the port is told to close (null), or with the error that proving threw.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { nameThread } from './thread-name.ts';
import { preferThread } from './thread-priority.ts';

export interface ServeOrder {
  readonly port: MessagePort;
  /** One counter: batches posted so far. Counted up after each, and notified. */
  readonly posted: Int32Array;
  /** Module whose default export proves one packed batch. */
  readonly entry: string;
  /** Whether the thread goes before others where cores are short. */
  readonly preferred: boolean;
}

type Prove = (packed: Uint8Array) => Uint8Array<ArrayBuffer>;

export default async function serve({ port, posted, entry, preferred }: ServeOrder): Promise<void> {
  nameThread('prove');
  if (preferred) preferThread();
  const { default: prove } = (await import(entry)) as { default: Prove };
  let seen = 0;
  for (;;) {
    Atomics.wait(posted, 0, seen);
    // Before the messages are taken: one that comes after is seen the next time round.
    seen = Atomics.load(posted, 0);
    for (let entry = receiveMessageOnPort(port); entry !== undefined; entry = receiveMessageOnPort(port)) {
      const packed = entry.message as Uint8Array | null;
      if (packed === null) return;
      const reply = prove(packed);
      port.postMessage(reply, [reply.buffer]);
    }
  }
}
