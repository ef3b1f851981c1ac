/** One start: from the moment the process is asked for until a device has the answer to its first tap. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuUs } from '../city/process-time.ts';
import { LoadConnection } from '../load/connection.ts';

export interface StartOptions {
  /** `cli/onecard.js` of what is started. */
  readonly launcher: string;
  /** The file of its settings. */
  readonly config: string;
  /** Where it will listen for devices: `ws://…`. */
  readonly gate: string;
  readonly token: string;
  /** The first tap, and those behind it, as they are sent. */
  readonly frames: readonly Uint8Array[];
}

/** Milliseconds since the process was asked for. */
export interface StartTimes {
  readonly welcomeMs: number;
  /** Its first tap was answered. */
  readonly firstTapMs: number;
  /** Processor time of gateway and launcher until then; null where the system does not tell. */
  readonly processorMs: number | null;
}

const RETRY_MS = 2;
const PATIENCE_MS = 60_000;
const ALLOWED = 'allow.good';
/** Taps that are under way together, behind the first. */
const TOGETHER = 16;
const US_PER_MS = 1_000;

/** Starts a gateway, taps, and stops it again. Rejects where it ends before, or does not allow the first. */
export async function startToFirstTap(options: StartOptions): Promise<StartTimes> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [options.launcher, 'serve', '--config', options.config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  try {
    return await tapped(child, options, () => performance.now() - startedAt);
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    process.off('exit', kill);
  }
}

async function tapped(
  child: ChildProcess,
  options: StartOptions,
  sinceMs: () => number,
): Promise<StartTimes> {
  const answers = new Answers();
  const connection = await connected(child, options, answers, sinceMs);
  const welcomeMs = sinceMs();
  const send = (frames: readonly Uint8Array[], wanted: string | null) => {
    const all = answers.next(frames.length, wanted);
    for (const frame of frames) connection.add(frame);
    connection.flush();
    return all;
  };
  const [first, ...behind] = options.frames;
  if (first === undefined) throw new RangeError('there is a first tap');
  await send([first], ALLOWED);
  const firstTapMs = sinceMs();
  const processorMs = processorOf(child.pid ?? null);
  for (let at = 0; at < behind.length; at += TOGETHER) {
    // A gateway that has just started may shed some.
    await send(behind.slice(at, at + TOGETHER), null);
  }
  connection.close();
  return { welcomeMs, firstTapMs, processorMs };
}

/** Tries until the port takes it, as a gate does that waits for its gateway. */
async function connected(
  child: ChildProcess,
  { gate, token }: StartOptions,
  answers: Answers,
  sinceMs: () => number,
): Promise<LoadConnection> {
  while (sinceMs() < PATIENCE_MS && child.exitCode === null) {
    try {
      return await LoadConnection.open({
        url: gate,
        token,
        onAnswer: (_, code) => answers.add(code),
        onClosed: (reason) => answers.fail(new Error(`the gateway closed the connection: ${reason}`)),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await sleep(RETRY_MS);
    }
  }
  throw new Error('the gateway ended, or did not listen in time');
}

class Answers {
  #waited = 0;
  #wanted: string | null = null;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** Rejects at the first that has another code than wanted; null: any will do. */
  next(count: number, wanted: string | null): Promise<void> {
    this.#waited = count;
    this.#wanted = wanted;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  add(code: string): void {
    if (this.#wanted !== null && code !== this.#wanted) this.fail(new Error(`the first tap: ${code}`));
    this.#waited -= 1;
    if (this.#waited === 0) this.#resolve();
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}

/** Of the process and those it started. */
function processorOf(pid: number | null): number | null {
  const own = cpuUs(pid);
  if (pid === null || own === null) return null;
  return childrenOf(pid).reduce((sum, child) => sum + (processorOf(child) ?? 0), own / US_PER_MS);
}

/** proc(5), /proc/pid/task/tid/children. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
