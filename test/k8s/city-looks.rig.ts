/** What is looked at in a city's cluster: its gateways, its engines, its volumes. */
import { readFileSync } from 'node:fs';
import { becomes, type Cluster } from './cluster.rig.ts';
import { type Deployment, ENGINES_NAMESPACE, NAMESPACE } from './deployment.rig.ts';
import { takesCredentials } from './nats-credentials.rig.ts';
import type { KeyedData, PersistentVolume, Pod, Service, VolumeClaim } from './objects.rig.ts';

export class CityLooks {
  readonly #cluster: Cluster;
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#cluster = deployment.cluster;
    this.#deployment = deployment;
  }

  /** Resolves when a gateway knows all of these devices. */
  async known(gateway: string, deviceIds: readonly string[]): Promise<void> {
    const list = ['onecard', 'device', 'list', '--config', '/etc/onecard/settings/gateway.json'];
    await becomes(
      `${gateway} knows ${deviceIds.join(', ')}`,
      () => this.#cluster.kubectl(['-n', NAMESPACE, 'exec', gateway, '--', ...list]),
      (said) => deviceIds.every((deviceId) => said.includes(deviceId)),
    );
  }

  async serviceAddress(namespace: string, name: string): Promise<string> {
    const service = await this.#cluster.api.get<Service>(`/api/v1/namespaces/${namespace}/services/${name}`);
    return service.spec.clusterIP ?? '';
  }

  async metricsStatus(pod: Pod, token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`http://${pod.status?.podIP}:9790/metrics`, { headers })).status;
  }

  /** Keys of the cluster as the gateways are given them. */
  async clusterKeys(): Promise<string[]> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets/onecard-cluster`;
    const secret = await this.#cluster.api.get<KeyedData>(path);
    const text = Buffer.from(secret.data?.['keys'] ?? '', 'base64').toString();
    return text.split('\n').filter((line) => line !== '');
  }

  async natsTakes(credentials: string): Promise<boolean> {
    const address = await this.serviceAddress(ENGINES_NAMESPACE, 'nats');
    return takesCredentials(address, 4_222, this.#cluster.plane.authority.caFile, credentials);
  }

  async valkeyTakes(password: string): Promise<boolean> {
    const ask = ['valkey-cli', '--tls', '--cacert', '/tls/ca.crt', '--no-auth-warning', '--user', 'gateway'];
    const words = ['-n', ENGINES_NAMESPACE, 'exec', 'valkey-0', '--', ...ask, '-a', password];
    const ended = await this.#cluster.tryKubectl([...words, 'GET', 'onecard:none']);
    return ended.status === 0 && !/NOAUTH|WRONGPASS|AUTH failed/.test(ended.stdout + ended.stderr);
  }

  /** Of the gateways, in Valkey. */
  get valkeyPassword(): string {
    return readFileSync(this.#deployment.secret('valkey-users', 'gateway'), 'utf8').trim();
  }

  async volumeOf(claim: string): Promise<{ readonly name: string; readonly path: string }> {
    const claims = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;
    const { spec } = await this.#cluster.api.get<VolumeClaim>(`${claims}/${claim}`);
    const name = spec.volumeName ?? '';
    const volume = await this.#cluster.api.get<PersistentVolume>(`/api/v1/persistentvolumes/${name}`);
    return { name, path: volume.spec.local?.path ?? '' };
  }

  async uidsBut(name: string): Promise<string[]> {
    const pods = await this.#deployment.pods();
    return pods.filter(({ metadata }) => metadata.name !== name).map(({ metadata }) => metadata.uid);
  }
}

export function zoneOf(pod: Pod | undefined): string {
  return pod?.metadata.labels?.['topology.kubernetes.io/zone'] ?? '';
}
