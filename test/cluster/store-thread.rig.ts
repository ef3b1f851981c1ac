/** The store as a gateway has it, on a thread of its own, on a real server, without the gateway. */
import type { StoreSettings } from '../../gateway/cluster/store/connect-store.ts';
import type { Taken, Wanted } from '../../gateway/cluster/store/taking.ts';
import { StoreThread } from '../../gateway/cluster/store-thread/store-thread.ts';
import { MACHINE_CLOCKS } from '../../gateway/knowledge/clock/clocks.ts';
import { createGuardedClock } from '../../gateway/knowledge/clock/guarded-clock.ts';
import { TEST_CRYPTO } from '../crypto-profile.rig.ts';
import { clusterKeysOf, storeSettings } from './store.rig.ts';

export interface TestStoreThread {
  readonly thread: StoreThread;
  /** What the log would be told. */
  readonly said: string[];
  readonly counts: Record<'answered' | 'late' | 'failed' | 'refused', number>;
  take(all: readonly Wanted[]): Promise<readonly Taken[]>;
}

/** Resolves when it is known whether the server can be used. Deadlines are long, that a busy machine does not count. */
export async function openStoreThread(
  urls: readonly string[],
  { settings, entry }: { readonly settings?: Partial<StoreSettings>; readonly entry?: URL } = {},
): Promise<TestStoreThread> {
  const said: string[] = [];
  const counts = { answered: 0, late: 0, failed: 0, refused: 0 };
  const count = (outcome: keyof typeof counts) => (questions: number) => {
    counts[outcome] += questions;
  };
  const clockToleranceMs = 60_000;
  const thread = new StoreThread({
    data: {
      store: storeSettings(urls, { deadline_ms: 3_000, ...settings }),
      ...{ cluster: 'c', keys: clusterKeysOf('k'), crypto: TEST_CRYPTO, clockToleranceMs },
      clock: createGuardedClock({ clocks: MACHINE_CLOCKS, toleranceMs: clockToleranceMs }).shared,
    },
    entry,
    told: {
      there: () => said.push('there'),
      away: (detail) => said.push(`away: ${detail}`),
      unfit: (sentence) => said.push(sentence),
      died: (reason) => said.push(`died: ${reason}`),
    },
    events: {
      ...{ answered: count('answered'), late: count('late') },
      ...{ failed: count('failed'), refused: count('refused') },
    },
  });
  try {
    await thread.firstTry();
  } catch (cause) {
    await thread.stop();
    throw cause;
  }
  return { thread, said, counts, take: (all) => new Promise((resolve) => thread.takeAll(all, resolve)) };
}
