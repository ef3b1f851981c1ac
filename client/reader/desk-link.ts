/** The agent's connection to its desk: kept up, opened again after a growing pause when it is lost. It keeps nothing. */
import { Backoff } from '../backoff.ts';
import { CLOSES, type FromAgent, type FromDesk, READER_SUBPROTOCOL, readFromDesk } from './wire.ts';

export interface DeskLinkEvents {
  /** Says who it is: first on every connection. */
  hello(): FromAgent;
  welcomed(desk: string): void;
  asked(message: Extract<FromDesk, { readonly t: 'read' }>): void;
  /** The connection is gone, and is opened again; called once each time it was there, and for the first failure. */
  lost(why: string): void;
  /** It is over: the desk does not know this reader. */
  refused(): void;
}

export interface DeskLinkOptions {
  /** Base address of the desk, `http:` or `https:`. */
  readonly url: string;
  readonly events: DeskLinkEvents;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

const WELCOME_MS = 10_000;
/** Two agents of one pairing would put each other out without end. */
const REPLACED_MS = 60_000;

export class DeskLink {
  readonly #url: string;
  readonly #events: DeskLinkEvents;
  readonly #backoff: Backoff;
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #beatMs = WELCOME_MS;
  #isWelcome = false;
  #hasSaidLost = false;
  #isOver = false;

  constructor({ url, events, firstPauseMs = 500, longestPauseMs = 30_000 }: DeskLinkOptions) {
    this.#url = `${url.replace(/^http/, 'ws')}/reader/connect`;
    this.#events = events;
    this.#backoff = new Backoff({ firstMs: firstPauseMs, maxMs: longestPauseMs });
    this.#connect();
  }

  /** What cannot be said now is not said later: the desk asks anew. */
  send(message: FromAgent): void {
    if (this.#isWelcome && this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#isOver = true;
    this.#setTimer(null);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  #connect(): void {
    this.#beatMs = WELCOME_MS;
    const socket = new WebSocket(this.#url, READER_SUBPROTOCOL);
    this.#socket = socket;
    this.#expect();
    socket.onopen = () => socket.send(JSON.stringify(this.#events.hello()));
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === 'string') this.#received(readFromDesk(data));
    };
    // An error is always followed by a close.
    socket.onerror = () => {};
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      if (code === CLOSES.unknownReader) this.#refused();
      else if (code === CLOSES.replaced) this.#lost('another agent runs with this pairing', REPLACED_MS);
      else this.#lost(`closed ${code}`);
    };
  }

  #received(message: FromDesk | null): void {
    this.#expect();
    if (message?.t === 'read') this.#events.asked(message);
    if (message?.t !== 'welcome') return;
    this.#isWelcome = true;
    this.#hasSaidLost = false;
    this.#beatMs = message.beat_ms;
    this.#expect();
    this.#backoff.reset();
    this.#events.welcomed(message.desk);
  }

  /** A desk that is silent for two beats is gone, whatever TCP says. */
  #expect(): void {
    this.#setTimer(
      setTimeout(() => this.#lost('the desk is silent'), this.#isWelcome ? this.#beatMs * 2 : WELCOME_MS),
    );
  }

  #lost(why: string, pauseMs = this.#backoff.next()): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isWelcome = false;
    socket?.close();
    if (this.#isOver) return;
    if (!this.#hasSaidLost) this.#events.lost(why);
    this.#hasSaidLost = true;
    this.#setTimer(setTimeout(() => this.#connect(), pauseMs));
  }

  #refused(): void {
    this.close();
    this.#events.refused();
  }

  #setTimer(timer: NodeJS.Timeout | null): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = timer;
  }
}
