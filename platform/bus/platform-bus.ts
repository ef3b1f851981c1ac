/**
 * The platform's side of the bus: one connection, and the streams that gateways follow and write to, which are made where
 * they are missing. Without it everything goes over HTTP.
 */
import { type BusOptions, checkBusFiles } from '../../gateway/cluster/bus/bus-options.ts';
import { type Bus, type BusSession, openBus } from '../../gateway/cluster/bus/connect.ts';
import { type BusNames, busNames } from '../../gateway/cluster/bus/subjects.ts';
import { ClusterError } from '../../gateway/cluster/cluster-error.ts';
import { makeStream, streamsOf } from './streams.ts';

export interface PlatformBusOptions {
  /** Name of the cluster whose gateways are spoken to (`cluster.name` of their settings). */
  readonly cluster: string;
  /** `nats://host:port`, or `tls://host:port`. */
  readonly servers: readonly string[];
  readonly credentialsFile?: string;
  readonly caFile?: string;
  readonly domain?: string;
  /** Servers that hold each message, 1, 3 or 5. Default 1. */
  readonly replicas?: number;
  /** Largest content of a message, bytes; larger lists are fetched over HTTP. Default 262,144. */
  readonly messageBytes?: number;
  /** How long lists and deltas stay in their stream, ms. Default 3 days. */
  readonly listsAgeMs?: number;
  /** Bytes of each stream on disk. Default 1 GiB. */
  readonly streamBytes?: number;
  readonly pingMs?: number;
  readonly reconnectMs?: number;
}

export interface PlatformBus {
  readonly bus: Bus;
  readonly names: BusNames;
  readonly messageBytes: number;
  /** Called at each session, when all streams are there. What it starts ends with `session.signal`. */
  attend(work: (session: BusSession) => void): void;
  close(): Promise<void>;
}

export type PlatformBusSettings = Required<Omit<PlatformBusOptions, 'credentialsFile' | 'caFile' | 'domain'>>;

const DAY_MS = 86_400_000;
export const DEFAULTS = {
  replicas: 1,
  messageBytes: 262_144,
  listsAgeMs: 3 * DAY_MS,
  streamBytes: 1_073_741_824,
  pingMs: 1_000,
  reconnectMs: 300,
} as const;
const AGAIN_MS = 1_000;

/** Throws ClusterError `unusable` for files that cannot be read. `onFault`: what is wrong with the bus; it is tried again. */
export function openPlatformBus(
  options: PlatformBusOptions,
  now: () => number,
  onFault: (error: Error) => void,
): PlatformBus {
  const settings = { ...DEFAULTS, ...options };
  const connection: BusOptions = { ...settings, name: `onecard platform of ${options.cluster}`, now };
  checkBusFiles(connection);
  const bus = openBus(connection);
  const names = busNames(options.cluster);
  const works: ((session: BusSession) => void)[] = [];
  let ready: BusSession | null = null;
  const makeAll = async (session: BusSession): Promise<void> => {
    while (!session.signal.aborted) {
      try {
        for (const stream of streamsOf(names, settings)) await makeStream(session.manager, stream);
        break;
      } catch (error) {
        if (!session.signal.aborted) onFault(error as Error);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
    if (session.signal.aborted) return;
    ready = session;
    session.signal.addEventListener('abort', () => {
      ready = null;
    });
    for (const work of works) work(session);
  };
  bus.attend((session) => void makeAll(session));
  let told = bus.state.fault;
  bus.onState(({ reachable, fault }) => {
    if (!reachable && fault !== null && fault !== told) onFault(new ClusterError('unreachable', fault));
    told = fault;
  });
  return {
    bus,
    names,
    messageBytes: settings.messageBytes,
    attend(work) {
      works.push(work);
      if (ready) work(ready);
    },
    close: () => bus.close(),
  };
}
