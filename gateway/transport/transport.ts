/** What the transport is given, and what it gives: the only part of the gateway that knows HTTP and WebSocket. */
import type { Code } from '../../config/codes.ts';
import { OnecardError } from '../../config/onecard-error.ts';
import type { Settings } from '../../config/settings.ts';
import type { DeviceAuth } from '../devices/auth.ts';
import type { Enrolled } from '../devices/standing.ts';
import type { ReceiptIssuer } from '../receipts/receipt.ts';
import type { ReadableFamily } from '../tap/1-decode/decode.ts';
import type { ChallengeIssuer, TapIntake } from '../verification.ts';
import type { ScenesShown } from './taps/rest-scenes.ts';
import type { TlsFiles } from './tls-files.ts';

export interface TransportMetrics {
  /** A connection or request that was refused before there was a tap. */
  connectionRefused(code: Code): void;
}

/** What pino's Logger offers, as far as it is used here. */
export interface TransportLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HealthReport {
  readonly ok: boolean;
  /** Each thing looked at, by name; nothing about persons. */
  readonly checks: Readonly<Record<string, string | number | boolean | null>>;
}

/** The mode in force, and since when (RFC 3339). */
export interface ModeReport {
  readonly mode: string;
  readonly forced: boolean;
  readonly since: string;
}

export interface Health {
  /** Whether the process is worth keeping. */
  live(): HealthReport;
  /** Whether taps would be judged now. */
  ready(): HealthReport;
  mode(): ModeReport;
}

/** What was found usable while the gateway runs, and waits to be put in force. */
export interface Renewal {
  apply(): void;
}

export interface TransportOptions {
  readonly settings: Pick<Settings, 'crypto' | 'gateway_id' | 'listen' | 'limits'>;
  readonly families: readonly ReadableFamily[];
  readonly intake: TapIntake;
  readonly challenges: ChallengeIssuer;
  readonly receipts: ReceiptIssuer;
  /** Those in force. */
  readonly scenes: ScenesShown;
  readonly devices: DeviceAuth;
  /** The gateway's time, milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly health: Pick<Health, 'live' | 'ready'>;
  readonly metrics: TransportMetrics;
  /** Where `/` leads whoever opens it; without it there is nothing. */
  readonly landing?: () => string;
  readonly log: TransportLog;
}

export interface Transport {
  /** Rejects when the address cannot be listened on. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Gate connections open now. */
  readonly connections: number;
  /** The enrolments that have gate connections open now, each once. */
  readonly connected: Iterable<Enrolled>;
  /**
   * Listens no more and tells every gate to leave. Answers still go out; each ends the HTTP connection it goes out on.
   * Resolves when all gates have left, or after `graceMs`.
   */
  drain(graceMs: number): Promise<void>;
  /** Closes the connections of gates that were told to leave and have not. */
  sendAway(): void;
  /** Closes every connection of an enrolment, as when its device is revoked or enrolled anew. */
  disconnect(enrolled: Enrolled, code: Code): void;
  /**
   * Prepares what TLS files hold now, for connections that come from then on; those that are open stay as they are. Null:
   * they hold what is served already. Throws TransportError when they cannot be used, or there is no TLS.
   */
  renewTls(files: TlsFiles): Renewal | null;
  /** Stops listening and closes everything at once. */
  close(): Promise<void>;
}

/** The transport cannot start: its address or its TLS files cannot be used. */
export class TransportError extends OnecardError {
  override readonly name = 'TransportError';
  readonly code = 'transport_unusable';
}
