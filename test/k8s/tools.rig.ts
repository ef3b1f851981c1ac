/** What `.ci/k8s-tools` built and fetched, and commands run without holding up the stand-ins in this process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const CACHE = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const TOOLS = process.env['ONECARD_K8S_TOOLS'] ?? join(CACHE, 'onecard-k8s-tools');

/** Throws where it is not there: a run without it would say nothing. */
export function toolPath(name: string): string {
  const path = join(TOOLS, 'bin', name);
  if (!existsSync(path)) throw new Error(`${name} is not in ${TOOLS}: .ci/k8s-tools builds it`);
  return path;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** Laid over this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Killed after this. */
  readonly timeoutMs?: number;
}

/** Its end, whatever its status. */
export async function command(words: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // Whoever does not read its input closes it.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

/** What it wrote. Rejects when it failed. */
export async function done(words: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await command(words, options);
  if (status !== 0) throw new Error(`${words.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** With tools and the cluster's address, for kubectl and for commands of a page. */
export function kubeEnvironment(kubeconfig: string): Record<string, string> {
  return {
    KUBECONFIG: kubeconfig,
    PATH: [join(TOOLS, 'bin'), process.env['PATH']].join(delimiter),
  };
}
