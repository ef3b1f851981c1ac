/** What metrics look at when they are asked. */
import type { SceneTable } from '../../config/scenes.ts';
import type { ProvePool } from '../../workers/pool.ts';
import type { JournalSpace } from '../journal/journal-space.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { JournalLog } from '../journal/log/journal-log.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Passages } from '../tap/5-decide/passages.ts';
import type { ReplayWindow } from '../tap/5-decide/replay-window.ts';
import type { Pipeline } from '../tap/pipeline.ts';
import type { Transport } from '../transport/transport.ts';
import type { ClockSide } from './clock-side.ts';
import type { PlatformSide } from './platform-side.ts';
import { waitingMs } from './readiness.ts';

interface Watched {
  readonly journal: LmdbJournal;
  readonly journalLog: Pick<JournalLog, 'waitingSinceMs'>;
  readonly pool: ProvePool;
  readonly pipeline: Pipeline;
  readonly transport: Transport;
  readonly replay: ReplayWindow;
  readonly passages: Passages;
  readonly platform: PlatformSide;
  readonly space: JournalSpace;
  readonly time: ClockSide;
  readonly scenes: Pick<SceneTable, 'revision' | 'scenes'>;
}

export function watchGauges(
  metrics: Metrics,
  {
    pool,
    journal,
    journalLog,
    pipeline,
    transport,
    replay,
    passages,
    platform,
    space,
    time,
    scenes,
  }: Watched,
): void {
  metrics.watch({
    depth: (deviceClass) => pipeline.depth(deviceClass),
    inFlight: () => pipeline.inFlight,
    connections: () => transport.connections,
    replayEntries: () => replay.size,
    passages: () => passages.size,
    passagesUnremembered: () => passages.unremembered,
    listedCards: () => platform.list(CARDS)?.size ?? 0,
    mode: () => platform.mode.state.mode,
    policy: () => ({ revision: scenes.revision, scenes: scenes.scenes.length }),
  });
  metrics.memory.watch(() => {
    const { heapBytes, remembered } = pool.memory();
    const parts = [...remembered].map(([part, bytes]) => [`remembered_${part}`, bytes] as const);
    return [['heap_proving', heapBytes], ...parts, ['replay', replay.bytes], ['passages', passages.bytes]];
  });
  metrics.outage.watch({
    mode: () => platform.mode.state,
    lists: () =>
      platform.lists.map(({ head, size }) => ({
        name: head.name,
        ageMs: Math.max(0, time.clock.now() - head.issuedAtMs),
        cards: size,
      })),
    trustExpiresAtMs: () => platform.trust.expiresAtMs,
    outboxWaiting: () => space.unconfirmedRecords,
    disk: () => journal.bound.disk,
    clockOffsets: () => time.watch.offsets,
    checkpointWaitingMs: () => waitingMs(journalLog),
    clockIsSuspect: () => time.watch.report().clock === 'suspect',
  });
}
