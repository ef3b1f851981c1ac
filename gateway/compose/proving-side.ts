/** The proving threads. */
import { availableParallelism } from 'node:os';
import type { Settings } from '../../config/settings.ts';
import type { NamingKeys } from '../../workers/names/naming.ts';
import { ProvePool } from '../../workers/pool.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ClusterSide } from './cluster-side.ts';
import type { PlatformSide } from './platform-side.ts';

export interface ProvingParts {
  readonly settings: Settings;
  readonly platform: PlatformSide;
  readonly cluster: ClusterSide | null;
  readonly namingKeys: NamingKeys;
  /** Null: nothing is asked for by the names of before. */
  readonly formerNamingKeys: NamingKeys | null;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Another entry module: tests put a faulty one here. */
  readonly threadEntry: URL | undefined;
  /** A thread became free. */
  readonly onFree: () => void;
}

const TRUST_NOT_LOADED =
  'new trust could not be loaded on the proving threads: the trust before stays in force, and it is tried again';

export function buildPool(parts: ProvingParts): ProvePool {
  const { settings, platform, cluster, namingKeys, formerNamingKeys, metrics, log, threadEntry, onFree } =
    parts;
  const { workers, limits } = settings;
  const pool = new ProvePool(
    {
      threads: workers.threads || Math.max(1, availableParallelism() - 1),
      hangMs: workers.hang_ms,
      trustLoadMs: workers.trust_load_ms,
      rememberedBytes: limits.remembered_bytes,
      namingKeys,
      formerNamingKeys,
      ...(cluster && { sharedNamingKeys: cluster.namingKeys }),
      onFree,
      onFault: (fault, detail) => {
        metrics.threadReplaced(fault);
        log.error({ fault, detail }, 'a proving thread was replaced');
      },
      onTrust: (revision) => platform.trustLoaded(revision),
      onTrustFault: (revision, detail) => {
        metrics.faultSeen('trust_load');
        log.error({ revision, in_force: pool.trustRevision, detail }, TRUST_NOT_LOADED);
      },
      preferred: settings.scheduling !== 'fair',
      ...(threadEntry && { entry: threadEntry }),
    },
    platform.trust,
  );
  return pool;
}
