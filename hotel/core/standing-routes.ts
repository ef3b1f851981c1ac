/** `GET /v1/standing`, and the event `standing` for every workplace: at once when the mode changes, else every some seconds. */
import { ProblemSchema } from '../http/problem.ts';
import type { Routes } from '../http/server.ts';
import { StandingSchema, standingView } from './standing-view.ts';

/** Between two events, where somebody listens: ages and what waits go on. */
const EVERY_MS = 5_000;

export const standingRoutes: Routes = (app, { core, gauges, streams, modes, log }) => {
  const view = async () => standingView(await core.standing(), gauges.values);
  const told = (say: (standing: unknown) => void) =>
    view().then(say, (cause: Error) =>
      log('warn', { error: cause.message }, 'the standing could not be told to the desks'),
    );
  const toAll = () => {
    if (streams.size > 0) void told((standing) => streams.pushToAll('standing', standing));
  };
  streams.greetBy((stream) => void told((standing) => stream.send('standing', standing)));
  modes.follow(toAll);
  const timer = setInterval(toAll, EVERY_MS);
  app.addHook('onClose', async () => clearInterval(timer));
  app.get(
    '/v1/standing',
    {
      config: { scope: 'stays:read' },
      schema: {
        tags: ['desk'],
        summary: 'How the gateway stands: mode, lists, what is still accepted, what waits',
        response: { 200: StandingSchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    view,
  );
};
