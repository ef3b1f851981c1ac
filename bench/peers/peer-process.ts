/** The peer in processes of its own, with its dependencies, and their CPU time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { City } from '../../platform/city.ts';
import { cpuSeconds } from '../drive/sampler.ts';

export interface PeerUnderTest {
  readonly http: string;
  readonly token: string;
  /** Seconds of CPU its processes have used so far; NaN where that cannot be read. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export const PEER_FOLDER = join(import.meta.dirname, 'fastify-sm2');
const TOKEN = 'peer-token';

export function peerIsInstalled(): boolean {
  return existsSync(join(PEER_FOLDER, 'node_modules', 'sm-crypto-v2'));
}

/** Versions of what the peer is made of. */
export function peerVersions(): Readonly<Record<string, string>> {
  const version = (name: string) => {
    const file = join(PEER_FOLDER, 'node_modules', name, 'package.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  };
  return { fastify: version('fastify'), 'sm-crypto-v2': version('sm-crypto-v2') };
}

/** `npm ci` in the peer's folder. Throws Error with npm's words when that fails. */
export async function installPeer(): Promise<void> {
  const child = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: PEER_FOLDER,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (status !== 0) throw new Error(`npm ci in bench/peers/fastify-sm2 ended with status ${status}\n${said}`);
}

export async function startPeer(city: City): Promise<PeerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-peer-'));
  const identities = Array.from({ length: city.size }, (_, i) => city.identity(i));
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(city.trustDocument()));
  writeFileSync(
    join(folder, 'cards.json'),
    JSON.stringify(identities.flatMap((each) => city.listEntries(each))),
  );
  writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 });
  const child = spawn(process.execPath, [join(PEER_FOLDER, 'server.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { http, pids } = await listening(child);
  return {
    http,
    token: TOKEN,
    cpuSeconds: () => pids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? Number.NaN), 0),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess): Promise<{ http: string; pids: readonly number[] }> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`the peer ended with status ${code} before it listened`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(JSON.parse(text) as { http: string; pids: number[] });
    });
  });
}
