/**
 * What an SRE has in hand: a copy of `deploy/`, whose overlays name a platform that stands in the test, and what the platform
 * gave out for it. No registry is asked for the image: the root folder of the pods stands for it (`node/root-folder.rig.ts`).
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type City, createCity } from '../../platform/city.ts';
import { createPlatform, type Platform } from '../../platform/server.ts';
import { laidOver } from '../system/gateway-under-test.rig.ts';
import { becomes, type Cluster } from './cluster.rig.ts';
import type { KubeObject, Pod } from './objects.rig.ts';
import { isReady } from './objects.rig.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const PLATFORM_TOKEN = 'k8s-test-platform-token';
export const ADMIN_TOKEN = 'k8s-test-admin-token';
export const NAMESPACE = 'onecard';

export class Deployment {
  readonly cluster: Cluster;
  readonly city: City;
  readonly platform: Platform;
  /** The copy of `deploy/k8s`. */
  readonly folder: string;
  readonly secrets: string;

  private constructor(cluster: Cluster, city: City, platform: Platform) {
    this.cluster = cluster;
    this.city = city;
    this.platform = platform;
    const copy = join(cluster.folder, 'deploy');
    cpSync(DEPLOY, copy, { recursive: true });
    this.folder = join(copy, 'k8s');
    this.secrets = join(cluster.folder, 'secrets');
    mkdirSync(this.secrets);
    writeFileSync(join(this.secrets, 'root.json'), platform.rootJson);
    writeFileSync(join(this.secrets, 'platform-token'), PLATFORM_TOKEN);
    writeFileSync(join(this.secrets, 'admin-token'), ADMIN_TOKEN);
  }

  static async make(cluster: Cluster, cards = 1_000): Promise<Deployment> {
    const city = createCity({ seed: 'control plane test', cards, rsaCardKeys: 4 });
    const platform = createPlatform({ city, token: PLATFORM_TOKEN, host: cluster.network.hostAddress });
    await platform.start();
    return new Deployment(cluster, city, platform);
  }

  overlay(name: string): string {
    return join(this.folder, 'overlays', name);
  }

  /** The platform of the test speaks no TLS, to a bridge that nobody else is on. */
  namePlatform(overlay: string, over: Readonly<Record<string, unknown>> = {}): void {
    const file = join(this.overlay(overlay), 'gateway.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const platform = { url: this.platform.url, expose_token_and_journal_by_plain_http: true };
    writeFileSync(file, JSON.stringify(laidOver(laidOver(settings, { platform }), over)));
  }

  async createSecret(): Promise<void> {
    await this.cluster.kubectl(['create', 'namespace', NAMESPACE]);
    const files = ['root.json', 'platform-token', 'admin-token'].map((file) => `--from-file=${file}`);
    await this.cluster.kubectl(
      ['-n', NAMESPACE, 'create', 'secret', 'generic', 'onecard-gateway', ...files],
      {
        cwd: this.secrets,
      },
    );
  }

  pods(): Promise<Pod[]> {
    return podsOf(this.cluster, NAMESPACE);
  }

  /** By name. */
  async becomeReady(count: number): Promise<Pod[]> {
    return becomes(
      `${count} pods are ready`,
      () => this.pods(),
      (pods) => pods.length === count && pods.every(isReady),
    );
  }

  async stop(): Promise<void> {
    await this.platform.stop();
  }
}

export async function podsOf(cluster: Cluster, namespace: string): Promise<Pod[]> {
  const { items } = await cluster.api.get<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods`);
  return items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

export async function listOf<T extends KubeObject>(cluster: Cluster, path: string): Promise<readonly T[]> {
  return (await cluster.api.get<{ items: T[] }>(path)).items;
}
