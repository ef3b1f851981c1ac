/** A front in a process of its own, and a client of another implementation before it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { type Pair, SERVER_NAME } from './pairs.rig.ts';
import { FRONT, OTHER_CLIENT } from './tools.rig.ts';

export class Front {
  readonly #configFile: string;
  readonly #health: number;
  readonly lines: string[] = [];
  #child: ChildProcess | null = null;

  private constructor(configFile: string, health: number) {
    this.#configFile = configFile;
    this.#health = health;
  }

  /** Starts one with these settings; it ends with the test. `gateway`: whose health it tells. */
  static async start(configFile: string, settings: object, gateway?: string): Promise<Front> {
    const front = new Front(configFile, await freePort());
    front.write(settings, gateway);
    await front.start();
    onTestFinished(() => front.kill('SIGKILL'));
    return front;
  }

  /** What it is started or told to reload with. */
  write(settings: object, gateway?: string): void {
    const health = { listen: `127.0.0.1:${this.#health}`, ...(gateway !== undefined && { gateway }) };
    writeFileSync(this.#configFile, JSON.stringify({ health, ...settings }));
  }

  async start(): Promise<void> {
    const child = spawn(FRONT, ['--config', this.#configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const from = this.lines.length;
    createInterface(child.stderr).on('line', (line) => this.lines.push(line));
    await Promise.race([
      this.said('listening', from),
      once(child, 'exit').then(([status]) => {
        throw new Error(`the front ended (${status}): ${this.lines.join('\n')}`);
      }),
    ]);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Certificates anew; resolves with what it says to that. */
  reload(): Promise<string> {
    const from = this.lines.length;
    this.#child?.kill('SIGHUP');
    return this.said('certificates', from);
  }

  /** Resolves with the first line that has this in it, after `from` lines. */
  async said(text: string, from = 0): Promise<string> {
    for (;;) {
      const line = this.lines.slice(from).find((each) => each.includes(text));
      if (line !== undefined) return line;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async health(path: string): Promise<number> {
    return (await fetch(`http://127.0.0.1:${this.#health}${path}`)).status;
  }

  /** A value of its metrics. */
  async count(name: string, labels: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#health}/metrics`)).text();
    const [, value] = text.split(`\nonecard_front_${name}{${labels}} `);
    if (value === undefined) throw new Error(`there is no ${name}{${labels}}`);
    return Number.parseFloat(value);
  }
}

/** A tunnel of the other implementation; it ends with the test. Resolves with its address on this machine. */
export function otherClient(to: string, caFile: string, name = SERVER_NAME): Promise<string> {
  return other('-to', to, '-ca', caFile, '-name', name);
}

/** A server of the other implementation that echoes; likewise. */
export function otherServer(pair: Pair): Promise<string> {
  const { sign_cert_file, sign_key_file, enc_cert_file, enc_key_file } = pair;
  return other('-serve', [sign_cert_file, sign_key_file, enc_cert_file, enc_key_file].join(','));
}

async function other(...args: string[]): Promise<string> {
  const child = spawn(OTHER_CLIENT, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
  return address;
}
