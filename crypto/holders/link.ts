/** One connection to a process that holds keys: asks it one thing at a time, and is over with the first that goes wrong. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { CryptoError } from '../crypto-error.ts';
import { FrameCutter } from './frames.ts';
import { type Answer, framed, helloRequest, PROTOCOL_VERSION, readAnswer, sentenceOf } from './messages.ts';

/** How a holder is reached: it is started, or it is there. */
export type HolderReach =
  | { readonly program: string; readonly args: readonly string[] }
  | { readonly socket: string };

interface Ends {
  readonly input: Writable;
  readonly output: Readable;
  /** Ends it at once. */
  readonly destroy: () => void;
  /** What it said last of why it ended, and whether starting it again would be of no use, or of harm. */
  readonly lastWords: () => { readonly said: string; readonly isFinal: boolean };
}

interface Waiting {
  readonly id: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: CryptoError) => void;
}

/** Of a program whose PIN was refused: the next try may lock the token for good. */
const REFUSED_STATUS = 2;
const LAST_WORDS_BYTES = 512;
/** What a program writes to standard error as it ends may come after its end is known. */
const LAST_WORDS_MS = 50;

export class HolderLink {
  readonly #ends: Ends;
  readonly #cutter = new FrameCutter();
  #waiting: Waiting | null = null;
  #id = 0;
  #isOver = false;

  private constructor(ends: Ends) {
    this.#ends = ends;
    const { input, output } = ends;
    output.on('data', (chunk: Buffer) => this.#take(chunk));
    // A pipe whose other end is gone says so here, and at the output's end.
    input.on('error', () => {});
    output.on('error', (error: Error) => this.#lose(`the connection failed: ${error.message}`));
    output.once('close', () => setTimeout(() => this.#gone(), LAST_WORDS_MS));
  }

  /**
   * Rejects with CryptoError `held_elsewhere` where no holder of this protocol says hello within the time, `unusable` where a
   * program ended because its PIN was refused.
   */
  static async open(reach: HolderReach, deadlineMs: number): Promise<HolderLink> {
    const link = new HolderLink('socket' in reach ? overSocket(reach.socket) : ofProgram(reach));
    const { status, bytes } = await link.ask(helloRequest(), deadlineMs);
    if (status === 'ok' && bytes[0] === PROTOCOL_VERSION) return link;
    link.close();
    throw away(`it does not speak version ${PROTOCOL_VERSION} of the protocol`);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Rejects with CryptoError `held_elsewhere` where there is no answer within the time, or none that can be read; the
   * connection is over then, so that a late answer is nobody's. To be called when the one before was answered.
   */
  ask(request: Uint8Array, deadlineMs: number): Promise<Answer> {
    if (this.#isOver) return Promise.reject(away('the connection is over'));
    if (this.#waiting !== null) throw new TypeError('a holder is asked one thing at a time');
    this.#id = (this.#id + 1) % 0x1_0000_0000;
    const id = this.#id;
    return new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => this.#lose(`it said nothing for ${deadlineMs} ms`), deadlineMs);
      this.#waiting = {
        id,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#ends.input.write(framed(id, request));
    });
  }

  close(): void {
    this.#lose('it was closed');
  }

  #take(chunk: Buffer): void {
    const bodies = this.#cutter.push(chunk);
    if (bodies === null) {
      this.#lose('it sent no frame of the protocol');
      return;
    }
    for (const body of bodies) {
      const answer = readAnswer(body);
      const waiting = this.#waiting;
      if (answer === null || waiting === null || answer.id !== waiting.id) {
        this.#lose('it sent what is no answer to what was asked');
        return;
      }
      this.#waiting = null;
      waiting.resolve(answer);
    }
  }

  #gone(): void {
    const { said, isFinal } = this.#ends.lastWords();
    const why = said === '' ? 'it ended' : `it ended: ${said}`;
    this.#end(isFinal ? new CryptoError('unusable', `${why}; it is not started again`) : away(why));
  }

  #lose(detail: string): void {
    this.#end(away(detail));
  }

  #end(error: CryptoError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ends.destroy();
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(error);
  }
}

function ofProgram({ program, args }: { readonly program: string; readonly args: readonly string[] }): Ends {
  // In a group of its own: an interrupt at the terminal must not end it before the last checkpoint is signed.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let words: Buffer = Buffer.alloc(0);
  const hear = (chunk: Buffer) => {
    words = Buffer.concat([words, chunk]).subarray(-LAST_WORDS_BYTES);
  };
  child.stderr.on('data', hear);
  child.stderr.on('error', () => {});
  child.once('error', (error) => hear(Buffer.from(error.message, 'utf8')));
  return {
    input: child.stdin,
    output: child.stdout,
    destroy() {
      child.kill('SIGKILL');
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    },
    lastWords: () => ({ said: sentenceOf(words), isFinal: child.exitCode === REFUSED_STATUS }),
  };
}

function overSocket(path: string): Ends {
  const socket = connect(path);
  const lastWords = () => ({ said: '', isFinal: false });
  return { input: socket, output: socket, destroy: () => socket.destroy(), lastWords };
}

export function away(detail: string, options?: ErrorOptions): CryptoError {
  return new CryptoError('held_elsewhere', detail, options);
}
