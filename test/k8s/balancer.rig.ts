/**
 * The stand-in for kube-proxy and for DNS: at each service's address a listener hands connections to endpoints in turn, to ready
 * ones alone, as EndpointSlices say; and each service has a name in the pods' `/etc/hosts`.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { ApiClient, type Change } from './api-client.rig.ts';
import type { ControlPlane } from './control-plane.rig.ts';
import type { Network } from './network.rig.ts';
import type { EndpointSlice, Pod, Service } from './objects.rig.ts';

interface Listening {
  readonly address: string;
  readonly servers: readonly Server[];
}

export interface Counts {
  /** Connections handed on, and those for which no endpoint was ready. */
  handedOn: number;
  refused: number;
}

export class Balancer {
  readonly counts: Counts = { handedOn: 0, refused: 0 };
  readonly #api: ApiClient;
  readonly #network: Network;
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #listening = new Map<string, Listening>();
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  constructor(plane: ControlPlane, network: Network) {
    this.#api = new ApiClient(plane.target);
    this.#network = network;
    this.#api.follow<Service>('/api/v1/services', (change) => this.#serviceChanged(change));
    this.#api.follow<EndpointSlice>('/apis/discovery.k8s.io/v1/endpointslices', ({ type, object }) => {
      if (type === 'DELETED') this.#slices.delete(object.metadata.uid);
      else this.#slices.set(object.metadata.uid, object);
    });
  }

  /** Of one pod: itself, and every service by the names that DNS would know. */
  hosts(pod: Pod, address: string): string {
    const lines = ['127.0.0.1 localhost', `${address} ${pod.metadata.name}`];
    for (const { metadata, spec } of this.#services.values()) {
      const { name, namespace = '' } = metadata;
      if (spec.clusterIP !== undefined && spec.clusterIP !== 'None') {
        lines.push(`${spec.clusterIP} ${namesOf(name, namespace, pod)}`);
        continue;
      }
      for (const { addresses, hostname } of this.#endpointsOf(namespace, name)) {
        const names = [namesOf(name, namespace, pod)];
        if (hostname !== undefined) names.push(namesOf(`${hostname}.${name}`, namespace, pod));
        lines.push(`${addresses[0]} ${names.join(' ')}`);
      }
    }
    return `${lines.join('\n')}\n`;
  }

  async stop(): Promise<void> {
    this.#api.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#listening.keys()].map((uid) => this.#forget(uid)));
  }

  #serviceChanged({ type, object }: Change<Service>): void {
    const { uid } = object.metadata;
    if (type === 'DELETED') {
      this.#services.delete(uid);
      void this.#forget(uid);
      return;
    }
    this.#services.set(uid, object);
    const address = object.spec.clusterIP;
    if (address === undefined || address === 'None' || this.#listening.has(uid)) return;
    this.#network.addServiceAddress(address);
    const ports = (object.spec.ports ?? []).filter(({ protocol }) => protocol === 'TCP');
    const servers = ports.map(({ port, name }) => {
      const server = createServer((socket) => this.#handOn(uid, name, socket));
      // Whoever cannot be listened for is not reached, which the test sees.
      server.on('error', (error) => console.error(`service ${object.metadata.name}:`, error));
      server.listen(port, address);
      return server;
    });
    this.#listening.set(uid, { address, servers });
  }

  async #forget(uid: string): Promise<void> {
    const listening = this.#listening.get(uid);
    if (listening === undefined) return;
    this.#listening.delete(uid);
    const closing = listening.servers.map(async (server) => {
      server.close();
      if (server.listening) await once(server, 'close');
    });
    await Promise.all(closing);
    this.#network.removeServiceAddress(listening.address);
  }

  #handOn(uid: string, port: string | undefined, socket: Socket): void {
    this.#hold(socket);
    const target = this.#target(uid, port);
    if (target === null) {
      this.counts.refused++;
      socket.destroy();
      return;
    }
    this.counts.handedOn++;
    const onward = connect(target.port, target.address);
    this.#hold(onward);
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroySoon());
  }

  /** Null: none is ready. */
  #target(uid: string, portName: string | undefined): { address: string; port: number } | null {
    const service = this.#services.get(uid);
    if (service === undefined) return null;
    const { name, namespace = '' } = service.metadata;
    const ready = this.#slicesOf(namespace, name).flatMap((slice) => {
      const port = slice.ports?.find((each) => (each.name ?? '') === (portName ?? ''))?.port;
      if (port === undefined) return [];
      const endpoints = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
      return endpoints.flatMap(({ addresses }) => addresses.map((address) => ({ address, port })));
    });
    return ready[this.#turn++ % Math.max(1, ready.length)] ?? null;
  }

  #endpointsOf(namespace: string, service: string): NonNullable<EndpointSlice['endpoints']> {
    return this.#slicesOf(namespace, service).flatMap(({ endpoints }) => endpoints ?? []);
  }

  #slicesOf(namespace: string, service: string): EndpointSlice[] {
    return [...this.#slices.values()].filter(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === service,
    );
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    // A broken connection is told by its close.
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function namesOf(name: string, namespace: string, pod: Pod): string {
  const names = [
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
  ];
  if (pod.metadata.namespace === namespace) names.push(name);
  return names.join(' ');
}
