/** What goes out to gates: everything that one turn of the event loop answers, in one write per connection. */
import type { DecisionAnswer } from '../../verification.ts';
import type { TransportLog } from '../transport.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { GateConnection, GateSocketHandle } from './gate-connection.ts';
import { encodeAnswer, encodeRefusal } from './gate-protocol.ts';
import type { UnreadAnswers } from './unread-answers.ts';

/** uWebSockets.js `send`: it keeps some of it until the client reads. */
const KEPT = 0;
/** uWebSockets.js `send`: the message was dropped because the limit of unsent bytes is reached. */
const DROPPED = 2;

export interface GateOutboxOptions {
  readonly unread: UnreadAnswers;
  readonly log: TransportLog;
  /** When a refusal of the transport's own can be tried again, milliseconds. */
  readonly retryAfterMs: number;
  /** A client does not read; its connection should be cut. */
  readonly slow: (connection: GateConnection) => void;
  /** A client has read everything that it had let lie. */
  readonly caughtUp: (connection: GateConnection) => void;
}

export class GateOutbox {
  readonly #options: GateOutboxOptions;
  readonly #unsent: GateConnection[] = [];
  readonly #answers = new AnswerWriter();
  #flushing = false;

  constructor(options: GateOutboxOptions) {
    this.#options = options;
  }

  send(connection: GateConnection, message: Uint8Array | DecisionAnswer): void {
    if (connection.outbox.length === 0) this.#unsent.push(connection);
    connection.outbox.push(message);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#flushing = false;
    for (const connection of this.#unsent.splice(0)) {
      const { socket, outbox } = connection;
      // Closed meanwhile: its outbox was emptied.
      if (socket === null) continue;
      let result = 1;
      if (outbox.length === 1) {
        // A single message is one write anyway.
        result = this.#write(socket, outbox.pop() as Uint8Array | DecisionAnswer);
      } else {
        connection.outbox = [];
        let wasDropped = false;
        socket.cork(() => {
          for (const message of outbox) wasDropped = this.#write(socket, message) === DROPPED || wasDropped;
        });
        result = wasDropped ? DROPPED : KEPT;
      }
      if (result === DROPPED) this.#options.slow(connection);
      else if (result === KEPT) this.look(connection);
    }
  }

  /** To be called whenever something may have been kept, or read: looks how much a client has let lie. */
  look(connection: GateConnection): void {
    const { socket } = connection;
    if (socket === null) return;
    const left = socket.getBufferedAmount();
    if (left === 0) {
      if (connection.unread === null) return;
      connection.unread.over();
      connection.unread = null;
      this.#options.caughtUp(connection);
    } else if (connection.device === null) {
      // A client that is not let in is owed nothing.
      this.#options.slow(connection);
    } else if (connection.unread === null) {
      connection.unread = this.#options.unread.begin(left, () => this.#options.slow(connection));
    } else {
      connection.unread.left(left);
    }
  }

  /** What `send` of the library answers. It copies what it sends. */
  #write(socket: GateSocketHandle, message: Uint8Array | DecisionAnswer): number {
    return socket.send(message instanceof Uint8Array ? message : this.#answerBytes(message), true);
  }

  #answerBytes(answer: DecisionAnswer): Uint8Array {
    try {
      return this.#answers.write(answer) ?? encodeAnswer(answer);
    } catch (cause) {
      // A confined fault of ours costs this one tap a coded answer.
      this.#options.log.error({ err: cause }, 'a decision could not be written');
      return encodeRefusal(answer.seq, 'gateway.internal', this.#options.retryAfterMs);
    }
  }
}
