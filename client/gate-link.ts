/** One connection to a gateway: hello, heartbeats, and the news of its end. It knows nothing of what came before it. */
import type { Code } from '../config/codes.ts';
import type { Answer } from './answer.ts';
import {
  type Challenge,
  decodeMessage,
  encodeBye,
  encodeHello,
  encodePing,
  type ServerMessage,
  SUBPROTOCOL,
  type Welcome,
} from './messages.ts';
import type { ServerClock } from './server-clock.ts';

export interface GateLinkEvents {
  welcomed(welcome: Welcome): void;
  answered(answer: Answer): void;
  challenged(id: number, challenge: Challenge | Code): void;
  /** A message was refused whose number the gateway could not read. */
  refused(code: Code): void;
  draining(graceMs: number): void;
  /** Called once; nothing is called after it. `reason` is the gateway's code where it gave one. */
  lost(reason: string): void;
}

export interface GateLinkOptions {
  readonly url: string;
  readonly stream: Uint8Array;
  readonly clock: ServerClock;
  /** `gatewayId`: for this gateway alone; null: for whoever the client's tokens are for. */
  readonly createToken: (gatewayId: string | null) => Promise<string>;
  readonly events: GateLinkEvents;
}

/** From connecting to welcome. */
const WELCOME_WAIT_MS = 10_000;
/** A bye is answered by a close; a peer that does not is left. */
const BYE_WAIT_MS = 2_000;

export class GateLink {
  readonly #options: GateLinkOptions;
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #helloAtMs = 0;
  #heardAt = 0;
  #welcomed = false;
  #over = false;

  constructor(options: GateLinkOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#end('no welcome in time'), WELCOME_WAIT_MS);
    this.#withToken(null, (token) => this.#connect(token));
  }

  #withToken(gatewayId: string | null, use: (token: string) => void): void {
    this.#options
      .createToken(gatewayId)
      .then(use, (cause) => this.#end(`no token: ${(cause as Error).message}`));
  }

  /** Does nothing on a connection that is not open: what was not sent is sent on the next. */
  send(frame: Uint8Array): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  /** Says bye; `lost` follows when the gateway has closed, or after a while. */
  leave(): void {
    if (this.#over) return;
    if (!this.#welcomed) {
      this.#end('left');
      return;
    }
    this.send(encodeBye());
    this.#stopTimer();
    this.#timer = setTimeout(() => this.#end('left'), BYE_WAIT_MS);
  }

  #connect(token: string): void {
    if (this.#over) return;
    const socket = new WebSocket(this.#options.url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.#sayHello(token);
    socket.onmessage = ({ data }) => this.#received(new Uint8Array(data as ArrayBuffer));
    // An error is always followed by a close.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => this.#end(reason === '' ? `closed ${code}` : reason);
  }

  #sayHello(token: string): void {
    this.#helloAtMs = Date.now();
    this.send(encodeHello(token, this.#options.stream));
  }

  #received(bytes: Uint8Array): void {
    this.#heardAt = performance.now();
    let message: ServerMessage;
    try {
      message = decodeMessage(bytes);
    } catch {
      this.#end('a message that is not MessagePack');
      return;
    }
    const { events, clock } = this.#options;
    switch (message.kind) {
      case 'answer':
        events.answered(message.answer);
        break;
      case 'challenge':
        events.challenged(message.id, message.challenge);
        break;
      case 'no_challenge':
        events.challenged(message.id, message.code);
        break;
      case 'welcome':
        clock.observe(this.#helloAtMs, Date.now(), message.welcome.serverTimeMs);
        this.#welcomed = true;
        this.#beat(message.welcome.heartbeatMs);
        events.welcomed(message.welcome);
        break;
      case 'pong':
        clock.observe(message.atMs, Date.now(), message.serverTimeMs);
        break;
      case 'drain':
        events.draining(message.graceMs);
        break;
      case 'unnumbered_refusal':
        if (message.serverTimeMs !== null) clock.correct(this.#helloAtMs, Date.now(), message.serverTimeMs);
        if (message.gateway === null || this.#welcomed) events.refused(message.code);
        // Here alone, then: it cannot be told whether another of the cluster took the token.
        else this.#withToken(message.gateway, (token) => this.#sayHello(token));
        break;
      case 'other':
        break;
    }
  }

  /** Pings twice a heartbeat; a peer silent for two heartbeats is dead, whatever TCP says. */
  #beat(heartbeatMs: number): void {
    this.#stopTimer();
    this.#timer = setInterval(() => {
      if (performance.now() - this.#heardAt > heartbeatMs * 2) this.#end('silent for two heartbeats');
      else this.send(encodePing(Date.now()));
    }, heartbeatMs / 2);
  }

  #stopTimer(): void {
    // Intervals and timeouts are cleared alike.
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    this.#options.events.lost(reason);
  }
}
