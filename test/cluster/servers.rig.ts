/** Real servers for many gateways: NATS with JetStream and Redis, each in a process of its own, in a folder of the test's. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { inHost, type TestHost } from './hosts.rig.ts';

const NATS = join(process.env['ONECARD_CLUSTER_TOOLS'] ?? '', 'bin', 'nats-server');
const REDIS = '/usr/bin/redis-server';
const START_MS = 20_000;

/** Why no cluster can be tried here; null: it can. */
export function clusterMissing(): string | null {
  if (!existsSync(NATS)) return 'nats-server is not here (.ci/cluster-tools installs it)';
  return existsSync(REDIS) ? null : "redis-server is not here (Debian's redis-server)";
}

export interface TestServer {
  /** `nats://…`, `redis://…` or `rediss://…`. */
  readonly url: string;
  readonly port: number;
  /** Address it listens on: of its host, or the loopback. */
  readonly address: string;
  readonly folder: string;
  readonly pid: number;
  /** Ends the process at once; its folder and port stay. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and folder. `empty`: without what it kept. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface NatsOptions {
  readonly host?: TestHost;
  /** Domain of its JetStream. */
  readonly domain?: string;
  /** Takes leaf nodes on a port of its own. */
  readonly takesLeaves?: boolean;
  /** Address of the hub's port for leaf nodes, `nats://host:port`: it is a leaf node of that. */
  readonly leafOf?: string;
  /** Further lines of its configuration. */
  readonly more?: string;
}

export interface NatsServer extends TestServer {
  /** Where leaf nodes connect; empty where it takes none. */
  readonly leafUrl: string;
}

export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const { host, domain, takesLeaves = false, leafOf, more = '' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'onecard-nats-'));
  const [port, leafPort] = [await freePort(), takesLeaves ? await freePort() : 0];
  const address = host?.address ?? '127.0.0.1';
  const store = `store_dir: "${folder}/jetstream"${domain === undefined ? '' : `, domain: ${domain}`}`;
  const leaves = [
    takesLeaves ? `listen: "${address}:${leafPort}"` : '',
    leafOf === undefined ? '' : `remotes: [{ url: "${leafOf}" }], reconnect: 1`,
  ].filter((each) => each !== '');
  const config = join(folder, 'nats.conf');
  writeFileSync(
    config,
    [
      `listen: "${address}:${port}"`,
      `jetstream { ${store} }`,
      leaves.length > 0 ? `leafnodes { ${leaves.join('\n')} }` : '',
      more,
    ].join('\n'),
  );
  const run = new ServerProcess([NATS, '--config', config], { folder, address, port, host });
  await run.start();
  return Object.assign(run.asServer('nats'), {
    leafUrl: takesLeaves ? `nats://${address}:${leafPort}` : '',
  });
}

export interface RedisOptions {
  readonly host?: TestHost;
  /** It repeats what this one has. */
  readonly replicaOf?: Pick<TestServer, 'address' | 'port'>;
  /** Keeps what it has over a restart. Default: it does not. */
  readonly keeps?: boolean;
  /** Files of its certificate and key: it speaks TLS and nothing else, and `ask` does not reach it. Default: no TLS. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly more?: readonly string[];
}

export interface RedisServer extends TestServer {
  /** Makes a replica the one that takes writes. */
  promote(): Promise<void>;
  /** Sends one command and resolves to what came back, as it came (RESP). */
  ask(...command: readonly string[]): Promise<string>;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { host, replicaOf, keeps = false, tls, more = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'onecard-redis-'));
  const port = await freePort();
  const address = host?.address ?? '127.0.0.1';
  const command = [
    ...[REDIS, '--bind', address, '--dir', folder, '--protected-mode', 'no'],
    ...(tls ? ['--port', '0', '--tls-port', String(port)] : ['--port', String(port)]),
    ...(tls
      ? ['--tls-cert-file', tls.certFile, '--tls-key-file', tls.keyFile, '--tls-auth-clients', 'no']
      : []),
    ...[
      '--appendonly',
      keeps ? 'yes' : 'no',
      '--save',
      '',
      '--loglevel',
      'warning',
      '--maxmemory-policy',
      'noeviction',
    ],
    ...(replicaOf ? ['--replicaof', `${replicaOf.address} ${replicaOf.port}`] : []),
    ...more,
  ];
  const run = new ServerProcess(command, { folder, address, port, host });
  await run.start();
  const ask = (...words: readonly string[]) => askRedis(address, port, words, host);
  return Object.assign(run.asServer(tls ? 'rediss' : 'redis'), {
    ask,
    promote: async () => {
      await ask('REPLICAOF', 'NO', 'ONE');
    },
  });
}

/** Three servers that are one Redis Cluster; it goes on with what is left when one is gone. Each is to be stopped. */
export async function startRedisCluster(): Promise<readonly RedisServer[]> {
  const more = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'];
  const servers = await Promise.all([0, 1, 2].map(() => startRedis({ more })));
  const places = servers.map(({ address, port }) => `${address}:${port}`);
  const made = spawnSync('redis-cli', ['--cluster', 'create', ...places, '--cluster-yes'], {
    encoding: 'utf8',
  });
  if (!made.stdout.includes('All 16384 slots covered')) {
    await Promise.all(servers.map((server) => server.stop()));
    throw new Error(`redis-cli --cluster create: ${made.stdout}${made.stderr}`);
  }
  return servers;
}

interface Place {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly host: TestHost | undefined;
}

class ServerProcess {
  readonly #command: readonly string[];
  readonly #place: Place;
  #child: ChildProcess | null = null;
  #said = '';

  constructor(command: readonly string[], place: Place) {
    this.#command = command;
    this.#place = place;
  }

  async start(): Promise<void> {
    const { address, port, host } = this.#place;
    const [program = '', ...args] = inHost(host, this.#command);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#said = `${this.#said}${chunk}`.slice(-8_192);
      });
    }
    const endsAt = performance.now() + START_MS;
    while (!(await answers(address, port, host))) {
      if (child.exitCode !== null) throw new Error(`${this.#command[0]} ended: ${this.#said}`);
      if (performance.now() > endsAt) throw new Error(`${this.#command[0]} does not listen: ${this.#said}`);
      await sleep(20);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  asServer(scheme: string): TestServer {
    const { folder, address, port } = this.#place;
    const pid = () => this.#child?.pid ?? 0;
    return {
      url: `${scheme}://${address}:${port}`,
      ...{ port, address, folder },
      get pid() {
        return pid();
      },
      kill: (signal) => this.kill(signal),
      restart: async ({ empty = false } = {}) => {
        await this.kill();
        if (empty) {
          for (const kept of ['jetstream', 'appendonlydir', 'dump.rdb']) {
            rmSync(join(folder, kept), { recursive: true, force: true });
          }
          mkdirSync(folder, { recursive: true });
        }
        await this.start();
      },
      stop: async () => {
        await this.kill();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
}

/** Hosts are not reached from the test's own network: they are asked from inside. */
async function answers(address: string, port: number, host: TestHost | undefined): Promise<boolean> {
  if (host) {
    const [program = '', ...args] = inHost(host, ['bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`]);
    return spawnSync(program, args).status === 0;
  }
  const socket = connect(port, address);
  const opened = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return opened;
}

async function askRedis(
  address: string,
  port: number,
  words: readonly string[],
  host: TestHost | undefined,
): Promise<string> {
  const [program = '', ...args] = inHost(host, ['redis-cli', '-h', address, '-p', String(port), ...words]);
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`redis-cli: ${stderr}`);
  return stdout.trim();
}
