/** A cluster for one test file: the real control plane, three nodes in three zones with volumes, and what stands for the rest. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.rig.ts';
import { Balancer } from './balancer.rig.ts';
import { ControlPlane } from './control-plane.rig.ts';
import { FOLDER_PREFIX, removeLeftovers } from './leftovers.rig.ts';
import { Network } from './network.rig.ts';
import { Kubelet, nodeFolder } from './node/kubelet.rig.ts';
import { Ledger } from './node/ledger.rig.ts';
import { makeRootFolders, type RootFolders } from './node/root-folder.rig.ts';
import { type CommandOptions, command, done, type Ended, kubeEnvironment, toolPath } from './tools.rig.ts';

export const NODES = [
  { name: 'node-a', zone: 'zone-a' },
  { name: 'node-b', zone: 'zone-b' },
  { name: 'node-c', zone: 'zone-c' },
] as const;
/** Of the first zone too: where a pod goes whose node is lost. */
export const SPARE = { name: 'node-a2', zone: 'zone-a' } as const;
export type NodeName = (typeof NODES)[number]['name'] | typeof SPARE.name;

const VOLUMES_A_ZONE = 7;
const VOLUME_SIZE = '100Gi';
const LOOK_MS = 100;
const WAIT_MS_MAX = 180_000;

export class Cluster {
  readonly folder: string;
  readonly network: Network;
  readonly plane: ControlPlane;
  readonly api: ApiClient;
  readonly balancer: Balancer;
  readonly ledger = new Ledger();
  readonly #roots: RootFolders;
  readonly #kubelets = new Map<string, Kubelet>();
  readonly #addresses = new Map<string, string>();

  private constructor(folder: string, network: Network, plane: ControlPlane) {
    this.folder = folder;
    this.network = network;
    this.plane = plane;
    this.api = new ApiClient(plane.target);
    this.balancer = new Balancer(plane, network);
    this.#roots = makeRootFolders(folder);
  }

  /** `spare`: with a fourth node. */
  static async start({ spare = false } = {}): Promise<Cluster> {
    removeLeftovers();
    const folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
    chmodSync(folder, 0o755);
    const network = new Network();
    const plane = await ControlPlane.start(folder, network).catch((cause: unknown) => {
      network.remove();
      throw cause;
    });
    const cluster = new Cluster(folder, network, plane);
    try {
      await cluster.#addStorageClass();
      for (const { name, zone } of NODES) {
        await cluster.startNode(name);
        for (let at = 0; at < VOLUMES_A_ZONE; at++) await cluster.addVolume(zone, `${zone}-${at}`);
      }
      if (spare) await cluster.startNode(SPARE.name);
      return cluster;
    } catch (cause) {
      await cluster.stop();
      throw cause;
    }
  }

  /** Again, after `loseNode`, under the same name. */
  async startNode(name: NodeName): Promise<void> {
    const { zone } = [...NODES, SPARE].find((node) => node.name === name) ?? SPARE;
    const address = this.#addresses.get(name) ?? this.network.addNode();
    this.#addresses.set(name, address);
    const kubelet = await Kubelet.start({
      name,
      zone,
      address,
      folder: nodeFolder(this.folder, name),
      plane: this.plane,
      network: this.network,
      roots: this.#roots,
      ledger: this.ledger,
      hosts: (pod, address) => this.balancer.hosts(pod, address),
    });
    this.#kubelets.set(name, kubelet);
  }

  async loseNode(name: NodeName): Promise<void> {
    await this.#kubelets.get(name)?.stop();
    this.#kubelets.delete(name);
  }

  /** A folder, as a disk that every node of a zone can have. `claim`: it is kept for that one. */
  async addVolume(
    zone: string,
    name: string,
    claim?: { readonly namespace: string; readonly name: string },
  ): Promise<string> {
    const path = join(this.folder, 'disks', name);
    mkdirSync(path, { recursive: true });
    const here = { key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] };
    await this.api.create('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage: VOLUME_SIZE },
        accessModes: ['ReadWriteOncePod'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'local',
        local: { path },
        ...(claim && { claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim } }),
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
      },
    });
    return path;
  }

  /** A copy of a volume as it is at one moment, as a storage driver makes it. */
  async snapshot(namespace: string, pod: string, volume: string): Promise<string> {
    const copy = join(this.folder, 'snapshot');
    const [container] = [...this.#kubelets.values()].flatMap((kubelet) => kubelet.find(namespace, pod) ?? []);
    if (container === undefined) throw new Error(`${pod} does not run`);
    await container.whilePaused(async () => {
      await done(['cp', '-a', volume, copy]);
    });
    return copy;
  }

  /** What kubectl wrote. Rejects when it failed. */
  kubectl(words: readonly string[], options: CommandOptions = {}): Promise<string> {
    return done([toolPath('kubectl'), ...words], this.withTools(options));
  }

  tryKubectl(words: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return command([toolPath('kubectl'), ...words], this.withTools(options));
  }

  withTools(options: CommandOptions = {}): CommandOptions {
    return { ...options, env: { ...kubeEnvironment(this.plane.kubeconfig), ...options.env } };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#kubelets.values()].map((kubelet) => kubelet.stop()));
    await this.balancer.stop();
    this.api.close();
    await this.plane.stop();
    this.network.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #addStorageClass(): Promise<void> {
    await this.api.create('/apis/storage.k8s.io/v1/storageclasses', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name: 'local',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
      },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
  }
}

/** Looks until it holds. Rejects after three minutes with what was there last. */
export async function becomes<T>(
  what: string,
  look: () => Promise<T> | T,
  holds: (seen: T) => boolean,
): Promise<T> {
  const untilMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > untilMs)
      throw new Error(`never seen: ${what}; last: ${JSON.stringify(seen).slice(0, 2_000)}`);
    await sleep(LOOK_MS);
  }
}
