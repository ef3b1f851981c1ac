/** What `/livez`, `/readyz` and `/mode` say. Nothing about persons. */
import type { ProvePool } from '../../workers/pool.ts';
import type { JournalSpace } from '../journal/journal-space.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { JournalLog } from '../journal/log/journal-log.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import type { Pipeline } from '../tap/pipeline.ts';
import type { Health, HealthReport } from '../transport/transport.ts';
import type { ClockSide } from './clock-side.ts';
import type { EpochKeeper, EpochReport } from './epoch-keeper.ts';
import type { HeldKeys } from './keys-side.ts';
import type { PlatformSide } from './platform-side.ts';

export interface HealthParts {
  readonly journal: LmdbJournal;
  readonly space: JournalSpace;
  readonly journalLog: Pick<JournalLog, 'waitingSinceMs'>;
  readonly heldKeys: Pick<HeldKeys, 'checks'>;
  readonly epochs: EpochKeeper;
  readonly pipeline: Pipeline;
  readonly pool: ProvePool;
  readonly platform: PlatformSide;
  readonly time: ClockSide;
  readonly leaving: () => boolean;
}

export function healthOf(parts: HealthParts): Health {
  const { journal, platform } = parts;
  return {
    live: () => ({ ok: journal.refusal === null, checks: { journal: journal.refusal?.code ?? 'ok' } }),
    ready: () => readiness(parts),
    mode: () => {
      const { mode, forced, sinceMs } = platform.mode.state;
      return { mode, forced, since: new Date(sinceMs).toISOString() };
    },
  };
}

/**
 * A gateway that is cut off, or closed, is ready all the same: it answers each tap as its scenes say. So is one whose
 * clock is suspect: some of the sources are unsigned, and nobody on the network shall take gateways out of service.
 */
function readiness(parts: HealthParts): HealthReport {
  const { journal, space, epochs, pipeline, pool, platform, time } = parts;
  const { mode, forced, sinceMs } = platform.mode.state;
  const { trust } = platform;
  const leaving = parts.leaving();
  const list = platform.list(CARDS);
  const nowMs = time.clock.now();
  const { clock, offsetMs, source } = time.watch.report();
  const disk = journal.bound.disk;
  return {
    ok: journal.refusal === null && disk?.state !== 'full' && pipeline.isOpen && pool.size > 0 && !leaving,
    checks: {
      accepting: pipeline.isOpen,
      leaving,
      journal: journal.refusal?.code ?? 'ok',
      disk: disk?.state ?? null,
      disk_free_bytes: disk?.freeBytes ?? null,
      room_batches: pool.room,
      mode,
      mode_forced: forced,
      mode_since: new Date(sinceMs).toISOString(),
      list_revision: list?.revision ?? null,
      list_age_ms: list === null ? null : Math.max(0, nowMs - list.head.issuedAtMs),
      trust_revision: trust.revision,
      trust_expires: instant(trust.expiresAtMs),
      trust_usable_until: instant(trust.graceUntilMs),
      trust_in_grace: nowMs > trust.expiresAtMs,
      // Null: there is no platform to ask.
      live_status: platform.live === null ? null : platform.believesPlatform ? 'sealed' : 'no_status_key',
      outbox_waiting: space.unconfirmedRecords,
      checkpoint_waiting_ms: waitingMs(parts.journalLog),
      clock,
      clock_offset_ms: offsetMs,
      clock_source: source,
      time: new Date(nowMs).toISOString(),
      ...epochChecks(epochs.report),
      ...parts.heldKeys.checks,
    },
  };
}

/** How long a checkpoint has been waiting for its signature; taps do not. */
export function waitingMs({ waitingSinceMs }: Pick<JournalLog, 'waitingSinceMs'>): number {
  return waitingSinceMs === null ? 0 : Math.round(performance.now() - waitingSinceMs);
}

/** Whether this journal parted from what the platform holds, and which time its memory of used presentations lacks. */
function epochChecks({ epoch, conflictAtMs, gap }: EpochReport) {
  return {
    journal_epoch: epoch,
    journal_conflict_since: conflictAtMs === null ? null : instant(conflictAtMs),
    replay_unknown_from: gap?.fromMs ? instant(gap.fromMs) : null,
    replay_unknown_to: gap === null ? null : instant(gap.toMs),
  };
}

/** Null for trust from a file, which does not expire. */
function instant(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
