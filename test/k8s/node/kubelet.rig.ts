/** The stand-in for a node's kubelet: it runs the pods that are bound to its node, and tells how they are. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, type Change } from '../api-client.rig.ts';
import type { ControlPlane } from '../control-plane.rig.ts';
import type { Network } from '../network.rig.ts';
import type { Pod } from '../objects.rig.ts';
import type { RunningContainer } from './container.rig.ts';
import { KubeletServer } from './kubelet-server.rig.ts';
import type { Ledger } from './ledger.rig.ts';
import { PodRun } from './pod-run.rig.ts';
import type { PodWorld } from './pod-world.rig.ts';
import { keepAlive, registerNode } from './registration.rig.ts';
import type { RootFolders } from './root-folder.rig.ts';

export interface KubeletOptions {
  readonly name: string;
  readonly zone: string;
  readonly address: string;
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly network: Network;
  readonly roots: RootFolders;
  readonly ledger: Ledger;
  readonly hosts: PodWorld['hosts'];
}

export class Kubelet {
  readonly name: string;
  readonly #api: ApiClient;
  readonly #world: PodWorld;
  readonly #runs = new Map<string, PodRun>();
  readonly #stopping = new AbortController();
  readonly #server: KubeletServer;

  private constructor(
    options: KubeletOptions,
    api: ApiClient,
    server: KubeletServer,
    runs: Map<string, PodRun>,
  ) {
    const { name, network, roots, ledger, address, folder, hosts } = options;
    this.name = name;
    this.#api = api;
    this.#server = server;
    this.#runs = runs;
    this.#world = { api, network, roots, ledger, node: name, hostAddress: address, folder, hosts };
  }

  static async start(options: KubeletOptions): Promise<Kubelet> {
    const { name, zone, address, folder, plane } = options;
    mkdirSync(folder, { recursive: true });
    const api = new ApiClient(plane.target);
    const own = plane.authority.sign(name, { commonName: name, alternativeNames: [`IP:${address}`] });
    const runs = new Map<string, PodRun>();
    const server = await KubeletServer.start({
      address,
      caFile: plane.authority.caFile,
      own,
      find: (namespace, pod) => containerOf(runs, namespace, pod),
    });
    const kubelet = new Kubelet(options, api, server, runs);
    await registerNode(api, { name, zone, address, port: server.port });
    void keepAlive(api, name, kubelet.#stopping.signal);
    api.follow<Pod>(`/api/v1/pods?fieldSelector=spec.nodeName=${name}`, (change) => kubelet.#changed(change));
    return kubelet;
  }

  /** Null: no pod of this name runs here. */
  find(namespace: string, pod: string): RunningContainer | null {
    return containerOf(this.#runs, namespace, pod);
  }

  /** The node is lost: nothing is told any more, and what ran on it is dead. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#api.close();
    await Promise.all([...this.#runs.values()].map((run) => run.end()));
    this.#runs.clear();
    await this.#server.stop();
  }

  #changed({ type, object }: Change<Pod>): void {
    if (this.#stopping.signal.aborted) return;
    const { uid } = object.metadata;
    const run = this.#runs.get(uid);
    if (type === 'DELETED') {
      this.#runs.delete(uid);
      void run?.end();
    } else if (run !== undefined) run.changed(object);
    else if (object.status?.phase !== 'Succeeded' && object.status?.phase !== 'Failed') {
      const fresh = new PodRun(this.#world, object);
      this.#runs.set(uid, fresh);
      fresh.changed(object);
    }
  }
}

function containerOf(
  runs: ReadonlyMap<string, PodRun>,
  namespace: string,
  pod: string,
): RunningContainer | null {
  const run = [...runs.values()].find(
    ({ pod: { metadata }, container }) =>
      metadata.namespace === namespace && metadata.name === pod && container !== null,
  );
  return run?.container ?? null;
}

export function nodeFolder(parent: string, name: string): string {
  return join(parent, 'nodes', name);
}
