/** What a gateway that is one of many has on its main thread: the keys of the cluster, and the store that all share. */
import type { Settings } from '../../config/settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { SharedNamingKey } from '../../workers/names/naming.ts';
import { type ClusterKeys, readClusterKeys } from '../cluster/cluster-keys.ts';
import type { Store } from '../cluster/store/store.ts';
import type { TakenNames } from '../cluster/store/taken-names.ts';
import type { Taking } from '../cluster/store/taking.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { StoreSeen } from './members-side.ts';
import type { ClosingStack } from './run.ts';

/** What is written to see that it can be is gone so soon. */
const LOOK_KEPT_MS = '10000';

export interface StoreSide {
  readonly store: Store;
  /** Takes what may be taken once. */
  readonly claims: Taking;
  /** Takes what only one may have by any name: tokens of devices. */
  readonly names: TakenNames;
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
  readonly now: () => number;
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
  { settings, metrics, log, now }: ClusterParts,
  keys: ClusterKeys,
  closing: ClosingStack,
): Promise<StoreSide | null> {
  const { cluster } = settings;
  if (cluster?.store === undefined) {
    log.warn('cluster.store is not set: what is used up counts as used at this gateway alone');
    return null;
  }
  // Loaded here alone: one gateway by itself has no use for it.
  const [{ StoreClient }, { Store }, { storeNames }, { Taking }, { TakenNames }] = await Promise.all([
    import('../cluster/store/connect-store.ts'),
    import('../cluster/store/store.ts'),
    import('../cluster/store/store-names.ts'),
    import('../cluster/store/taking.ts'),
    import('../cluster/store/taken-names.ts'),
  ]);
  const { name, store: bounds } = cluster;
  let begin = () => {};
  // That it is away or back is said by who looks at it each second, with how long and what was decided meanwhile.
  let fault: string | null = null;
  const client = new StoreClient(bounds, {
    there: () => {
      fault = null;
      begin();
    },
    away: (detail) => {
      fault = detail;
    },
    unfit: (sentence) => log.error(sentence),
  });
  closing.add(() => client.close());
  await client.firstTry();
  const measured = metrics.store();
  const store = new Store(client, bounds, measured.events);
  measured.watch({ isThere: () => store.isThere, underWay: () => store.underWay });
  const names = new TakenNames({ ...{ store, now }, cluster: name });
  begin = () => names.begin();
  begin();
  // Written, not read: a replica that was not promoted, and a server that is full, answer what is read.
  const look = [{ command: 'set', args: [storeNames(name).look, '1', 'PX', LOOK_KEPT_MS] }];
  const seen = {
    sums: () => measured.sums(),
    look: () => store.askAll(look, () => {}),
    fault: () => fault,
  };
  return {
    store,
    claims: new Taking({ ...{ store, keys, now }, cluster: name, crypto: settings.crypto }),
    names,
    seen,
  };
}
