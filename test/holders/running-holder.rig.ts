/** The holder's program on a socket, as somebody other than the gateway starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const START_MS = 20_000;
const POLL_MS = 10;

export class RunningHolder {
  readonly socket: string;
  readonly #child: ChildProcess;
  #said = '';
  #status: number | null = null;

  private constructor(child: ChildProcess, socket: string) {
    this.socket = socket;
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString('utf8');
    });
    child.once('exit', (status) => {
      this.#status = status;
    });
  }

  /** Rejects with what it said where it does not listen. */
  static async start(program: string, args: readonly string[], socket: string): Promise<RunningHolder> {
    const child = spawn(program, [...args, '--socket', socket], { stdio: ['ignore', 'ignore', 'pipe'] });
    const running = new RunningHolder(child, socket);
    const untilMs = performance.now() + START_MS;
    while (!(await listens(socket))) {
      if (running.#status !== null) throw new Error(running.#said);
      if (performance.now() > untilMs) throw new Error(`${program} does not listen`);
      await wait(POLL_MS);
    }
    return running;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    if (this.#status !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Whether somebody does: a file can be left of one who was killed. */
function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const trying = connect(socket, () => {
      trying.destroy();
      resolve(true);
    });
    trying.once('error', () => resolve(false));
  });
}
