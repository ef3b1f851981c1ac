/** `GET /v1/board`, and `/v1/board/stream`: a reading a second while somebody looks, else one in five for the history. */
import type { BoardReading } from '../../gateway/desk/desk-core.ts';
import { EVENT_STREAM } from '../http/event-stream.ts';
import { EventStreams } from '../http/event-streams.ts';
import { ProblemSchema } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { BoardHistory } from './board-history.ts';
import { BoardSchema, board, boardNow } from './board-view.ts';

const WATCHED_EVERY_MS = 1_000;
const UNWATCHED_EVERY = 5;
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** Streams of all operators. */
const STREAMS_MAX = 64;

export const boardRoutes: Routes = (app, { core, gatekeeper, log }) => {
  const history = new BoardHistory();
  const streams = new EventStreams({
    streamsMax: STREAMS_MAX,
    holds: (actor) => gatekeeper.holds(actor),
  });
  const look = async (): Promise<BoardReading> => {
    const reading = await core.board();
    history.add({ at: performance.now(), reading });
    return reading;
  };
  const onFault = (cause: Error) => log('warn', { error: cause.message }, 'the board could not be read');
  let turn = 0;
  const tick = async () => {
    turn += 1;
    if (streams.size === 0 && turn % UNWATCHED_EVERY !== 0) return;
    const reading = await look();
    if (streams.size > 0) streams.send('board', boardNow(reading, history));
  };
  const timer = setInterval(() => void tick().catch(onFault), WATCHED_EVERY_MS);
  void look().catch(onFault);
  app.addHook('preClose', async () => {
    clearInterval(timer);
    streams.close();
  });
  app.get(
    '/v1/board',
    {
      config: { scope: 'board:read' },
      schema: {
        tags: ['board'],
        summary: 'How the gateway runs: taps a second, latency, mode, lists, gates, decisions by code',
        description: 'Rates and percentiles are of the last 10 seconds.',
        response: { 200: BoardSchema, ...problems },
      },
    },
    async () => board(await look(), history),
  );
  app.get(
    '/v1/board/stream',
    {
      config: { scope: 'board:read' },
      schema: {
        tags: ['board'],
        summary: 'The board, a reading a second',
        description:
          'The first event, `history`, is the board whole; each `board` after it is the same without its history.',
        response: { 200: EVENT_STREAM, ...problems },
      },
    },
    async (request, reply) => {
      const reading = await look();
      const stream = streams.open(request, reply, actorOf(request));
      stream.send('history', board(reading, history));
    },
  );
};
