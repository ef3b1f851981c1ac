/** nats-server and redis-server of a run: each a process of the bench's own in a temporary folder, or one that runs already. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeRealtime } from '../../gateway/scheduling/realtime.ts';
import { OptionsError } from '../options.ts';
import { freePort } from './free-port.ts';
import { ELSEWHERE_PRIORITY } from './generators.ts';

export interface BenchServer {
  /** `nats://…` or `redis://…`. */
  readonly url: string;
  /** As it says itself; `elsewhere` for one that runs already. */
  readonly version: string;
  /** Null: it is not a process of the bench. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

export interface BenchNats extends BenchServer {
  /** Base address of its own figures (`/varz`, `/jsz`); null: it is not a process of the bench. */
  readonly monitor: string | null;
}

const START_MS = 10_000;
const LOOPBACK = '127.0.0.1';

/** Debian's places beside those of PATH, and where `.ci/cluster-tools` puts it. */
function programOf(name: string, remedy: string): string {
  const {
    PATH = '',
    ONECARD_CLUSTER_TOOLS: tools,
    XDG_CACHE_HOME: cache = join(homedir(), '.cache'),
  } = process.env;
  const folders = [
    ...[tools ?? '', join(cache, 'onecard-cluster-tools')].filter(Boolean).map((each) => join(each, 'bin')),
    ...PATH.split(delimiter),
    '/usr/bin',
    '/usr/sbin',
  ];
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found === undefined) throw new OptionsError(`${name} is not here: ${remedy}`);
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** With JetStream on disk. `given`: address of one that runs already. */
export async function startBenchNats(given: string | null = null): Promise<BenchNats> {
  if (given !== null) return { url: given, monitor: null, ...ELSEWHERE };
  const program = programOf(
    'nats-server',
    '.ci/cluster-tools installs it, or name one that runs with --nats',
  );
  const [port, monitorPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-nats-'));
  const config = join(folder, 'nats.conf');
  writeFileSync(
    config,
    [
      `listen: "${LOOPBACK}:${port}"`,
      `http: "${LOOPBACK}:${monitorPort}"`,
      `jetstream { store_dir: "${folder}/jetstream" }`,
      'max_connections: 65536',
    ].join('\n'),
  );
  const run = await started([program, '--config', config], folder, [port, monitorPort]);
  const monitor = `http://${LOOPBACK}:${monitorPort}`;
  const { version } = (await (await fetch(`${monitor}/varz`)).json()) as { readonly version: string };
  return { ...run, url: `nats://${LOOPBACK}:${port}`, version, monitor };
}

/** Without a disk, as a store of what is used up may be. `given`: address of one that runs already. */
export async function startBenchRedis(given: string | null = null): Promise<BenchServer> {
  if (given !== null) return { url: given, ...ELSEWHERE };
  const program = programOf('redis-server', "Debian's redis-server, or name one that runs with --store");
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-redis-'));
  const command = [
    ...[
      program,
      '--bind',
      LOOPBACK,
      '--port',
      String(port),
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'no',
    ],
    ...['--maxmemory-policy', 'noeviction', '--maxclients', '20000', '--loglevel', 'warning'],
  ];
  const run = await started(command, folder, [port]);
  // It stands for a machine elsewhere, and its one thread is waited for: as generators, where that may be had.
  if (run.pid !== null) makeRealtime([run.pid], ELSEWHERE_PRIORITY);
  const said = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout;
  return { ...run, url: `redis://${LOOPBACK}:${port}`, version: /v=(\S+)/.exec(said)?.[1] ?? 'unknown' };
}

const ELSEWHERE = { version: 'elsewhere', pid: null, stop: () => Promise.resolve() } as const;

async function started(command: readonly string[], folder: string, ports: readonly number[]) {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_096);
    });
  }
  const end = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  const endsAt = performance.now() + START_MS;
  for (const port of ports) {
    while (!(await answers(port))) {
      if (child.exitCode !== null || performance.now() > endsAt) {
        throw new OptionsError(`${program} does not start: ${said.trim()}`);
      }
      await sleep(20);
    }
  }
  const stop = async () => {
    process.off('exit', end);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { pid: child.pid ?? null, stop };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  const opened = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return opened;
}
