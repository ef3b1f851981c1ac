/** The gateway of a run: a process of its own with enrolled devices, and a platform beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Limits } from '../../config/settings.ts';
import type { DeviceClass } from '../../gateway/verification.ts';
import { OptionsError } from '../options.ts';
import { type BenchGatewayOptions, prepareGatewayFolder } from './gateway-folder.ts';
import { listInForce } from './operations.ts';
import type { PlatformProcess } from './platform-process.ts';

export interface BenchGateway {
  readonly gate: string;
  readonly http: string;
  /** Base address for operators; null: it is not known. */
  readonly admin: string | null;
  /** Null: it is not a process of the bench. */
  readonly pid: number | null;
  readonly engine: string;
  /** How its threads are scheduled: `realtime` or `fair`. */
  readonly scheduling: string;
  /** In force, given or by default; null: it is not known. */
  readonly limits: Limits | null;
  /** Null: it is not a process of the bench. */
  readonly platform: PlatformProcess | null;
  /** For a device of the class; each is good once. */
  token(deviceClass: DeviceClass, device: number): Promise<string>;
  stop(): Promise<void>;
}

/** One that the bench starts. */
export interface OwnGateway extends BenchGateway {
  readonly admin: string;
  readonly pid: number;
  readonly limits: Limits;
  readonly platform: PlatformProcess;
  readonly gatewayId: string;
  /** Of all its devices, `CLASS-0` to `CLASS-N`. */
  readonly privateKey: JsonWebKey;
  /** The end of what it wrote to its standard error: of a hotel's desk, the first password. */
  readonly saidOnce: () => string;
}

/** Null: it runs elsewhere. */
export function ownGateway(gateway: BenchGateway): OwnGateway | null {
  return 'privateKey' in gateway ? (gateway as OwnGateway) : null;
}

const SAID_CHARACTERS = 16_384;
const MODE_LIVE_MS = 60_000;
/** As `cli/onecard.js` starts it. */
const FLAGS = besideLauncher('node-flags.json') as string[];
const ENVIRONMENT = besideLauncher('node-environment.json') as Record<string, string>;
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export async function startBenchGateway(options: BenchGatewayOptions): Promise<OwnGateway> {
  const prepared = await prepareGatewayFolder(options);
  const { config, limits, platform, gatewayId, privateKey, token } = prepared;
  const child = spawn(process.execPath, [...FLAGS, MAIN, 'serve', '--config', config], {
    env: { ...ENVIRONMENT, ...process.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  // Before its folder is removed.
  process.prependOnceListener('exit', kill);
  let saidOnce = '';
  child.stderr?.on('data', (part: Buffer) => {
    saidOnce = `${saidOnce}${part.toString()}`.slice(-SAID_CHARACTERS);
    process.stderr.write(part);
  });
  const { gate, http, admin, engine, scheduling } = await listening(child).catch(async (cause) => {
    process.off('exit', kill);
    kill();
    await prepared.remove();
    throw cause;
  });
  await listInForce(admin, MODE_LIVE_MS);
  return {
    ...{ gate, http, admin, engine, scheduling, limits, platform, gatewayId, privateKey, token },
    pid: child.pid ?? 0,
    saidOnce: () => saidOnce,
    async stop() {
      const ended = once(child, 'exit');
      process.off('exit', kill);
      child.kill('SIGTERM');
      await ended;
      await prepared.remove();
    },
  };
}

function besideLauncher(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../cli/${file}`, import.meta.url), 'utf8'));
}

export interface Listening {
  readonly gate: string;
  readonly http: string;
  readonly admin: string;
  readonly engine: string;
  readonly scheduling: string;
}

/** Reads the log until the gateway says where it listens. */
export function listening(child: ChildProcess): Promise<Listening> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) =>
      reject(new OptionsError(`the gateway ended with status ${code} before it listened; it says why above`)),
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const said = JSON.parse(line) as { readonly msg?: string };
        if (said.msg === 'listening') resolve(said as unknown as Listening);
      }
    });
  });
}
