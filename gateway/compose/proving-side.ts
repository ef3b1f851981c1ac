/** The proving threads. */
import { availableParallelism } from 'node:os';
import type { Settings } from '../../config/settings.ts';
import { ProvePool, startThreads } from '../../workers/pool.ts';
import type { ProvingThread } from '../../workers/proving-thread.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ClusterSide } from './cluster-side.ts';
import type { PlatformSide } from './platform-side.ts';
import type { ClosingStack } from './run.ts';

export interface ProvingParts {
  readonly settings: Settings;
  readonly cluster: ClusterSide | null;
  readonly journal: Pick<LmdbJournal, 'pseudonyms' | 'formerPseudonyms'>;
  /** Whether anything is asked for by the names of before. */
  readonly former: boolean;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Another entry module: tests put a faulty one here. */
  readonly threadEntry: URL | undefined;
  /** A thread became free. */
  readonly onFree: () => void;
}

const TRUST_NOT_LOADED =
  'new trust could not be loaded on the proving threads: the trust before stays in force, and it is tried again';

/** They load their module while there is no trust yet; they take batches in a pool (`buildPool`). */
export function startProvers(parts: ProvingParts, closing: ClosingStack): readonly ProvingThread[] {
  const { settings, cluster, journal, former, metrics, log, threadEntry, onFree } = parts;
  const { workers, limits } = settings;
  const threads = startThreads(workers.threads || Math.max(1, availableParallelism() - 1), {
    hangMs: workers.hang_ms,
    trustLoadMs: workers.trust_load_ms,
    rememberedBytes: limits.remembered_bytes,
    namingKeys: journal.pseudonyms.keys,
    formerNamingKeys: former ? (journal.formerPseudonyms?.keys ?? null) : null,
    ...(cluster && { sharedNamingKeys: cluster.namingKeys }),
    onFree,
    onFault: (fault, detail) => {
      metrics.threadReplaced(fault);
      log.error({ fault, detail }, 'a proving thread was replaced');
    },
    preferred: settings.scheduling !== 'fair',
    ...(threadEntry && { entry: threadEntry }),
  });
  // Also where no pool comes to be. Whoever closes one twice changes nothing.
  closing.add(() => Promise.all(threads.map((thread) => thread.close())));
  return threads;
}

export interface PoolParts {
  readonly threads: readonly ProvingThread[];
  readonly platform: PlatformSide;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function buildPool({ threads, platform, metrics, log }: PoolParts): ProvePool {
  const pool = new ProvePool(
    threads,
    {
      onTrust: (revision) => platform.trustLoaded(revision),
      onTrustFault: (revision, detail) => {
        metrics.faultSeen('trust_load');
        log.error({ revision, in_force: pool.trustRevision, detail }, TRUST_NOT_LOADED);
      },
    },
    platform.trust,
  );
  return pool;
}
