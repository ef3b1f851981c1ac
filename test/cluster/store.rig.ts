/** A store as one gateway has it, on a real server, without the gateway. */
import { createHash, hkdfSync } from 'node:crypto';
import { parseSettings } from '../../config/settings.ts';
import type { ClusterKeys } from '../../gateway/cluster/cluster-keys.ts';
import { StoreClient, type StoreSettings } from '../../gateway/cluster/store/connect-store.ts';
import { Store } from '../../gateway/cluster/store/store.ts';
import { Taking, type TakingOptions, type Wanted } from '../../gateway/cluster/store/taking.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../crypto-profile.rig.ts';

export interface TestStore {
  readonly store: Store;
  readonly taking: Taking;
  readonly client: StoreClient;
  /** What the log would be told. */
  readonly said: string[];
  readonly counts: Record<'answered' | 'late' | 'failed' | 'refused', number>;
  close(): void;
}

export function storeSettings(urls: readonly string[], more: Partial<StoreSettings> = {}): StoreSettings {
  const { cluster } = parseSettings({
    ...{ gateway_id: 'gw-1', data_dir: 'data', trust_file: 'trust.json' },
    cluster: { name: 'c', keys_file: 'keys', store: { urls: [...urls] } },
  });
  if (cluster?.store === undefined) throw new Error('there is a store');
  return { ...cluster.store, ...more };
}

export function clusterKeysOf(...secrets: readonly string[]): ClusterKeys {
  const [first, ...others] = secrets.map((secret) => {
    const of = (use: string) => new Uint8Array(hkdfSync('sha256', secret, '', use, 32));
    const uses = { replay: of('replay'), token: of('token'), budget: of('budget'), registry: of('registry') };
    const id = createHash('sha256').update(secret).digest('hex').slice(0, 8);
    return { id, profile: TEST_PROFILE, of: uses };
  });
  if (first === undefined) throw new Error('there is a key');
  return [first, ...others];
}

/** Resolves when it is known whether the server can be used. Deadlines are long, that a busy machine does not count. */
export async function openStore(
  urls: readonly string[],
  options: Partial<TakingOptions> & { readonly settings?: Partial<StoreSettings> } = {},
): Promise<TestStore> {
  const said: string[] = [];
  const counts = { answered: 0, late: 0, failed: 0, refused: 0 };
  const settings = storeSettings(urls, { deadline_ms: 3_000, ...options.settings });
  const client = new StoreClient(settings, {
    there: () => said.push('there'),
    away: (detail) => said.push(`away: ${detail}`),
    unfit: (sentence) => said.push(sentence),
  });
  const count = (outcome: keyof typeof counts) => (questions: number) => {
    counts[outcome] += questions;
  };
  const store = new Store(client, settings, {
    ...{ answered: count('answered'), late: count('late') },
    ...{ failed: count('failed'), refused: count('refused') },
  });
  const taking = new Taking({
    ...{ store, cluster: 'c', keys: clusterKeysOf('k'), crypto: TEST_CRYPTO, now: () => Date.now() },
    ...options,
  });
  try {
    await client.firstTry();
  } catch (cause) {
    client.close();
    throw cause;
  }
  return { store, taking, client, said, counts, close: () => client.close() };
}

let taps = 0;

/** What a new tap wants. */
export function wanted(names: readonly Uint8Array[], more: Partial<Wanted> = {}): Wanted {
  taps += 1;
  const tap = { deviceId: 'gate-1', stream: '00112233445566778899aabbccddeeff', seq: taps };
  return { names, untilMs: Date.now() + 600_000, tap, card: null, ...more };
}
