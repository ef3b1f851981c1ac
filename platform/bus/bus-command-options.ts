/** Options of `onecard platform` for the bus. */
import { InvalidArgumentError, Option } from 'commander';
import { UnusableError, wholeNumber } from '../command-options.ts';
import type { PlatformBusOptions } from './platform-bus.ts';

export interface BusCommandOptions {
  readonly bus?: readonly string[];
  readonly busCluster?: string;
  readonly busCredentials?: string;
  readonly busCa?: string;
  readonly busReplicas?: number;
}

const CLUSTER = /^[a-z0-9][a-z0-9-]{0,30}$/;

export const busCommandOptions = (): readonly Option[] => [
  new Option(
    '--bus <url...>',
    'NATS servers, 2.14 or newer with JetStream, over which lists go out and journals come in, such as tls://hub:4222',
  ).argParser(server),
  new Option(
    '--bus-cluster <name>',
    'name of the cluster of gateways (cluster.name of their settings)',
  ).argParser(clusterName),
  new Option('--bus-credentials <file>', 'JWT and seed that the servers know the platform by'),
  new Option('--bus-ca <file>', "roots that their certificates are verified by, PEM; default: the system's"),
  new Option('--bus-replicas <count>', 'servers that hold each message')
    .argParser(wholeNumber(1, 5))
    .default(1),
];

/** Undefined: there is no bus. Throws UnusableError for options that do not go together. */
export function busFrom(options: BusCommandOptions): PlatformBusOptions | undefined {
  const { bus: servers, busCluster: cluster, busCredentials, busCa, busReplicas } = options;
  if (servers === undefined) {
    if (cluster === undefined) return undefined;
    throw new UnusableError('--bus-cluster needs --bus, which names the NATS servers');
  }
  if (cluster === undefined) {
    throw new UnusableError('--bus needs --bus-cluster, the name of the cluster of gateways');
  }
  return {
    cluster,
    servers,
    ...(busCredentials !== undefined && { credentialsFile: busCredentials }),
    ...(busCa !== undefined && { caFile: busCa }),
    ...(busReplicas !== undefined && { replicas: busReplicas }),
  };
}

function server(text: string, before: readonly string[] | undefined): readonly string[] {
  const parsed = URL.parse(text);
  if (parsed !== null && /^(nats|tls):$/.test(parsed.protocol) && parsed.hostname !== '') {
    return [...(before ?? []), text];
  }
  throw new InvalidArgumentError('It must be like nats://127.0.0.1:4222 or tls://hub:4222.');
}

function clusterName(text: string): string {
  if (CLUSTER.test(text)) return text;
  throw new InvalidArgumentError('It has up to 31 small letters, digits and -.');
}
