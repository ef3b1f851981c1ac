/** One connection of server-sent events (HTML Living Standard 9.2), bounded: a reader that does not read is cut off. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';

/** Unread bytes of one connection. */
const UNREAD_BYTES_MAX = 1_048_576;
/** A browser opens the stream again after this. */
const RECONNECT_MS = 1_000;

/** For a route's description. */
export const EVENT_STREAM = {
  description: 'Server-sent events, until the session ends.',
  content: { 'text/event-stream': { schema: Type.String() } },
};

export class EventStream {
  readonly #raw: FastifyReply['raw'];

  /** Takes the answer over from Fastify. `onClose`: called once, whoever ended it. */
  constructor(request: FastifyRequest, reply: FastifyReply, onClose: () => void) {
    reply.hijack();
    this.#raw = reply.raw;
    // Written as soon as there is something to say, small as it is.
    request.raw.socket.setNoDelay(true);
    this.#raw.on('error', () => {});
    this.#raw.once('close', onClose);
    this.#raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'Content-Type': 'text/event-stream',
      'X-Accel-Buffering': 'no',
    });
    this.#write(`retry: ${RECONNECT_MS}\n\n`);
  }

  /** `data` becomes one line of JSON. */
  send(event: string, data: unknown): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** A comment: keeps whatever is in between from taking the connection for dead. */
  beat(): void {
    this.#write(':\n\n');
  }

  end(): void {
    this.#raw.end();
  }

  #write(text: string): void {
    if (this.#raw.writableEnded || this.#raw.destroyed) return;
    if (this.#raw.writableLength > UNREAD_BYTES_MAX) this.#raw.destroy();
    else this.#raw.write(text);
  }
}
