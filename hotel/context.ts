/** What the routes of the desk are built from; handed in by `desk.ts`, the one place that builds. */
import type { TakenProfiles } from '../config/crypto-settings.ts';
import type { HotelRules } from '../config/hotel/rules-schema.ts';
import type { HotelSettings } from '../config/settings.ts';
import type { DeskCore } from '../gateway/desk/desk-core.ts';
import type { LocalTime } from '../reports/local-time.ts';
import type { Gauges } from './core/gauges.ts';
import type { ModeNews } from './core/mode-news.ts';
import type { EventLog } from './events/event-log.ts';
import type { Holder } from './holder/holder.ts';
import type { DeskStreams } from './http/desk-stream.ts';
import type { Gatekeeper } from './http/gatekeeper.ts';
import type { Idempotency } from './http/idempotency.ts';
import type { AuditLog } from './people/audit.ts';
import type { GuestRegister } from './register/guest-register.ts';
import type { Verifications } from './verification/verifications.ts';

export interface DeskContext {
  readonly hotel: HotelSettings;
  /** Whose algorithms are used. */
  readonly crypto: TakenProfiles;
  /** Local rules. */
  readonly rules: HotelRules;
  readonly gatewayId: string;
  readonly core: DeskCore;
  /** When the gateway's mode changes. */
  readonly modes: ModeNews;
  /** What parts count, for `GET /v1/standing` and metrics. */
  readonly gauges: Gauges;
  readonly streams: DeskStreams;
  readonly register: GuestRegister;
  /** What is written with events goes through it. */
  readonly events: EventLog;
  readonly audit: AuditLog;
  readonly gatekeeper: Gatekeeper;
  readonly holder: Pick<Holder, 'check'>;
  /** The gateway's guarded clock, milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Days as the hotel's clocks show them. */
  readonly time: LocalTime;
  /** Judges presentations for clerks. */
  readonly verifications: Verifications;
  readonly idempotency: Idempotency;
  /** `fields` names no person. */
  readonly log: (
    level: 'info' | 'warn' | 'error',
    fields: Readonly<Record<string, string | number | boolean | null>>,
    message: string,
  ) => void;
}
