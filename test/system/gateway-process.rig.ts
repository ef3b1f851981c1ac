/** `onecard serve` in a process of its own, started and ended as often as need be. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type LogLine = Readonly<Record<string, unknown>>;

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../cli/onecard.js', import.meta.url));
/** A process that ignores SIGTERM is killed, so that no test leaves one behind. */
const STOP_MS = 15_000;

export class GatewayProcess {
  readonly #configFile: string;
  readonly #launched: boolean;
  readonly #env: Readonly<Record<string, string>>;
  readonly #openFilesMax: number | undefined;
  readonly #within: readonly string[];
  readonly logLines: LogLine[] = [];
  output = '';
  #child: ChildProcess | null = null;
  #listening: LogLine = {};
  #onLine: (() => void)[] = [];

  /** `within`: a command that runs the rest of its words, such as one that enters a network of its own. */
  constructor(
    configFile: string,
    launched: boolean,
    env: Readonly<Record<string, string>>,
    openFilesMax?: number,
    within: readonly string[] = [],
  ) {
    this.#within = within;
    this.#openFilesMax = openFilesMax;
    this.#configFile = configFile;
    this.#env = env;
    this.#launched = launched;
  }

  /** Of the gateway, also where the launcher started it; 0 while there is none. */
  get pid(): number {
    const started = this.#child?.pid ?? 0;
    if (!this.#launched || started === 0) return started;
    return Number.parseInt(readFileSync(`/proc/${started}/task/${started}/children`, 'utf8'), 10) || started;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  text(name: 'http' | 'gate' | 'admin'): string {
    return String(this.#listening[name]);
  }

  /** Those of the run, and of this gateway. */
  get #nodeOptions(): string {
    return [process.env['NODE_OPTIONS'], this.#env['NODE_OPTIONS']].filter(Boolean).join(' ');
  }

  async start(): Promise<void> {
    if (this.#child !== null) throw new Error('the gateway is running');
    const from = this.logLines.length;
    const words = [process.execPath, this.#launched ? LAUNCHER : MAIN, 'serve', '--config', this.#configFile];
    const limited = ['sh', '-c', `ulimit -n ${this.#openFilesMax} && exec "$@"`, 'sh', ...words];
    const [command = '', ...args] = [
      ...this.#within,
      ...(this.#openFilesMax === undefined ? words : limited),
    ];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env, NODE_OPTIONS: this.#nodeOptions },
    });
    this.#child = child;
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.logLines.push(...lines.map((line) => JSON.parse(line) as LogLine));
      for (const look of [...this.#onLine]) look();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    const ended = once(child, 'exit').then(([status, signal]) => {
      if (this.#child === child) this.#child = null;
      throw new Error(`the gateway ended (${status ?? signal}) before it listened: ${this.output}`);
    });
    this.#listening = await Promise.race([this.logged('listening', from), ended]);
    ended.catch(() => {});
  }

  async kill(signal: NodeJS.Signals): Promise<Exit> {
    const child = this.#child;
    if (child === null) throw new Error('the gateway is not running');
    const closed = once(child, 'close');
    process.kill(this.pid, signal);
    const [status, by] = (await closed) as [number | null, NodeJS.Signals | null];
    this.#child = null;
    return { status, signal: by };
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await this.kill('SIGTERM');
    clearTimeout(timer);
  }

  logged(message: string, from: number): Promise<LogLine> {
    return new Promise((resolve) => {
      const look = () => {
        const line = this.logLines.slice(from).find(({ msg }) => msg === message);
        if (line === undefined) return;
        this.#onLine = this.#onLine.filter((each) => each !== look);
        resolve(line);
      };
      this.#onLine.push(look);
      look();
    });
  }
}
