/** A gateway in a process of its own, with a platform in another, an enrolled gate, and its CPU time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDeviceJwk } from '../gateway/devices/device-key.ts';
import { openDeviceStore } from '../gateway/devices/device-store.ts';
import type { City, CityOptions } from '../platform/city.ts';
import { startPlatformProcess } from './drive/platform-process.ts';

export interface GatewayUnderTest {
  readonly gate: string;
  readonly http: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  readonly privateKey: JsonWebKey;
  /** Seconds of CPU the process has used so far, all threads. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const GATEWAY_ID = 'bench';
const DEVICE_ID = 'bench-gate';
/** As `gateway/cli/onecard.js` starts it. */
const FLAGS = ['--v8-pool-size=0'];
const MAIN = new URL('../gateway/cli/main.ts', import.meta.url).pathname;
/** Kernel clock ticks a second, as Linux reports them to programs. */
const TICKS_PER_S = 100;

/** `chips`: as the city was made with. */
export async function startGatewayProcess(
  city: Pick<City, 'seed' | 'size'>,
  settings: Readonly<Record<string, unknown>> = {},
  chips: NonNullable<CityOptions['chips']> = 'both',
): Promise<GatewayUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-'));
  const platform = await startPlatformProcess(folder, { seed: city.seed, cards: city.size, chips });
  const privateKey = await enrol(folder);
  const config = join(folder, 'gateway.json');
  writeFileSync(
    config,
    JSON.stringify({
      gateway_id: GATEWAY_ID,
      data_dir: 'data',
      listen: { port: 0 },
      platform: { url: platform.url, root_file: 'root.json', token_file: 'platform-token' },
      ...settings,
    }),
  );
  const child = spawn(process.execPath, [...FLAGS, MAIN, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { gate, http } = await listening(child);
  return {
    gate,
    http,
    gatewayId: GATEWAY_ID,
    deviceId: DEVICE_ID,
    privateKey,
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await platform.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function enrol(folder: string): Promise<JsonWebKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const store = openDeviceStore(join(folder, 'data', 'devices'));
  await store.registry.enrol({
    deviceId: DEVICE_ID,
    class: 'gate',
    scenes: ['29/entry'],
    publicKeyJwk: checkDeviceJwk(publicKey.export({ format: 'jwk' })),
    enrolledAtMs: Date.now(),
  });
  await store.close();
  return privateKey.export({ format: 'jwk' });
}

/** Reads the log until the gateway says where it listens. */
function listening(child: ChildProcess): Promise<{ gate: string; http: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) =>
      reject(new Error(`the gateway ended with status ${code} before it listened`)),
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find((each) => each.includes('"msg":"listening"'));
      if (line) resolve(JSON.parse(line) as { gate: string; http: string });
    });
  });
}

/** proc(5), /proc/pid/stat: fields 14 and 15 are user and system time. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
