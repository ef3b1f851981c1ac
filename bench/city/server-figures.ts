/** What the two servers say of themselves, and what the system says of their processes. */
import { readFileSync } from 'node:fs';
import type { BenchNats, BenchServer } from '../drive/servers.ts';
import { cpuUs } from './process-time.ts';
import { RespConnection } from './resp-connection.ts';

/** Totals since the servers started. Null: not told. */
export interface ServerTotals {
  readonly atMs: number;
  readonly store: {
    readonly commands: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly memoryBytes: number;
    readonly keys: number;
  } | null;
  readonly storeCpuUs: number | null;
  readonly bus: {
    readonly messagesIn: number;
    readonly messagesOut: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly connections: number;
  } | null;
  readonly busCpuUs: number | null;
  readonly busMemoryBytes: number | null;
}

export class ServerFigures {
  readonly #nats: BenchNats;
  readonly #redis: BenchServer;
  readonly #store: RespConnection | null;

  private constructor(nats: BenchNats, redis: BenchServer, store: RespConnection | null) {
    this.#nats = nats;
    this.#redis = redis;
    this.#store = store;
  }

  static async open(nats: BenchNats, redis: BenchServer): Promise<ServerFigures> {
    return new ServerFigures(nats, redis, await RespConnection.open(redis.url).catch(() => null));
  }

  async totals(): Promise<ServerTotals> {
    const [store, bus] = [await this.#storeTotals(), await this.#busTotals()];
    const { pid } = this.#nats;
    return {
      ...{ atMs: performance.now(), store, storeCpuUs: cpuUs(this.#redis.pid), bus, busCpuUs: cpuUs(pid) },
      busMemoryBytes: residentBytes(pid),
    };
  }

  close(): void {
    this.#store?.close();
  }

  async #storeTotals(): Promise<ServerTotals['store']> {
    if (this.#store === null) return null;
    const said = await this.#store.ask('INFO');
    const of = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(said)?.[1] ?? 0);
    return {
      commands: of('total_commands_processed'),
      bytesIn: of('total_net_input_bytes'),
      bytesOut: of('total_net_output_bytes'),
      memoryBytes: of('used_memory'),
      keys: Number(/^db0:keys=(\d+)/m.exec(said)?.[1] ?? 0),
    };
  }

  async #busTotals(): Promise<ServerTotals['bus']> {
    const { monitor } = this.#nats;
    if (monitor === null) return null;
    const said = (await (await fetch(`${monitor}/varz`)).json()) as Readonly<Record<string, number>>;
    const of = (field: string) => said[field] ?? 0;
    return {
      messagesIn: of('in_msgs'),
      messagesOut: of('out_msgs'),
      bytesIn: of('in_bytes'),
      bytesOut: of('out_bytes'),
      connections: of('connections'),
    };
  }
}

/** proc(5), VmRSS. Null where there is no such thing. */
function residentBytes(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) * 1_024;
  } catch {
    return null;
  }
}
