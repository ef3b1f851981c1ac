/**
 * What an SRE has in hand: a copy of `deploy/`, whose overlays name a platform that stands in the test, and what the platform
 * gave out for it. No registry is asked for the image: the root folder of the pods stands for it (`node/root-folder.rig.ts`).
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlatformBusOptions } from '../../platform/bus/platform-bus.ts';
import { type City, createCity } from '../../platform/city.ts';
import { createPlatform, type Platform } from '../../platform/server.ts';
import { laidOver } from '../system/gateway-under-test.rig.ts';
import { BusAccounts } from './bus-accounts.rig.ts';
import { becomes, type Cluster } from './cluster.rig.ts';
import { Forward } from './forward.rig.ts';
import { isReady, type KubeObject, type Pod, type Service } from './objects.rig.ts';

export const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const PLATFORM_TOKEN = 'k8s-test-platform-token';
export const ADMIN_TOKEN = 'k8s-test-admin-token';
export const NAMESPACE = 'onecard';
export const ENGINES_NAMESPACE = 'onecard-engines';
const ENGINES = ['nats', 'valkey', '*.nats-headless'];

const BUS_PORT = 4_222;

export interface DeploymentOptions {
  readonly cards?: number;
  /** The platform speaks on NATS too, once it is there. */
  readonly onBus?: boolean;
}

interface Parts {
  readonly city: City;
  readonly platform: Platform;
  readonly accounts: BusAccounts;
  readonly busDoor: Forward | null;
}

export class Deployment {
  readonly cluster: Cluster;
  readonly city: City;
  readonly platform: Platform;
  /** The copy of `deploy/k8s`, with `secrets` in it as its README asks. */
  readonly folder: string;
  readonly accounts: BusAccounts;
  readonly #busDoor: Forward | null;

  private constructor(cluster: Cluster, { city, platform, accounts, busDoor }: Parts) {
    this.cluster = cluster;
    this.city = city;
    this.platform = platform;
    this.accounts = accounts;
    this.#busDoor = busDoor;
    const copy = join(cluster.folder, 'deploy');
    cpSync(DEPLOY, copy, { recursive: true });
    this.folder = join(copy, 'k8s');
    this.#writeSecrets();
  }

  static async make(
    cluster: Cluster,
    { cards = 1_000, onBus = false }: DeploymentOptions = {},
  ): Promise<Deployment> {
    const city = createCity({ seed: 'control plane test', cards, rsaCardKeys: 4 });
    const accounts = new BusAccounts();
    const busDoor = onBus ? await Forward.start(() => busAddress(cluster), BUS_PORT) : null;
    const platform = createPlatform({
      city,
      token: PLATFORM_TOKEN,
      host: cluster.network.hostAddress,
      ...(busDoor && { bus: platformBus(cluster, accounts, busDoor) }),
    });
    await platform.start();
    return new Deployment(cluster, { city, platform, accounts, busDoor });
  }

  overlay(name: string): string {
    return join(this.folder, 'overlays', name);
  }

  secret(name: string, file: string): string {
    return join(this.folder, 'secrets', name, file);
  }

  /** The platform of the test speaks no TLS, to a bridge that nobody else is on. */
  namePlatform(overlay: string, over: Readonly<Record<string, unknown>> = {}): void {
    const file = join(this.overlay(overlay), 'gateway.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const platform = { url: this.platform.url, expose_token_and_journal_by_plain_http: true };
    writeFileSync(file, JSON.stringify(laidOver(laidOver(settings, { platform }), over)));
  }

  /** The namespace of the gateways, and their secrets. */
  async createSecrets(): Promise<void> {
    const { kubectl } = this.cluster;
    const run = kubectl.bind(this.cluster);
    await run(['apply', '-f', join(this.folder, 'base/namespace.yaml')]);
    for (const name of ['onecard-gateway', 'onecard-cluster']) {
      const from = `--from-file=${join(this.folder, 'secrets', name)}`;
      await run(['-n', NAMESPACE, 'create', 'secret', 'generic', name, from]);
    }
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
    await this.#busDoor?.stop();
  }

  #writeSecrets(): void {
    const { authority } = this.cluster.plane;
    const password = randomBytes(32).toString('hex');
    const names = ENGINES.map((name) => `DNS:${name}.${ENGINES_NAMESPACE}.svc.cluster.local`);
    // Servers of NATS know one another by the shorter names of their pods.
    const server = authority.sign('engines', {
      commonName: 'engines',
      alternativeNames: [...names, 'DNS:*.nats-headless', 'DNS:localhost', 'IP:127.0.0.1'],
    });
    const tls = {
      'tls.crt': readFileSync(server.cert),
      'tls.key': readFileSync(server.key),
      'ca.crt': readFileSync(authority.caFile),
    };
    const secrets: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> = {
      'onecard-gateway': {
        'root.json': this.platform.rootJson,
        'platform-token': PLATFORM_TOKEN,
        'admin-token': ADMIN_TOKEN,
      },
      'onecard-cluster': {
        keys: `${randomBytes(32).toString('hex')}\n`,
        'nats.creds': this.accounts.credentials('gateway'),
        'valkey-password': password,
        'ca.crt': tls['ca.crt'],
      },
      'nats-tls': tls,
      'valkey-tls': tls,
      'nats-auth': { 'auth.conf': this.accounts.serverConfig },
      'valkey-users': {
        default: randomBytes(32).toString('hex'),
        gateway: password,
        replicator: randomBytes(32).toString('hex'),
      },
    };
    for (const [name, files] of Object.entries(secrets)) {
      mkdirSync(join(this.folder, 'secrets', name), { recursive: true });
      for (const [file, content] of Object.entries(files)) writeFileSync(this.secret(name, file), content);
    }
  }
}

async function busAddress(cluster: Cluster): Promise<string | null> {
  const path = `/api/v1/namespaces/${ENGINES_NAMESPACE}/services/nats`;
  return (await cluster.api.find<Service>(path))?.spec.clusterIP ?? null;
}

function platformBus(cluster: Cluster, accounts: BusAccounts, door: Forward): PlatformBusOptions {
  const credentialsFile = join(cluster.folder, 'platform.creds');
  writeFileSync(credentialsFile, accounts.credentials('platform'));
  return {
    cluster: 'city',
    servers: [`tls://127.0.0.1:${door.port}`],
    credentialsFile,
    caFile: cluster.plane.authority.caFile,
    replicas: 3,
  };
}

export async function podsOf(cluster: Cluster, namespace: string): Promise<Pod[]> {
  const { items } = await cluster.api.get<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods`);
  return items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

export async function listOf<T extends KubeObject>(cluster: Cluster, path: string): Promise<readonly T[]> {
  return (await cluster.api.get<{ items: T[] }>(path)).items;
}
