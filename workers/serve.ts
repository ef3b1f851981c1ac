/**
 * What a proving thread does from its start to its end: waits for batches on a port and returns them, without the
 * event loop. Trust is loaded between batches, a little at a time, so that no batch waits for it. Ends when the port is told
 * to close (null), or with the error that proving threw.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { systemThreadId } from './thread-cpu.ts';
import type { FromThread, ThreadEntry, ToThread, TrustDelivery } from './thread-entry.ts';
import { nameThread } from './thread-name.ts';
import { preferThread } from './thread-priority.ts';
import type { Loading } from './trust/loading.ts';

export interface ServeOrder {
  readonly port: MessagePort;
  /** One counter: messages posted so far. Counted up after each, and notified. */
  readonly posted: Int32Array;
  /** Module whose default export is a ThreadEntry. */
  readonly entry: string;
  /** Whether the thread goes before others where cores are short. */
  readonly preferred: boolean;
}

/** How long a batch may wait for trust that is being loaded, and for the step that has begun. */
const SLICE_MS = 1;

export default async function serve({ port, posted, entry, preferred }: ServeOrder): Promise<void> {
  nameThread('prove');
  if (preferred) preferThread();
  const { default: thread } = (await import(entry)) as { default: ThreadEntry };
  const say = (message: Exclude<FromThread, Uint8Array>) => port.postMessage(message);
  const trust = new TrustLoad(thread, say);
  say({ kind: 'started', tid: systemThreadId() });
  let seen = 0;
  for (;;) {
    if (!trust.isUnderWay) Atomics.wait(posted, 0, seen);
    // Before the messages are taken: one that comes after is seen the next time round.
    seen = Atomics.load(posted, 0);
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const message = next.message as ToThread;
      if (message === null) return;
      if (message instanceof Uint8Array) {
        const reply = thread.prove(message);
        port.postMessage(reply, [reply.buffer]);
      } else if (message.kind === 'load') trust.begin(message.trust);
      else {
        trust.giveUp();
        thread.keepOnly(message.revision);
      }
      // Here too: a thread that always has a batch waiting must come to an end with it.
      trust.goOn();
    }
    trust.goOn();
  }
}

/** Trust that is being loaded. */
class TrustLoad {
  readonly #thread: ThreadEntry;
  readonly #say: (message: Exclude<FromThread, Uint8Array>) => void;
  #loading: Loading<unknown> | null = null;
  #revision = '';

  constructor(thread: ThreadEntry, say: (message: Exclude<FromThread, Uint8Array>) => void) {
    this.#thread = thread;
    this.#say = say;
  }

  get isUnderWay(): boolean {
    return this.#loading !== null;
  }

  begin(trust: TrustDelivery): void {
    this.giveUp();
    this.#revision = trust.revision;
    this.#loading = this.#thread.load(trust);
  }

  giveUp(): void {
    this.#loading?.return(undefined);
    this.#loading = null;
  }

  /** For a slice, and until the step in it is done. */
  goOn(): void {
    if (this.#loading === null) return;
    const until = performance.now() + SLICE_MS;
    try {
      while (this.#loading.next().done !== true) if (performance.now() >= until) return;
      this.#say({ kind: 'loaded', revision: this.#revision });
    } catch (cause) {
      this.#say({ kind: 'not_loaded', revision: this.#revision, message: (cause as Error).message });
    }
    this.#loading = null;
  }
}
