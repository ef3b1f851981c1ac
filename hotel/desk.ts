/** Builds the desk out of its parts: the one place in `hotel/` that does. */
import { readRules } from '../config/hotel/read-rules.ts';
import type { HotelRules } from '../config/hotel/rules-schema.ts';
import type { HotelSettings } from '../config/settings.ts';
import type { DeskCore } from '../gateway/desk/desk-core.ts';
import type { DeskData, FromDesk } from '../gateway/desk/messages.ts';
import { type GuardedClock, joinGuardedClock } from '../gateway/knowledge/clock/guarded-clock.ts';
import { localTime } from '../reports/local-time.ts';
import type { DeskContext } from './context.ts';
import { boardRoutes } from './core/board-routes.ts';
import { Gauges } from './core/gauges.ts';
import type { ModeNews } from './core/mode-news.ts';
import { standingRoutes } from './core/standing-routes.ts';
import { deskFolder } from './desk-folder.ts';
import { EventLog } from './events/event-log.ts';
import { eventRoutes } from './events/event-routes.ts';
import { openWebhooks } from './events/open-webhooks.ts';
import { Holder } from './holder/holder.ts';
import { readPinSecret } from './holder/pin-secret.ts';
import { HotelError } from './hotel-error.ts';
import { consoleRoutes } from './http/console-files.ts';
import { DeskStreams } from './http/desk-stream.ts';
import { Idempotency } from './http/idempotency.ts';
import { createServer } from './http/server.ts';
import { Argon2Queue } from './people/argon2.ts';
import { openPeople } from './people/people.ts';
import { openPhone } from './phone/open-phone.ts';
import { openReaders } from './reader/open-readers.ts';
import type { GuestRegister } from './register/guest-register.ts';
import { DailyPurge } from './register/keeping/daily-purge.ts';
import { openRegister } from './register/open-register.ts';
import { registerRoutes } from './register/register-routes.ts';
import { openKeyEncryptionKey } from './register/sealing/held-key-file.ts';
import type { KeyEncryptionKey } from './register/sealing/key-encryption-key.ts';
import { openReports } from './reports/open-reports.ts';
import { staysRoutes } from './stays/open-stays.ts';
import { openVerifications } from './verification/open-verifications.ts';
import { verificationRoutes } from './verification/verification-routes.ts';

export interface Desk {
  /** Resolves with the port. Rejects when the address cannot be listened on. */
  listen(): Promise<number>;
  close(): Promise<void>;
}

/** What the desk has of the gateway's main thread. */
export interface MainThread {
  readonly core: DeskCore;
  readonly modes: ModeNews;
  readonly tell: (message: FromDesk) => void;
}

/** Rejects with HotelError when a key, a file or the store cannot be used. */
export async function openDesk(data: DeskData, { core, modes, tell }: MainThread): Promise<Desk> {
  const { hotel, clock, clockToleranceMs } = data;
  const guarded = joinGuardedClock(clock, clockToleranceMs);
  const kek = await openKeyEncryptionKey(hotel.key_file, hotel.hotel_id, data.crypto);
  const register = await openRegister(hotel, deskFolder(data.dataDir), kek);
  try {
    return await openOver({ register, kek }, data, { core, modes, tell }, guarded);
  } catch (cause) {
    await register.close();
    throw cause;
  }
}

async function openOver(
  { register, kek }: { readonly register: GuestRegister; readonly kek: KeyEncryptionKey },
  data: DeskData,
  { core, modes, tell }: MainThread,
  guarded: Pick<GuardedClock, 'now' | 'surelyPastMs'>,
): Promise<Desk> {
  const { hotel, crypto, gatewayId, version } = data;
  const now = () => guarded.now();
  const surelyPastMs = () => guarded.surelyPastMs();
  const log: DeskContext['log'] = (level, fields, message) => tell({ kind: 'log', level, fields, message });
  const argon2 = new Argon2Queue();
  const people = await openPeople({
    ...{ hotel, argon2, now, log },
    keys: kek,
    folder: deskFolder(data.dataDir),
    sayOnce: (text) => tell({ kind: 'once', text }),
    onSessionEnd: (session) => {
      streams.endSession(session);
      readers.endSession(session);
    },
    ...(data.passwordCost && { passwordCost: data.passwordCost }),
  });
  const { gatekeeper, auditLog: audit } = people;
  const holder = await Holder.open({
    ...{ core, argon2, now, crypto, limits: hotel.limits, folder: deskFolder(data.dataDir) },
    secret: readPinSecret(hotel.pin_secret_file),
  });
  const streams = new DeskStreams({
    streamsMax: Math.ceil(hotel.limits.connections / 2),
    holds: (actor) => gatekeeper.holds(actor),
  });
  const rules = rulesOf(hotel);
  const time = localTime(hotel.time_zone);
  const verifications = openVerifications({
    hotel,
    profile: crypto.profile,
    core,
    rules,
    pins: holder,
    time,
    now,
  });
  const { limits } = hotel;
  const events = await EventLog.open({ register, now, keepMs: hotel.limits.event_keep_ms });
  const context: DeskContext = {
    ...{ rules, time, verifications },
    idempotency: new Idempotency({
      ...{ register, crypto, now, keepMs: limits.idempotency_keep_ms },
      rememberedMax: limits.verifications_kept,
      rememberedMs: limits.verification_lifetime_ms,
    }),
    ...{ hotel, crypto, gatewayId, core, modes, streams, gatekeeper, holder },
    gauges: new Gauges((values) => tell({ kind: 'gauges', values })),
    ...{ register, events, audit, now, log },
  };
  const phone = await openPhone(context, deskFolder(data.dataDir));
  const reports = openReports(context, deskFolder(data.dataDir));
  const webhooks = await openWebhooks(context);
  const readers = openReaders(context, deskFolder(data.dataDir));
  const ofCore = [consoleRoutes, streams.routes, standingRoutes, boardRoutes];
  const routes = [...ofCore, verificationRoutes, staysRoutes, ...people.routes, phone, ...reports.routes];
  // Readers last: what they do to upgrades is for their own route.
  const ofParts = [...routes, eventRoutes(webhooks), registerRoutes(surelyPastMs), readers.routes];
  const purges = new DailyPurge({ register, events, audit, now, surelyPastMs, time, log });
  const app = await createServer(context, version, ofParts);
  return {
    async listen() {
      const { host, port } = hotel.listen;
      await app.listen({ host, port, exclusive: true });
      purges.start();
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async close() {
      await app.close();
      await purges.stop();
      await reports.close();
      await webhooks.close();
      await holder.close();
      await people.close();
      await register.close();
    },
  };
}

/** Throws HotelError `unusable`. */
function rulesOf({ rules_file }: HotelSettings): HotelRules {
  try {
    return readRules(rules_file);
  } catch (cause) {
    throw new HotelError('unusable', (cause as Error).message, { cause });
  }
}
