/** The hotel desk, where the settings have one: a client of the core on a thread of its own. */
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import { coreOfGateway } from '../desk/core-of-gateway.ts';
import type { DeskCore } from '../desk/desk-core.ts';
import { DeskWorker } from '../desk/desk-worker.ts';
import type { PasswordCost } from '../desk/messages.ts';
import { sceneStandings } from '../desk/scene-standing.ts';
import { ShownCredentials } from '../desk/shown-credentials.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { packageVersion } from '../observe/package-version.ts';
import type { ReadableFamily } from '../tap/1-decode/decode.ts';
import type { ChallengeIssuer, TapIntake } from '../verification.ts';
import type { PlatformSide } from './platform-side.ts';
import type { ClosingStack } from './run.ts';

interface DeskParts {
  readonly settings: Settings;
  readonly families: readonly ReadableFamily[];
  readonly intake: TapIntake;
  readonly challenges: ChallengeIssuer;
  readonly scenes: SceneTable;
  readonly platform: PlatformSide;
  readonly clock: GuardedClock;
  readonly outboxWaiting: () => number;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Where what is said once goes; default: standard error. */
  readonly onSaidOnce?: (text: string) => void;
  readonly passwordCost?: PasswordCost;
}

const ENTRY = new URL('../../hotel/desk-thread.ts', import.meta.url);

/** Base address; null: the settings have no desk. Rejects with DeskError when it cannot be run. */
export async function serveDesk(parts: DeskParts, closing: ClosingStack): Promise<string | null> {
  const { settings, clock, metrics, log, onSaidOnce = toTerminal } = parts;
  const { hotel, gateway_id: gatewayId, data_dir: dataDir, limits } = settings;
  if (hotel === undefined) return null;
  const shown = new ShownCredentials({
    keptMax: hotel.limits.verifications_kept,
    lifetimeMs: hotel.limits.verification_lifetime_ms,
  });
  const { families, intake, challenges } = parts;
  const core = coreOfGateway({ hotel, families, intake, challenges, shown, beside: beside(parts) });
  const worker = new DeskWorker({
    data: {
      ...{ hotel, gatewayId, dataDir, clock: clock.shared, version: packageVersion() },
      clockToleranceMs: limits.clock_tolerance_ms,
      ...(parts.passwordCost && { passwordCost: parts.passwordCost }),
    },
    core,
    entry: ENTRY,
    onLog: ({ level, fields, message }) => log[level](fields, message),
    onGauges: () => {},
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

function beside(parts: DeskParts): Pick<DeskCore, 'match' | 'pin' | 'judgeAgain' | 'standing' | 'board'> {
  const { settings, platform, clock, scenes, outboxWaiting } = parts;
  return {
    match: async () => ({
      kind: 'match',
      name: 'unknown',
      documentNumber: 'unknown',
      source: 'none',
      ageMs: 0,
    }),
    pin: async () => ({ kind: 'pin', said: 'unknown', retryAfterMs: 0 }),
    judgeAgain: async () => null,
    async standing() {
      const { state } = platform.mode;
      const { mode, forced, sinceMs } = state;
      const list = platform.list(CARDS);
      const nowMs = clock.now();
      const now = { mode: state, list: list?.head ?? null, nowMs };
      return {
        ...{ mode, forced, sinceMs, nowMs, outboxWaiting: outboxWaiting() },
        scenes: sceneStandings(settings.hotel?.scenes ?? [], scenes, now),
        listAgeMs: list === null ? null : Math.max(0, nowMs - list.head.issuedAtMs),
        listFreshUntilMs: list?.head.freshUntilMs ?? null,
        listStaleUntilMs: list?.head.staleUntilMs ?? null,
      };
    },
    async board() {
      const { mode, sinceMs: modeSinceMs } = platform.mode.state;
      const lists = platform.lists.map(({ head, size }) => ({
        name: head.name,
        ageMs: Math.max(0, clock.now() - head.issuedAtMs),
        cards: size,
      }));
      return {
        ...{
          atMs: clock.now(),
          mode,
          modeSinceMs,
          lists,
          connections: 0,
          gates: [],
          decided: [],
          latency: [],
        },
        ...{ queued: 0, outboxWaiting: outboxWaiting() },
      };
    },
  };
}
