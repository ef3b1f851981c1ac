/** What happens at a workplace, told to the sessions that are at it: `GET /v1/desk/stream`. Nothing of it is kept. */
import type { Actor } from '../people/actor.ts';
import { EVENT_STREAM, type EventStream } from './event-stream.ts';
import { EventStreams, type EventStreamsOptions } from './event-streams.ts';
import { ProblemResponse, ProblemSchema } from './problem.ts';
import { actorOf, type Routes } from './server.ts';

export const DESK_EVENTS = [
  'standing',
  'reader',
  'reading',
  'verification',
  'scanned',
  'phone',
  'reports',
] as const;
export type DeskEventName = (typeof DESK_EVENTS)[number];

export class DeskStreams {
  readonly #streams: EventStreams;
  readonly #greetings: ((stream: EventStream, actor: Actor) => void)[] = [];

  constructor(options: EventStreamsOptions) {
    this.#streams = new EventStreams(options);
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** To the sessions at a workplace; with `session`, to that one alone: what names a person goes to whoever asked for it. */
  push(desk: string, event: DeskEventName, data: unknown, session?: string): void {
    this.#streams.send(
      event,
      data,
      (actor) => actor.desk === desk && (session === undefined || actor.session === session),
    );
  }

  pushToAll(event: DeskEventName, data: unknown): void {
    this.#streams.send(event, data);
  }

  /** Called for every stream that opens: to say first how things are. */
  greetBy(greet: (stream: EventStream, actor: Actor) => void): void {
    this.#greetings.push(greet);
  }

  endSession(session: string): void {
    this.#streams.endSession(session);
  }

  close(): void {
    this.#streams.close();
  }

  readonly routes: Routes = (app) => {
    app.addHook('preClose', async () => this.close());
    app.get(
      '/v1/desk/stream',
      {
        config: { scope: 'stays:read' },
        schema: {
          tags: ['desk'],
          summary: 'What happens at the workplace of the session',
          description: `Events: ${DESK_EVENTS.join(', ')}. The data of each is one line of JSON.`,
          response: { 200: EVENT_STREAM, '4xx': ProblemSchema, '5xx': ProblemSchema },
        },
      },
      (request, reply) => {
        const actor = actorOf(request);
        if (actor.desk === null) throw new ProblemResponse('desk.no_workplace');
        const stream = this.#streams.open(request, reply, actor);
        for (const greet of this.#greetings) greet(stream, actor);
      },
    );
  };
}
