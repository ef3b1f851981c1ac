/** The platform of a cluster's tests in a process of its own, so that it can be killed. Run as a program it is that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createCity } from '../../platform/city.ts';
import type { JournalSummary } from '../../platform/journal/intake.ts';
import { createPlatform } from '../../platform/server.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { CLUSTER_CITY, CLUSTER_NAME, PLATFORM_TOKEN } from './gateways.rig.ts';

interface Told {
  readonly port: number;
  readonly dataDir: string;
  readonly servers: readonly string[];
}

export interface PlatformOnBus {
  readonly url: string;
  summary(): Promise<JournalSummary>;
  /** Ends it at once; what it has on disk stays. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export async function startPlatformOnBus(dataDir: string, natsUrl: string): Promise<PlatformOnBus> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const told: Told = { port, dataDir, servers: [natsUrl] };
  let child: ChildProcess | null = null;
  const kill = async () => {
    const ending = child;
    child = null;
    if (ending === null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL');
    await ended;
  };
  const restart = async () => {
    await kill();
    const started = spawn(process.execPath, [import.meta.filename, JSON.stringify(told)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    await once(started.stdout, 'data');
  };
  await restart();
  return {
    ...{ url, kill, restart },
    async summary() {
      const headers = { authorization: `Bearer ${PLATFORM_TOKEN}` };
      const response = await fetch(`${url}/v1/journal/summary`, { headers });
      return (await response.json()) as JournalSummary;
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const { port, dataDir, servers } = JSON.parse(process.argv[2] ?? '') as Told;
  const city = createCity({ ...CLUSTER_CITY, cards: 60 });
  const bus = { cluster: CLUSTER_NAME, servers };
  const platform = createPlatform({
    city,
    token: PLATFORM_TOKEN,
    profiles: [TEST_PROFILE],
    port,
    dataDir,
    bus,
  });
  await platform.start();
  process.stdout.write('started\n');
}
