/** The store as a gateway has it, on a thread of its own, on a real server, without the gateway. */
import type { StoreSettings } from '../../gateway/cluster/store/connect-store.ts';
import type { Taken, Wanted } from '../../gateway/cluster/store/taking.ts';
import { openStoreLane, type StoreLane } from '../../gateway/cluster/store-thread/store-lane.ts';
import { StoreThread } from '../../gateway/cluster/store-thread/store-thread.ts';
import { MACHINE_CLOCKS } from '../../gateway/knowledge/clock/clocks.ts';
import { createGuardedClock } from '../../gateway/knowledge/clock/guarded-clock.ts';
import { TEST_CRYPTO } from '../crypto-profile.rig.ts';
import { clusterKeysOf, storeSettings } from './store.rig.ts';

export interface TestStoreThread {
  readonly thread: StoreThread;
  readonly lane: StoreLane | null;
  /** What the log would be told. */
  readonly said: string[];
  readonly counts: Record<'answered' | 'late' | 'failed' | 'refused', number>;
  take(all: readonly Wanted[]): Promise<readonly Taken[]>;
}

/** Resolves when it is known whether the server can be used. Deadlines are long, that a busy machine does not count. */
export async function openStoreThread(
  urls: readonly string[],
  {
    settings,
    entry,
    isShort = false,
  }: {
    readonly settings?: Partial<StoreSettings>;
    readonly entry?: URL;
    /** By the short way, where it leads. */
    readonly isShort?: boolean;
  } = {},
): Promise<TestStoreThread> {
  const said: string[] = [];
  const counts = { answered: 0, late: 0, failed: 0, refused: 0 };
  const count = (outcome: keyof typeof counts) => (questions: number) => {
    counts[outcome] += questions;
  };
  const events = {
    ...{ answered: count('answered'), late: count('late') },
    ...{ failed: count('failed'), refused: count('refused') },
  };
  const clockToleranceMs = 60_000;
  const clock = createGuardedClock({ clocks: MACHINE_CLOCKS, toleranceMs: clockToleranceMs });
  const named = {
    store: storeSettings(urls, { deadline_ms: 3_000, ...settings }),
    ...{ cluster: 'c', crypto: TEST_CRYPTO },
  };
  const lane = isShort ? openStoreLane({ ...named, events, now: () => clock.now() }) : null;
  const thread = new StoreThread({
    data: { ...named, keys: clusterKeysOf('k'), clockToleranceMs, clock: clock.shared },
    entry,
    lane,
    told: {
      there: () => said.push('there'),
      away: (detail) => said.push(`away: ${detail}`),
      unfit: (sentence) => said.push(sentence),
      died: (reason) => said.push(`died: ${reason}`),
    },
    events,
  });
  try {
    await thread.firstTry();
  } catch (cause) {
    await thread.stop();
    throw cause;
  }
  return {
    thread,
    lane,
    said,
    counts,
    take: (all) => new Promise((resolve) => thread.takeAll(all, resolve)),
  };
}
