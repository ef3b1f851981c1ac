/** One container under runc: started, signalled, asked, ended. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTAINER_PREFIX } from '../leftovers.rig.ts';
import { command, done } from '../tools.rig.ts';

/** What a test that breaks off would leave behind. */
const running = new Set<string>();
process.once('exit', () => {
  for (const id of running) spawnSync('runc', ['delete', '--force', id]);
});

export class RunningContainer {
  readonly id = `${CONTAINER_PREFIX}${randomUUID()}`;
  readonly #folder: string;
  readonly #child: ChildProcess;
  /** Its status as a shell would say it: 128 and the signal's number where one ended it. */
  readonly exited: Promise<number>;
  readonly startedAt = new Date().toISOString();
  output = '';
  #onOutput: ((chunk: string) => void)[] = [];

  constructor(parent: string, config: object) {
    this.#folder = join(parent, this.id);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, 'config.json'), JSON.stringify(config));
    const child = spawn('runc', ['run', '--bundle', this.#folder, this.id], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
        for (const tell of [...this.#onOutput]) tell(chunk);
      });
    }
    running.add(this.id);
    this.exited = once(child, 'close').then(async ([status, signal]) => {
      running.delete(this.id);
      await command(['runc', 'delete', '--force', this.id]);
      rmSync(this.#folder, { recursive: true, force: true });
      return signal === null ? (status as number) : 137;
    });
  }

  /** Of runc, which passes signals on. Does nothing on one that has ended. */
  async kill(signal: 'TERM' | 'KILL'): Promise<void> {
    if (this.#child.exitCode !== null) return;
    await command(['runc', 'kill', this.id, signal]);
  }

  /** It stands still meanwhile: its files are as they are at one moment. */
  async whilePaused(work: () => Promise<void>): Promise<void> {
    await done(['runc', 'pause', this.id]);
    try {
      await work();
    } finally {
      await done(['runc', 'resume', this.id]);
    }
  }

  exec(words: readonly string[]): ChildProcess {
    return spawn('runc', ['exec', this.id, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Calls back with all that it writes from now on; returns how to end that. */
  follow(onOutput: (chunk: string) => void): () => void {
    this.#onOutput.push(onOutput);
    return () => {
      this.#onOutput = this.#onOutput.filter((each) => each !== onOutput);
    };
  }
}
