/** Open streams of one kind: bounded in number, kept alive, and ended with the session that opened them. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../people/actor.ts';
import { EventStream } from './event-stream.ts';
import { ProblemResponse } from './problem.ts';

/** Between two looks at whether the session still holds, and two signs of life. */
const BEAT_MS = 5_000;
const PER_SESSION_MAX = 6;

export interface OpenStream {
  readonly actor: Actor;
  readonly stream: EventStream;
}

export interface EventStreamsOptions {
  readonly streamsMax: number;
  /** Whether whoever opened a stream may still read it. Asking is no use of a session. */
  readonly holds: (actor: Actor) => boolean;
}

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<OpenStream>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  get size(): number {
    return this.#open.size;
  }

  /** Throws ProblemResponse `desk.too_many` before anything is answered. */
  open(request: FastifyRequest, reply: FastifyReply, actor: Actor): EventStream {
    const ofSession = [...this.#open].filter((each) => each.actor.session === actor.session).length;
    if (this.#open.size >= this.#options.streamsMax || ofSession >= PER_SESSION_MAX) {
      throw new ProblemResponse('desk.too_many', { retryAfterMs: BEAT_MS });
    }
    const stream = new EventStream(request, reply, () => this.#open.delete(each));
    const each: OpenStream = { actor, stream };
    this.#open.add(each);
    return stream;
  }

  send(event: string, data: unknown, isFor: (actor: Actor) => boolean = () => true): void {
    for (const { actor, stream } of this.#open) if (isFor(actor)) stream.send(event, data);
  }

  /** A session or token has ended: nothing more is said to it. */
  endSession(session: string): void {
    for (const { actor, stream } of this.#open) if (actor.session === session) stream.end();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { stream } of this.#open) stream.end();
  }

  #beat(): void {
    for (const { actor, stream } of this.#open) {
      if (this.#options.holds(actor)) stream.beat();
      else stream.end();
    }
  }
}
