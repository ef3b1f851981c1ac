/** The reference platform in a process of its own, that gives way to gateway and generators: in a city it is elsewhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { CardChange } from '../../platform/cards/ledger.ts';
import type { FleetOptions } from '../fleet/fleet.ts';

export interface PlatformProcess {
  readonly url: string;
  readonly pid: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Again, at the same address and with what it had. */
  revive(): Promise<void>;
  /** Publishes changes of cards as one delta. Resolves when gateways can have it. */
  publish(cards: readonly CardChange[]): Promise<void>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** One tenth of the weight of other processes, where all cores are busy. */
const NICENESS = 10;

/** The file system in memory of Linux. */
const IN_MEMORY = '/dev/shm';

/**
 * Where the platform keeps its data: in memory where that is to be had, since its disk would be elsewhere too. On one
 * disk, every upload it syncs holds up the commits of the gateway's journal.
 */
function dataFolder(): string {
  let parent = tmpdir();
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    parent = IN_MEMORY;
  } catch {
    // Another system than Linux, or one without it.
  }
  return mkdtempSync(join(parent, 'onecard-bench-platform-'));
}

/** What gateway and platform have in common, where they do. */
export interface SharedWithGateway {
  /** File with the key that hotels' desks hash names and numbers under. */
  readonly matchKeyFile?: string | null;
  readonly bus?: BusOfPlatform | null;
  /** Whose algorithms it signs with; default: international. In `sm` it keeps `sm2-root.json` in the folder as well. */
  readonly profile?: CryptoProfile;
}

/** Where the platform publishes and reads journals. */
export interface BusOfPlatform {
  readonly cluster: string;
  /** `nats://…`. */
  readonly server: string;
}

/** Keeps `root.json` and `platform-token` in `folder`. */
export async function startPlatformProcess(
  folder: string,
  { seed, cards, chips }: FleetOptions,
  { matchKeyFile = null, bus = null, profile = 'international' }: SharedWithGateway = {},
): Promise<PlatformProcess> {
  const data = dataFolder();
  const removeData = () => rmSync(data, { recursive: true, force: true });
  // Memory that nobody gives back otherwise, should the run fail.
  let running: ChildProcess | null = null;
  const leave = () => {
    running?.kill('SIGKILL');
    removeData();
  };
  process.once('exit', leave);
  const start = async (listen: string) => {
    const child = spawn(
      process.execPath,
      [
        ...[MAIN, 'platform', '--seed', seed, '--cards', String(cards), '--chips', chips],
        ...['--listen', listen, '--data', data, '--root-out', join(folder, 'root.json')],
        ...['--token-file', join(folder, 'platform-token'), '--control', '127.0.0.1:0'],
        ...['--profile', profile],
        ...(profile === 'sm' ? ['--sm2-root-out', join(folder, 'sm2-root.json')] : []),
        ...(matchKeyFile === null ? [] : ['--match-key-file', matchKeyFile]),
        ...(bus === null ? [] : ['--bus', bus.server, '--bus-cluster', bus.cluster]),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    running = child;
    setPriority(child.pid ?? 0, NICENESS);
    return { child, ...(await listening(child)) };
  };
  let { child, url, control } = await start('127.0.0.1:0');
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    url,
    get pid() {
      return child.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    async revive() {
      ({ child, url, control } = await start(new URL(url).host));
    },
    async publish(cards) {
      const response = await fetch(`${control}/control/publish`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cards }),
      });
      if (!response.ok) throw new Error(`the platform does not publish: ${response.status}`);
    },
    async stop() {
      await end('SIGTERM');
      process.off('exit', leave);
      removeData();
    },
  };
}

interface Listening {
  readonly url: string;
  readonly control: string;
}

function listening(child: ChildProcess): Promise<Listening> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) =>
      reject(new Error(`the platform ended with status ${code} before it listened`)),
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /^platform {3}(\S+)/m.exec(text)?.[1];
      const control = /^control {4}(\S+)\/control\/fault/m.exec(text)?.[1];
      // The root has been written by then.
      if (url !== undefined && control !== undefined) resolve({ url, control });
    });
  });
}
