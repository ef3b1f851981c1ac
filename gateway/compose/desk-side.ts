/** The hotel desk, where the settings have one: a client of the core on a thread of its own. */
import { coreOfGateway } from '../desk/core-of-gateway.ts';
import { DESK_METRICS } from '../desk/desk-gauges.ts';
import { DeskWorker } from '../desk/desk-worker.ts';
import type { PasswordCost } from '../desk/messages.ts';
import { ShownCredentials } from '../desk/shown-credentials.ts';
import type { Log } from '../observe/log.ts';
import { packageVersion } from '../observe/package-version.ts';
import type { ReadableFamily } from '../tap/1-decode/decode.ts';
import type { ChallengeIssuer, TapIntake } from '../verification.ts';
import { type DeskAnswersParts, deskAnswers } from './desk-answers.ts';
import type { ClosingStack } from './run.ts';

export interface DeskParts extends Omit<DeskAnswersParts, 'hotel' | 'shown'> {
  readonly families: readonly ReadableFamily[];
  readonly intake: TapIntake;
  readonly challenges: ChallengeIssuer;
  readonly log: Log;
  /** Where what is said once goes; default: standard error. */
  readonly onSaidOnce: ((text: string) => void) | undefined;
  /** Default: the desk's own. */
  readonly entry: URL | undefined;
  readonly passwordCost: PasswordCost | undefined;
}

const ENTRY = new URL('../../hotel/desk-thread.ts', import.meta.url);

/** Base address; null: the settings have no desk. Rejects with DeskError when it cannot be run. */
export async function serveDesk(parts: DeskParts, closing: ClosingStack): Promise<string | null> {
  const { settings, clock, metrics, log, onSaidOnce = toTerminal, entry = ENTRY } = parts;
  const { hotel, gateway_id: gatewayId, data_dir: dataDir, limits, crypto } = settings;
  if (hotel === undefined) return null;
  const shown = new ShownCredentials({
    keptMax: hotel.limits.verifications_kept,
    lifetimeMs: hotel.limits.verification_lifetime_ms,
  });
  const { families, intake, challenges } = parts;
  const beside = deskAnswers({ ...parts, hotel, shown }, closing);
  const core = coreOfGateway({ hotel, families, intake, challenges, shown, beside });
  let counted: Readonly<Record<string, number>> = {};
  metrics.watchDesk(DESK_METRICS, () => counted);
  const worker = new DeskWorker({
    data: {
      ...{ hotel, crypto, gatewayId, dataDir, clock: clock.shared, version: packageVersion() },
      clockToleranceMs: limits.clock_tolerance_ms,
      ...(parts.passwordCost && { passwordCost: parts.passwordCost }),
    },
    core,
    entry,
    onLog: ({ level, fields, message }) => log[level](fields, message),
    onGauges: (values) => {
      counted = values;
    },
    onSaidOnce,
    onFault: (error) => {
      metrics.faultSeen('desk');
      log.error({ error: error.message }, 'a fault at the hotel desk');
    },
  });
  closing.add(() => worker.stop());
  parts.platform.onMode(({ mode, forced }) => worker.tell({ kind: 'mode', mode, forced }));
  metrics.memory.watch(() => [['heap_desk', worker.heapBytes]]);
  const port = await worker.listen();
  const { host, tls } = hotel.listen;
  const url = `http${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info({ desk: url, hotel: hotel.hotel_id }, 'the hotel desk is open');
  return url;
}

const toTerminal = (text: string) => void process.stderr.write(`${text}\n`);
