/**
 * One life of a proving thread: a port on which batches go out and come back in order, each as one transferred buffer.
 * Piscina starts, ends and replaces the thread; its task is the thread's whole life, because a task per batch costs more
 * than a small batch does.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { ServeOrder } from './serve.ts';
import type { FromThread, ToThread } from './thread-entry.ts';

export interface ThreadLinkEvents {
  /** Bytes are the reply to the oldest batch that has none. */
  readonly onMessage: (message: FromThread) => void;
  /** The thread ended. Called once, and not after `end`. */
  readonly onLost: (detail: string) => void;
}

export class ThreadLink {
  readonly #port: MessagePort;
  readonly #posted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #life = new AbortController();

  constructor(piscina: Piscina, life: Pick<ServeOrder, 'entry' | 'preferred'>, events: ThreadLinkEvents) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', events.onMessage);
    const order: ServeOrder = { ...life, port: port2, posted: this.#posted };
    const lost = (cause?: unknown) => {
      if (this.#life.signal.aborted) return;
      this.end();
      events.onLost(cause instanceof Error ? cause.message : 'the thread ended');
    };
    piscina.run(order, { transferList: [port2], signal: this.#life.signal }).then(() => lost(), lost);
  }

  postBatch(batch: Uint8Array<ArrayBuffer>): void {
    this.#post(batch, [batch.buffer]);
  }

  post(message: Exclude<ToThread, Uint8Array>): void {
    this.#post(message, []);
  }

  /** Ends the thread as it is now, whatever it does. No event comes afterwards. */
  end(): void {
    this.#port.removeAllListeners('message');
    this.#port.close();
    this.#life.abort();
  }

  #post(message: ToThread, transfer: ArrayBuffer[]): void {
    this.#port.postMessage(message, transfer);
    Atomics.add(this.#posted, 0, 1);
    Atomics.notify(this.#posted, 0);
  }
}
