/**
 * The real control plane of Kubernetes, on the loopback: etcd, API server, controllers, scheduler, each a process of the one
 * program that `.ci/k8s-tools` builds. There is no kubelet in it: see `node/`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { ApiClient, type ApiTarget } from './api-client.rig.ts';
import { Authority, type KeyPair } from './certificates.rig.ts';
import type { Network } from './network.rig.ts';
import { toolPath } from './tools.rig.ts';

/** How long a node may be silent before it counts as lost. Kubernetes' own default is 50 s. */
const NODE_GRACE_S = 12;
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 10_000;
const LOOK_MS = 100;

export class ControlPlane {
  readonly folder: string;
  readonly authority: Authority;
  readonly target: ApiTarget;
  readonly kubeconfig: string;
  readonly #parts = new Map<string, ChildProcess>();

  private constructor(folder: string, authority: Authority, target: ApiTarget, kubeconfig: string) {
    this.folder = folder;
    this.authority = authority;
    this.target = target;
    this.kubeconfig = kubeconfig;
  }

  static async start(parent: string, network: Network): Promise<ControlPlane> {
    const folder = join(parent, 'control-plane');
    mkdirSync(folder);
    const authority = new Authority(folder);
    const [etcd, peer, api] = [await freePort(), await freePort(), await freePort()];
    const admin = authority.sign('admin', { commonName: 'admin', organization: 'system:masters' });
    const target = { url: `https://127.0.0.1:${api}`, caFile: authority.caFile, client: admin };
    const kubeconfig = join(folder, 'kubeconfig.json');
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(target)));
    const plane = new ControlPlane(folder, authority, target, kubeconfig);
    try {
      plane.#run('etcd', etcdFlags(folder, etcd, peer));
      plane.#run('kube-apiserver', apiServerFlags(plane, network, etcd, api));
      await plane.#becomesReady();
      plane.#run('kube-controller-manager', controllerFlags(plane));
      plane.#run('kube-scheduler', { kubeconfig, 'leader-elect': 'false', 'secure-port': '0' });
    } catch (cause) {
      await plane.stop();
      throw cause;
    }
    return plane;
  }

  /** Whoever is told to stop last is what the others need. */
  async stop(): Promise<void> {
    for (const part of [...this.#parts.values()].reverse()) {
      if (part.exitCode !== null || part.signalCode !== null) continue;
      const exited = once(part, 'exit');
      part.kill('SIGTERM');
      const timer = setTimeout(() => part.kill('SIGKILL'), STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    }
  }

  #run(part: string, flags: Readonly<Record<string, string>>): void {
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(toolPath('control-plane'), [part, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(this.#logFile(part));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    this.#parts.set(part, child);
  }

  async #becomesReady(): Promise<void> {
    const client = new ApiClient(this.target);
    const untilMs = performance.now() + START_MS_MAX;
    try {
      for (;;) {
        const status = await client.ask('GET', '/readyz').then(
          (asked) => asked.status,
          () => 0,
        );
        if (status === 200) return;
        for (const [part, child] of this.#parts) {
          if (child.exitCode !== null) throw new Error(`${part} ended: ${this.logged(part)}`);
        }
        if (performance.now() > untilMs)
          throw new Error(`no API server in time: ${this.logged('kube-apiserver')}`);
        await sleep(LOOK_MS);
      }
    } finally {
      client.close();
    }
  }

  /** The end of what a part has written. */
  logged(part: string): string {
    return readFileSync(this.#logFile(part), 'utf8').slice(-4_000);
  }

  #logFile(part: string): string {
    return join(this.folder, `${part}.log`);
  }
}

function etcdFlags(folder: string, port: number, peerPort: number): Record<string, string> {
  const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return {
    name: 'only',
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `only=${peerUrl}`,
    'unsafe-no-fsync': 'true',
  };
}

function apiServerFlags(
  { folder, authority, target }: ControlPlane,
  network: Network,
  etcdPort: number,
  port: number,
): Record<string, string> {
  const names = ['IP:127.0.0.1', `IP:${network.firstServiceAddress}`, 'DNS:kubernetes.default.svc'];
  const server = authority.sign('api-server', { commonName: 'kube-apiserver', alternativeNames: names });
  const accounts = authority.accountKey();
  return {
    'etcd-servers': `http://127.0.0.1:${etcdPort}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'service-cluster-ip-range': network.serviceRange,
    // It would name the loopback, which the API refuses.
    'endpoint-reconciler-type': 'none',
    'cert-dir': folder,
    'tls-cert-file': server.cert,
    'tls-private-key-file': server.key,
    'client-ca-file': authority.caFile,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': accounts.publicKey,
    'service-account-signing-key-file': accounts.privateKey,
    'authorization-mode': 'RBAC',
    // Else this flag would refuse privileged pods, and not Pod Security.
    'allow-privileged': 'true',
    'kubelet-certificate-authority': authority.caFile,
    'kubelet-client-certificate': target.client.cert,
    'kubelet-client-key': target.client.key,
    'kubelet-preferred-address-types': 'InternalIP',
    profiling: 'false',
  };
}

function controllerFlags({ folder, authority, kubeconfig }: ControlPlane): Record<string, string> {
  return {
    kubeconfig,
    'leader-elect': 'false',
    'secure-port': '0',
    'root-ca-file': authority.caFile,
    'service-account-private-key-file': join(folder, 'accounts.key'),
    'node-monitor-grace-period': `${NODE_GRACE_S}s`,
    'node-monitor-period': '2s',
    'horizontal-pod-autoscaler-sync-period': '2s',
  };
}

function kubeconfigOf({ url, caFile, client }: { url: string; caFile: string; client: KeyPair }): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'admin', user: { 'client-certificate': client.cert, 'client-key': client.key } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
}
