/** Routes of the desk over a real server, with a core and a gatekeeper that the test plays. */
import type { Code } from '../../../config/codes.ts';
import { readRules } from '../../../config/hotel/read-rules.ts';
import { parseSettings } from '../../../config/settings.ts';
import type { DeskCore } from '../../../gateway/desk/desk-core.ts';
import type { DeskGaugeValues } from '../../../gateway/desk/desk-gauges.ts';
import type { DeskContext } from '../../../hotel/context.ts';
import { Gauges } from '../../../hotel/core/gauges.ts';
import { ModeNews } from '../../../hotel/core/mode-news.ts';
import type { EventLog } from '../../../hotel/events/event-log.ts';
import { DeskStreams } from '../../../hotel/http/desk-stream.ts';
import { Idempotency } from '../../../hotel/http/idempotency.ts';
import { createServer, type DeskApp, type Routes } from '../../../hotel/http/server.ts';
import { type Actor, SCOPES } from '../../../hotel/people/actor.ts';
import type { GuestRegister } from '../../../hotel/register/guest-register.ts';
import type { Verifications } from '../../../hotel/verification/verifications.ts';
import { localTime } from '../../../reports/local-time.ts';
import { TEST_PROFILE } from '../../crypto-profile.rig.ts';

export interface ServedDesk {
  readonly app: DeskApp;
  readonly url: string;
  readonly context: DeskContext & { readonly streams: DeskStreams; readonly gauges: Gauges };
  /** By bearer token; one that is taken away is signed out. */
  readonly actors: Map<string, Actor>;
  readonly told: DeskGaugeValues[];
  close(): Promise<void>;
}

/** An operator at workplace front-1 with every scope. */
export function actor(over: Partial<Actor> = {}): Actor {
  return {
    ...{ kind: 'operator', id: 'lin', scopes: new Set(SCOPES), desk: 'front-1', session: 's-1' },
    ...over,
  };
}

export async function serveRoutes(
  routes: readonly Routes[],
  { core, ...over }: Partial<Omit<DeskContext, 'core'>> & { readonly core?: Partial<DeskCore> } = {},
): Promise<ServedDesk> {
  const { hotel, crypto } = parseSettings({
    ...{ gateway_id: 'desk-test', data_dir: '/nowhere', trust_file: '/nowhere' },
    crypto: { profile: TEST_PROFILE },
    hotel: { hotel_id: 'harbour', key_file: '/nowhere', desks: ['front-1', 'front-2'] },
  });
  if (hotel === undefined) throw new Error('the settings have a hotel');
  const actors = new Map<string, Actor>();
  const told: DeskGaugeValues[] = [];
  const signedIn = (header: string | undefined): Actor | Code =>
    actors.get(header?.replace('Bearer ', '') ?? '') ?? 'desk.unauthenticated';
  const holds = (asked: Actor) => [...actors.values()].some(({ session }) => session === asked.session);
  const streams = new DeskStreams({ streamsMax: 8, holds });
  const context = {
    ...{ hotel, crypto, gatewayId: 'desk-test', core: (core ?? {}) as DeskCore },
    ...{ modes: new ModeNews(), gauges: new Gauges((values) => void told.push(values)), streams },
    ...{ register: {} as GuestRegister, events: {} as EventLog },
    ...{ rules: readRules(), time: localTime(hotel.time_zone), verifications: {} as Verifications },
    idempotency: new Idempotency({
      crypto,
      ...{ register: { get: async () => null }, now: () => Date.now(), keepMs: 60_000 },
      ...{ rememberedMax: 100, rememberedMs: 60_000 },
    }),
    audit: { append: async () => {} },
    holder: { check: async () => ({ kind: 'pin', said: 'unknown', retryAfterMs: 0 }) },
    gatekeeper: { identify: async ({ headers }) => signedIn(headers.authorization), holds },
    now: () => Date.now(),
    log: () => {},
    ...over,
  } satisfies DeskContext;
  const app = await createServer(context, '0.0.0', [streams.routes, ...routes]);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, url, context, actors, told, close: () => app.close() };
}
