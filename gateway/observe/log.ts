/** Structured logs. Callers pass codes, names of our own parts and numbers; never a credential, token or subject. */
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type Log = Logger;

/** JSON, a line each, with the level as a word; at a terminal a line to read. `to`: default: standard output. */
export function createLog(level: string, gatewayId: string, to: DestinationStream = standardOutput()): Log {
  return pino(
    {
      level,
      base: { gateway: gatewayId },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Redacted as well, should one of these ever be passed by mistake.
      redact: {
        paths: ['token', '*.token', 'authorization', '*.authorization', 'credential', '*.credential'],
      },
    },
    to,
  );
}

function standardOutput(): DestinationStream {
  return process.stdout.isTTY ? readable({ colorize: process.stdout.hasColors() }) : pino.destination(1);
}

/** Lines for people. `sync`: what is said last must not be lost when the process ends. */
export function readable(options: {
  readonly colorize: boolean;
  readonly destination?: NodeJS.WritableStream;
}) {
  return pretty({
    ...options,
    sync: true,
    singleLine: true,
    ignore: 'gateway',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}
