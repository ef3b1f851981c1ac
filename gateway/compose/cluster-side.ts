/** What a gateway that is one of many has on its main thread: the keys of the cluster, and the store that all share. */
import type { Settings } from '../../config/settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { SharedNamingKey } from '../../workers/names/naming.ts';
import { type ClusterKeys, readClusterKeys } from '../cluster/cluster-keys.ts';
import type { StoreThread } from '../cluster/store-thread/store-thread.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { StoreSeen } from './members-side.ts';
import type { ClosingStack } from './run.ts';

export interface StoreSide {
  /** Takes what may be taken once. */
  readonly claims: StoreThread;
  /** Takes what only one may have by any name: tokens of devices. */
  readonly names: Pick<StoreThread, 'take'>;
  /** How it stands, for who says it. */
  readonly seen: StoreSeen;
}

export interface ClusterSide {
  readonly keys: ClusterKeys;
  /** What showings are named with, in the order that all gateways take the names in. */
  readonly namingKeys: readonly SharedNamingKey[];
  /** Null: what is used up is used up here. */
  readonly store: StoreSide | null;
}

export interface ClusterParts {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Pick<GuardedClock, 'now' | 'shared'>;
  /** Another entry module of the thread that asks the store: tests put a faulty one here. */
  readonly storeEntry?: URL | undefined;
}

/** Null: this gateway is alone. Rejects with ClusterError where keys or servers cannot be used; not where none is in reach. */
export async function buildClusterSide(
  parts: ClusterParts,
  closing: ClosingStack,
): Promise<ClusterSide | null> {
  const { cluster } = parts.settings;
  if (cluster === undefined) return null;
  const keys = readClusterKeys(cluster.keys_file, parts.settings.crypto);
  const namingKeys = keys
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ profile, of }) => ({ algorithm: algorithmFor('shared-names', profile), key: of.replay }));
  return { keys, namingKeys, store: await buildStore(parts, keys, closing) };
}

async function buildStore(
  { settings, metrics, log, clock, storeEntry }: ClusterParts,
  keys: ClusterKeys,
  closing: ClosingStack,
): Promise<StoreSide | null> {
  const { cluster } = settings;
  if (cluster?.store === undefined) {
    log.warn('cluster.store is not set: what is used up counts as used at this gateway alone');
    return null;
  }
  // Loaded here alone: one gateway by itself has no use for it.
  const { StoreThread } = await import('../cluster/store-thread/store-thread.ts');
  const { openStoreLane } = await import('../cluster/store-thread/store-lane.ts');
  const { limits, crypto } = settings;
  const measured = metrics.store();
  // That it is away or back is said by who looks at it each second, with how long and what was decided meanwhile.
  let fault: string | null = null;
  const thread = new StoreThread({
    data: {
      ...{ store: cluster.store, cluster: cluster.name, keys, crypto },
      ...{ clock: clock.shared, clockToleranceMs: limits.clock_tolerance_ms },
    },
    entry: storeEntry,
    lane: openStoreLane({
      ...{ store: cluster.store, cluster: cluster.name, crypto, events: measured.events },
      now: () => clock.now(),
    }),
    told: {
      there: () => {
        fault = null;
      },
      away: (detail) => {
        fault = detail;
      },
      unfit: (sentence) => log.error(sentence),
      died: (reason) => {
        fault = reason;
        log.error({ reason }, 'the thread that asks the store ended, and is started again');
      },
    },
    events: measured.events,
  });
  closing.add(() => thread.stop());
  await thread.firstTry();
  measured.watch({ isThere: () => thread.isThere, underWay: () => thread.underWay });
  metrics.memory.watch(() => [['heap_store', thread.heapBytes]]);
  return {
    claims: thread,
    names: thread,
    seen: { sums: () => measured.sums(), look: () => thread.look(), fault: () => fault },
  };
}
