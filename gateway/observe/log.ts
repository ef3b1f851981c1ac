/** Structured logs. Callers pass codes, names of our own parts and numbers; never a credential, token or subject. */
import { type Logger, pino } from 'pino';

export type Log = Logger;

export function createLog(level: string, gatewayId: string): Log {
  return pino({
    level,
    base: { gateway: gatewayId },
    timestamp: pino.stdTimeFunctions.isoTime,
    // A belt beside the braces: should one of these ever be passed by mistake, it is not written.
    redact: { paths: ['token', '*.token', 'authorization', '*.authorization', 'credential', '*.credential'] },
  });
}
