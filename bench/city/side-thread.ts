/** Threads of a city: gateways' side of the store, gateways' side of the bus, the platform's side. Orders in, results out. */
import { parentPort, Worker, workerData } from 'node:worker_threads';

interface Order {
  readonly n: number;
  readonly kind: string;
  readonly given: unknown;
}

type Answer =
  | { readonly n: number; readonly result: unknown }
  | { readonly n: number; readonly failed: string };

/** As a thread has it that carries orders out, one after the other. */
export function serveOrders(orders: Readonly<Record<string, (given: never) => Promise<unknown>>>): void {
  const port = parentPort;
  if (port === null) throw new Error('a side of the city runs as a thread');
  port.on('message', async ({ n, kind, given }: Order) => {
    try {
      const order = orders[kind];
      if (order === undefined) throw new Error(`there is no order ${kind}`);
      port.postMessage({ n, result: await order(given as never) } satisfies Answer);
    } catch (error) {
      port.postMessage({ n, failed: (error as Error).stack ?? String(error) } satisfies Answer);
    }
    if (kind === 'close') port.close();
  });
}

export function sideData<Data>(): Data {
  return workerData as Data;
}

/** As whoever gives orders has it. */
export class SideThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #n = 0;

  constructor(entry: URL, data: unknown) {
    this.#worker = new Worker(entry, { workerData: data });
    const fail = (error: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    this.#worker.on('error', fail);
    this.#worker.on('exit', () => fail(new Error('a side of the city ended')));
    this.#worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.n);
      this.#waiting.delete(answer.n);
      if ('failed' in answer) waiting?.reject(new Error(answer.failed));
      else waiting?.resolve(answer.result);
    });
  }

  ask<Result>(kind: string, given: unknown = null): Promise<Result> {
    this.#n += 1;
    const order: Order = { n: this.#n, kind, given };
    return new Promise((resolve, reject) => {
      this.#waiting.set(order.n, { resolve: (result) => resolve(result as Result), reject });
      this.#worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    await this.ask('close').catch(() => {});
    await this.#worker.terminate();
  }
}
