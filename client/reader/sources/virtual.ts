/** A reader without hardware: a card lies on it while a connection to the virtual card is held (vsmartcard's wire over TCP). */
import { randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { CardError } from '../card/card-error.ts';
import type { OpenCard, ReaderSource, SourceEvents } from './source.ts';

const AGAIN_MS = 250;
const ANSWER_MS = 5_000;
/** Orders of one byte. */
const ON = 1;
const RESET = 2;
const SAY_ATR = 4;

interface Waiting {
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (cause: CardError) => void;
  readonly timer: NodeJS.Timeout;
}

export class VirtualSource implements ReaderSource {
  readonly #host: string;
  readonly #port: number;
  readonly #name: string;
  #events: SourceEvents | null = null;
  #socket: Socket | null = null;
  #again: NodeJS.Timeout | null = null;
  #waiting: Waiting | null = null;
  #left: Uint8Array = new Uint8Array();
  #card: number | null = null;
  /** From a number drawn at random: no card of another run has the number of one of this. */
  #cards = randomInt(2 ** 31);

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.#host = host;
    this.#port = port;
    this.#name = `virtual ${host}:${port}`;
  }

  start(events: SourceEvents): void {
    this.#events = events;
    this.#tell();
    this.#connect();
  }

  async open(): Promise<OpenCard> {
    if (this.#card === null) throw new CardError('card.removed', 'the card is gone');
    this.#order(RESET);
    return { transmit: (command) => this.#ask(command), close: async () => {} };
  }

  async stop(): Promise<void> {
    this.#events = null;
    if (this.#again) clearTimeout(this.#again);
    this.#socket?.destroy();
  }

  #connect(): void {
    this.#again = null;
    const socket = connect({ host: this.#host, port: this.#port });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.once('close', () => this.#lost());
    socket.once('connect', () => {
      this.#order(ON);
      this.#ask(Uint8Array.of(SAY_ATR)).then(
        () => {
          this.#cards += 1;
          this.#card = this.#cards;
          this.#tell();
        },
        // No card lies there, or none that speaks.
        () => socket.destroy(),
      );
    });
  }

  #lost(): void {
    this.#left = new Uint8Array();
    this.#settle()?.reject(new CardError('card.removed', 'the card is gone'));
    const hadCard = this.#card !== null;
    this.#card = null;
    if (hadCard) this.#tell();
    if (this.#events !== null) this.#again = setTimeout(() => this.#connect(), AGAIN_MS);
  }

  #ask(payload: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#waiting !== null) {
        reject(new CardError('card.unreadable', 'one command at a time'));
        return;
      }
      const timer = setTimeout(() => {
        this.#settle()?.reject(new CardError('card.unreadable', 'no answer in time'));
        this.#socket?.destroy();
      }, ANSWER_MS);
      this.#waiting = { resolve, reject, timer };
      this.#send(payload);
    });
  }

  #order(order: number): void {
    this.#send(Uint8Array.of(order));
  }

  #send(payload: Uint8Array): void {
    const head = Uint8Array.of(payload.length >> 8, payload.length & 0xff);
    this.#socket?.write(Buffer.concat([head, payload]));
  }

  #received(chunk: Uint8Array): void {
    this.#left = Buffer.concat([this.#left, chunk]);
    const length = ((this.#left[0] ?? 0) << 8) | (this.#left[1] ?? 0);
    if (this.#left.length < 2 || this.#left.length < 2 + length) return;
    const payload = Uint8Array.from(this.#left.subarray(2, 2 + length));
    this.#left = this.#left.subarray(2 + length);
    this.#settle()?.resolve(payload);
  }

  #settle(): Waiting | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) clearTimeout(waiting.timer);
    return waiting;
  }

  #tell(): void {
    this.#events?.changed([{ name: this.#name, kind: 'chip', card: this.#card }], null);
  }
}
